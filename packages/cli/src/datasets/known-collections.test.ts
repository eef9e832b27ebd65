/** Collections that are recognised by the names of their folders and files. */
import { mkdir, rm } from 'node:fs/promises';
import { createDetector } from '@mien/node/models';
import { decodePicture } from '@mien/node/pictures';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { useDatasetFolder } from '../../../../test/command/dataset-folder.js';

const { inRoot, pattern, portrait, text, read } = useDatasetFolder();

/** Pearson correlation of the grey values of two pictures. */
function correlation(a: Uint8Array, b: Uint8Array): number {
  const centre = (values: Uint8Array): number[] => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Array.from(values, (value) => value - mean);
  };
  const dot = (x: number[], y: number[]): number =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);
  const [x, y] = [centre(a), centre(b)];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

describe('whole photographs', () => {
  it('of JAFFE: label and person come from the name, the face is cut out, and people are split', async () => {
    const names = ['KA.AN1.39', 'KA.SU2.38', 'KL.FE1.174', 'KM.NE1.1', 'TM.DI1.1'];
    await Promise.all(names.map((name, i) => portrait(`jaffe/${name}.tiff`, 1 + i / 50)));
    await pattern('jaffe/TM.HA1.1.tiff'); // has no face
    const { rows, leftOut } = await read();
    expect(leftOut).toEqual(['jaffe/TM.HA1.1.tiff: no face detected']);
    expect(rows.map((row) => row.replace(/, \w+$/, ''))).toEqual([
      'jaffe/KA.AN1.39.tiff: angry',
      'jaffe/KA.SU2.38.tiff: surprise',
      'jaffe/KL.FE1.174.tiff: fear',
      'jaffe/KM.NE1.1.tiff: neutral',
      'jaffe/TM.DI1.1.tiff: disgust',
    ]);
    const splitOf = (person: string): Set<string> =>
      new Set(rows.filter((row) => row.includes(`/${person}.`)).map((row) => row.replace(/.*, /, '')));
    for (const person of ['KA', 'KL', 'KM', 'TM']) expect(splitOf(person).size).toBe(1);
    expect(new Set(['KA', 'KL', 'KM', 'TM'].flatMap((person) => [...splitOf(person)])).size).toBe(3);
  });

  it('are cropped like in analyze: around the face, and upright if the head is tilted', async () => {
    const names = ['KA.AN1.39', 'KL.AN1.167', 'KM.AN1.17'];
    const angles = [0, -25, 25];
    await portrait('portrait.png');
    await mkdir(inRoot('jaffe'));
    for (const [index, name] of names.entries()) {
      const leaning = sharp(inRoot('portrait.png')).rotate(angles[index] ?? 0, { background: '#777' });
      await leaning.toFile(inRoot(`jaffe/${name}.tiff`));
    }
    const { dataset } = await read({}, inRoot('jaffe'));
    const [level, ...leaning] = names.map((name) => {
      const row = dataset.sources?.indexOf(`${name}.tiff`) ?? -1;
      return dataset.images.subarray(row * 48 * 48, (row + 1) * 48 * 48);
    });
    if (level === undefined) throw new Error('the portrait shows a face');
    // The detector's box of a tilted face is a tenth smaller or larger; unrotated crops correlate by only 0.3.
    for (const face of leaning) expect(correlation(face, level)).toBeGreaterThan(0.75);

    // The crop of the level face from another program: from brows to chin with some hair, as in FER2013.
    const detector = await createDetector('blazeface');
    const [found] = detector.detect(await decodePicture(inRoot('portrait.png')));
    const { x, y, width, height } = found?.box ?? { x: 0, y: 0, width: 1, height: 1 };
    const side = Math.round(1.12 * width);
    const middle = y + height / 2 + (0.06 * 1.12 - 0.11) * width;
    const expected = await sharp(inRoot('portrait.png'))
      .extract({
        left: Math.round(x + width / 2 - side / 2),
        top: Math.round(middle - side / 2),
        width: side,
        height: side,
      })
      .resize(48)
      .greyscale()
      .raw()
      .toBuffer();
    expect(correlation(level, expected)).toBeGreaterThan(0.88);
  });

  it('of KDEF: only front views are read, and misnamed files are reported', async () => {
    await Promise.all(['AF01ANS', 'BF01ANS', 'AM02SUS', 'AF03AFS'].map((name, i) => portrait(`${name.slice(0, 4)}/${name}.JPG`, 1 + i / 50))); // prettier-ignore
    await Promise.all(['AF01ANFL', 'AF01ANHR', 'AM02SUHL', 'AF03AFFR', 'AF03AFHL'].map((name) => pattern(`${name.slice(0, 4)}/${name}.JPG`))); // prettier-ignore
    await pattern('AF31/AF31V.JPG');
    const { rows, leftOut } = await read();
    expect(rows.map((row) => row.replace(/, \w+$/, ''))).toEqual([
      'AF01/AF01ANS.JPG: angry',
      'AF03/AF03AFS.JPG: fear',
      'AM02/AM02SUS.JPG: surprise',
      'BF01/BF01ANS.JPG: angry',
    ]);
    expect(rows[0]?.split(', ')[1]).toBe(rows[3]?.split(', ')[1]); // one woman in two sessions
    expect(leftOut.filter((line) => line.endsWith('not a frontal view'))).toHaveLength(5);
    expect(leftOut).toContain('AF31/AF31V.JPG: file name is not of the form AF01ANS.JPG');
  });

  describe('of CK+', () => {
    const frames = 'cohn-kanade-images';
    beforeEach(async () => {
      const sequences = ['S005/001', 'S010/001', 'S010/002', 'S011/001'];
      for (const [i, sequence] of sequences.entries()) {
        for (const frame of ['01', '02', '03']) {
          const name = `${sequence.replace('/', '_')}_000000${frame}`;
          await portrait(`${frames}/${sequence}/${name}.png`, 1 + (3 * i + Number(frame)) / 60);
        }
      }
      await text('Emotion/S005/001/S005_001_00000003_emotion.txt', '   3.0000000e+00\n');
      await text('Emotion/S010/001/S010_001_00000003_emotion.txt', '   2.0000000e+00\n');
      await text('Emotion/S010/002/S010_002_00000003_emotion.txt', '   7.0000000e+00\n');
    });

    it('takes the peak frames of labelled sequences', async () => {
      const { rows, leftOut } = await read();
      expect(rows).toEqual([
        `${frames}/S005/001/S005_001_00000003.png: disgust, train`,
        `${frames}/S010/002/S010_002_00000003.png: surprise, train`,
      ]);
      expect(leftOut).toEqual([
        `${frames}/S010/001/S010_001_00000003.png: labelled contempt`,
        `${frames}/S011/001/S011_001_00000003.png: its sequence has no label`,
      ]);
    });

    it('takes more frames, neutral frames and contempt on request', async () => {
      await text('map.json', '{"contempt": "contempt"}');
      const { rows, dataset } = await read({
        peakFrames: 2,
        neutralFrames: true,
        labelMap: inRoot('map.json'),
      });
      expect(rows.filter((row) => row.includes('S010/001')).map((row) => row.slice(-40))).toEqual([
        'S010/001/S010_001_00000001.png: neutral, train'.slice(-40),
        'S010/001/S010_001_00000002.png: contempt, train'.slice(-40),
        'S010/001/S010_001_00000003.png: contempt, train'.slice(-40),
      ]);
      expect(dataset.labelNames).toEqual(['contempt', 'disgust', 'neutral', 'surprise']);
    });

    it.each(['9', 'happy', '', '1.5'])('names the label file that contains %j', async (content) => {
      await text('Emotion/S005/001/S005_001_00000003_emotion.txt', content);
      const { rows, unreadable } = await read();
      expect(rows).toHaveLength(1);
      expect(unreadable).toEqual([
        expect.stringContaining(`holds '${content}'; expected one number from 0 to 7`),
      ]);
    });

    it('reports labels without frames, and needs both archives', async () => {
      await text('Emotion/S999/001/S999_001_00000003_emotion.txt', '1');
      expect((await read()).leftOut).toContain(
        'Emotion/S999/001/S999_001_00000003_emotion.txt: label of a sequence without frames',
      );
      await rm(inRoot('Emotion'), { recursive: true });
      await expect(read()).rejects.toThrow(
        /no labels \(Emotion\/S005\/001\/…_emotion\.txt\) of CK\+ found; unpack both/,
      );
    });
  });
});

describe('RAF-DB', () => {
  it('is read with its list file', async () => {
    const list = ['train_00001.jpg 5', 'train_00002.jpg 1', 'test_0001.jpg 7', ''];
    await text('basic/EmoLabel/list_patition_label.txt', list.join('\r\n'));
    for (const name of ['train_00001', 'train_00002', 'test_0001']) await pattern(`basic/Image/aligned/${name}_aligned.jpg`); // prettier-ignore
    await pattern('basic/Image/original/train_00001.jpg');
    const { rows, dataset } = await read();
    expect(rows).toEqual([
      'basic/Image/aligned/test_0001_aligned.jpg: neutral, test',
      'basic/Image/aligned/train_00001_aligned.jpg: sad, train',
      'basic/Image/aligned/train_00002_aligned.jpg: surprise, train',
    ]);
    expect(dataset.splitNames).toEqual(['train', 'test']);
  });

  it('reports invalid lines of the list, and missing pictures', async () => {
    const list = ['train_00001.jpg 8', '../../../x.jpg 1', 'train_00002.jpg 2', 'train_00003.jpg 3'];
    await text('EmoLabel/list_patition_label.txt', list.join('\n'));
    await pattern('Image/aligned/train_00003_aligned.jpg');
    const { rows, unreadable } = await read();
    expect(rows).toEqual(['Image/aligned/train_00003_aligned.jpg: disgust, train']);
    expect(unreadable).toEqual([
      expect.stringContaining(
        "line 1 is 'train_00001.jpg 8'; expected train_00001.jpg and a number from 1 to 7",
      ),
      expect.stringContaining("line 2 is '../../../x.jpg 1'"),
      expect.stringContaining('train_00002_aligned.jpg: no such file'),
    ]);
  });

  it('is recognised in numbered folders, and not confused with other numbered folders', async () => {
    await Promise.all(
      ['DATASET/train/6/train_00001_aligned.jpg', 'DATASET/test/4/test_0001_aligned.jpg'].map(pattern),
    );
    expect((await read()).rows).toEqual([
      'DATASET/test/4/test_0001_aligned.jpg: happy, test',
      'DATASET/train/6/train_00001_aligned.jpg: angry, train',
    ]);
    await pattern('DATASET/train/6/other.jpg');
    expect((await read()).dataset.labelNames).toEqual(['4', '6']);
    expect((await read({ layout: 'raf-db' })).dataset.labelNames).toEqual(['angry', 'happy']);
  });
});

describe('collections of detectors (YOLO)', () => {
  const yaml = 'names: [angry, happy]\nnc: 2\n';

  it('have a face in each box, with the label of its number', async () => {
    await Promise.all(['train/images/a.png', 'train/images/b.png', 'valid/images/c.png'].map(pattern));
    await text('data.yaml', yaml);
    await text('train/labels/a.txt', '0 0.25 0.5 0.5 1\n1 0.75 0.5 0.5 1\n');
    await text('train/labels/b.txt', '');
    await text('valid/labels/c.txt', '1 0 0 1 0 1 1 0 1\n');
    expect(await read()).toMatchObject({
      rows: [
        'train/images/a.png#2: happy, train',
        'train/images/a.png: angry, train',
        'valid/images/c.png: happy, validation',
      ],
      leftOut: ['train/images/b.png: without a face in its file of labels'],
      unreadable: [],
    });
  });

  it('are refused without the names of their labels, and by line where they are wrong', async () => {
    await Promise.all(['images/a.png', 'images/b.png'].map(pattern));
    await text('labels/a.txt', '0 0.5 0.5 1 1');
    await text('labels/b.txt', '5 0.5 0.5 1 1');
    await expect(read()).rejects.toThrow(
      /its labels are numbers in \.txt files, and no data\.yaml says what they are/,
    );
    await text('data.yaml', 'names:\n  - angry\n  - "happy"\n');
    const { rows, unreadable } = await read();
    expect(rows).toEqual(['images/a.png: angry, train']);
    expect(unreadable[0]).toMatch(
      /labels\/b\.txt: .*line 1 is '5 0\.5 0\.5 1 1'; expected a label from 0 to 1 first/,
    );
  });
});

describe('numbered folders of AffectNet', () => {
  it('are read by its numbers, without contempt', async () => {
    const files = [
      'train_class/0/a.png',
      'train_class/6/b.png',
      'train_class/7/c.png',
      'val_class/10/d.png',
      'val_class/1/e.png',
    ];
    await Promise.all(files.map(pattern));
    expect(await read()).toMatchObject({
      rows: [
        'train_class/0/a.png: neutral, train',
        'train_class/6/b.png: angry, train',
        'val_class/1/e.png: happy, validation',
      ],
      leftOut: ['train_class/7/c.png: labelled contempt', 'val_class/10/d.png: labelled no face'],
    });
  });

  it('are not taken for it by their numbers alone', async () => {
    await Promise.all(['0/a.png', '1/b.png'].map(pattern));
    expect((await read()).rows).toEqual(['0/a.png: 0, train', '1/b.png: 1, train']);
    expect((await read({ layout: 'affectnet' })).rows).toEqual([
      '0/a.png: neutral, train',
      '1/b.png: happy, train',
    ]);
  });
});
