import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createDetector } from '@mien/node/models';
import { decodePicture } from '@mien/node/pictures';
import type { Dataset } from '@mien/train';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePattern, writePortrait } from '../../../node/src/testing/make-pictures.js';
import { openDataset, readCollection, type DatasetOptions } from './dataset-options.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mien-dataset-'));
});
afterEach(() => rm(root, { recursive: true }));

let seed = 0;
const pattern = (path: string): Promise<void> => writePattern(join(root, path), ++seed);
const portrait = (path: string, brightness = 1): Promise<void> => writePortrait(join(root, path), brightness);
async function text(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

interface Told {
  readonly dataset: Dataset;
  /** `source: label, split` */
  readonly rows: readonly string[];
  readonly leftOut: readonly string[];
  readonly unreadable: readonly string[];
}
async function read(options: DatasetOptions = {}, path = root): Promise<Told> {
  const [leftOut, unreadable]: [string[], string[]] = [[], []];
  const dataset = await readCollection({ stderr: new PassThrough() }, path, options, {
    onLeftOut: (source, reason) => leftOut.push(`${source}: ${reason}`),
    onUnreadable: (source, error) => unreadable.push(`${source}: ${error.message}`),
  });
  const rows = Array.from(dataset.labels, (label, row) => {
    const split = dataset.splitNames[dataset.splits[row] ?? -1] ?? '?';
    return `${dataset.sources?.[row] ?? '?'}: ${dataset.labelNames[label] ?? '?'}, ${split}`;
  });
  return { dataset, rows: rows.sort(), leftOut: leftOut.sort(), unreadable: unreadable.sort() };
}

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

describe('folders named after labels', () => {
  it('are read at any depth, with the standard label names in their order', async () => {
    await Promise.all(['sadness/a.png', 'Happy/deep/er/b.jpg', 'anger/c.webp', 'anger/d.tiff'].map(pattern));
    const { dataset, rows } = await read();
    expect(rows).toEqual([
      'Happy/deep/er/b.jpg: happy, train',
      'anger/c.webp: angry, train',
      'anger/d.tiff: angry, train',
      'sadness/a.png: sad, train',
    ]);
    expect(dataset).toMatchObject({ width: 48, height: 48, labelNames: ['angry', 'happy', 'sad'], splitNames: ['train'] }); // prettier-ignore
  });

  it('can be in folders named after splits, inside other folders', async () => {
    const files = ['test/happy/1.png', 'train/happy/2.png', 'train/fear/3.png', 'val/fear/4.png'];
    await Promise.all(files.map((path) => pattern(`archive/faces/${path}`)));
    const { dataset, rows } = await read();
    expect(rows.map((row) => row.replace('archive/faces/', ''))).toEqual([
      'test/happy/1.png: happy, test',
      'train/fear/3.png: fear, train',
      'train/happy/2.png: happy, train',
      'val/fear/4.png: fear, validation',
    ]);
    expect(dataset.splitNames).toEqual(['train', 'validation', 'test']);
  });

  it('leave the first split empty if there is no training folder', async () => {
    await Promise.all(['test/happy/1.png', 'test/sad/2.png'].map(pattern));
    const { dataset } = await read();
    expect([dataset.splitNames, [...dataset.splits]]).toEqual([['train', 'test'], [1, 1]]); // prettier-ignore
  });

  it('are mapped, left out, and sorted alphabetically if they are not standard labels', async () => {
    await Promise.all(['zeal/1.png', 'anger/2.png', 'contempt/3.png', 'sad/4.png'].map(pattern));
    await text('map.json', '{"anger": "rage", "contempt": null}');
    const { dataset, rows, leftOut } = await read({ labelMap: join(root, 'map.json') });
    expect(rows).toEqual(['anger/2.png: rage, train', 'sad/4.png: sad, train', 'zeal/1.png: zeal, train']);
    expect(dataset.labelNames).toEqual(['rage', 'sad', 'zeal']);
    expect(leftOut).toEqual(['contempt/3.png: labelled contempt']);
  });

  it('with CK+ frames are split by person', async () => {
    const people = ['S005', 'S010', 'S011', 'S014', 'S022'];
    const files = people.flatMap((person) => ['happy', 'sad'].map((label) => `${label}/${person}_001_00000014.png`)); // prettier-ignore
    await Promise.all(files.map(pattern));
    const { rows, dataset } = await read();
    for (const person of people) {
      const own = rows.filter((row) => row.includes(person)).map((row) => row.replace(/.*, /, ''));
      expect([own.length, new Set(own).size]).toEqual([2, 1]);
    }
    expect([...new Set(dataset.splits)].sort()).toEqual([0, 1, 2]);
  });

  it('report pictures and folders that do not belong to the data set', async () => {
    await Promise.all(['loose.png', 'train/loose.png', 'train/sad/1.png', 'other/sad/2.png'].map(pattern));
    await mkdir(join(root, 'train/happy'));
    await text('train/sad/readme.txt', 'not a picture');
    expect(await read()).toMatchObject({
      rows: ['train/sad/1.png: sad, train'],
      leftOut: [
        'loose.png: not in the folder of a split',
        'other/sad/2.png: not in the folder of a split',
        'train/happy/: folder without pictures',
        'train/loose.png: not in the folder of a label',
      ],
      unreadable: [],
    });
  });

  it('report every unreadable file and read the others', async () => {
    await Promise.all(['sad/good.png', 'sad/cut.jpg'].map(pattern));
    await text('sad/text.png', 'I am text');
    await text('sad/empty.png', '');
    await symlink('loop.png', join(root, 'sad/loop.png'));
    await symlink('.', join(root, 'sad/again'));
    const whole = await sharp(join(root, 'sad/cut.jpg')).resize(200).jpeg().toBuffer();
    await writeFile(join(root, 'sad/cut.jpg'), whole.subarray(0, whole.length / 2));
    const { rows, unreadable } = await read();
    expect(rows).toEqual(['sad/good.png: sad, train']);
    expect(unreadable.map((line) => line.replaceAll(root, ''))).toEqual([
      expect.stringMatching(/^sad\/cut\.jpg: \/sad\/cut\.jpg: is damaged or cut short/),
      'sad/empty.png: /sad/empty.png: is empty (0 bytes); copy or download it again',
      'sad/loop.png: /sad/loop.png: no such file (links lead in a circle); check the path',
      expect.stringMatching(/^sad\/text\.png: \/sad\/text\.png: holds no readable picture/),
    ]);
    await expect(openDataset({ stderr: new PassThrough() }, root, {})).rejects.toMatchObject({
      name: 'MienError',
    });
  });

  it('are resized by area averaging to the given size without distortion', async () => {
    const stripes = Uint8Array.from({ length: 96 * 192 }, (_, i) => (i % 2) * 255); // columns of black and white
    await mkdir(join(root, 'sad'));
    await sharp(stripes, { raw: { width: 192, height: 96, channels: 1 } }).toFile(
      join(root, 'sad/stripes.png'),
    );
    const halves = stripes.map((_, i) => (i % 192 < 48 || i % 192 >= 144 ? 0 : 200)); // only the middle is 200
    await sharp(halves, { raw: { width: 192, height: 96, channels: 1 } }).toFile(
      join(root, 'sad/halves.png'),
    );
    const { dataset } = await read({ size: 12 });
    expect([dataset.width, dataset.height]).toEqual([12, 12]);
    const [stripesRow = 0, halvesRow = 0] = ['sad/stripes.png', 'sad/halves.png'].map((source) => dataset.sources?.indexOf(source)); // prettier-ignore
    const inside = (row: number): number[] =>
      [...dataset.images.subarray(row * 144 + 60, row * 144 + 72)].slice(2, 10);
    for (const grey of inside(stripesRow)) expect(Math.abs(grey - 127.5)).toBeLessThanOrEqual(1);
    expect(inside(halvesRow)).toEqual(new Array(8).fill(200));
  });

  it('have a fixed order of rows that mixes labels', async () => {
    const files = Array.from({ length: 24 }, (_, i) => `${i < 12 ? 'happy' : 'sad'}/${i}.png`);
    await Promise.all(files.map(pattern));
    const [first, second] = [await read(), await read()];
    expect(first.dataset).toEqual(second.dataset);
    for (const part of [first.dataset.labels.subarray(0, 8), first.dataset.labels.subarray(16)]) {
      expect(new Set(part).size).toBe(2);
    }
  });

  it('fail in one line if there are no pictures', async () => {
    await expect(read()).rejects.toThrow(/: no pictures of the layout folders found; expected <label>\//);
    await text('fer2013.csv', 'emotion,pixels,Usage\n');
    await expect(read()).rejects.toThrow(/; give \S+fer2013\.csv if it is FER2013/);
    await text('sad/x.png', 'text');
    await expect(read()).rejects.toThrow(/: none of its 1 pictures could be used/);
    await expect(read({}, join(root, 'none'))).rejects.toThrow(/none: no such file; give FER2013's CSV/);
    await expect(read({ ferplus: 'votes.csv' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(read({ size: 64 }, join(root, 'fer2013.csv'))).rejects.toMatchObject({ code: 'USAGE' });
  });
});

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
    await mkdir(join(root, 'jaffe'));
    for (const [index, name] of names.entries()) {
      const leaning = sharp(join(root, 'portrait.png')).rotate(angles[index] ?? 0, { background: '#777' });
      await leaning.toFile(join(root, `jaffe/${name}.tiff`));
    }
    const { dataset } = await read({}, join(root, 'jaffe'));
    const [level, ...leaning] = names.map((name) => {
      const row = dataset.sources?.indexOf(`${name}.tiff`) ?? -1;
      return dataset.images.subarray(row * 48 * 48, (row + 1) * 48 * 48);
    });
    if (level === undefined) throw new Error('the portrait shows a face');
    // The detector's box of a tilted face is a tenth smaller or larger; unrotated crops correlate by only 0.3.
    for (const face of leaning) expect(correlation(face, level)).toBeGreaterThan(0.75);

    // The crop of the level face from another program: from brows to chin with some hair, as in FER2013.
    const detector = await createDetector('blazeface');
    const [found] = detector.detect(await decodePicture(join(root, 'portrait.png')));
    const { x, y, width, height } = found?.box ?? { x: 0, y: 0, width: 1, height: 1 };
    const side = Math.round(1.12 * width);
    const middle = y + height / 2 + (0.06 * 1.12 - 0.11) * width;
    const expected = await sharp(join(root, 'portrait.png'))
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
        labelMap: join(root, 'map.json'),
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
      await rm(join(root, 'Emotion'), { recursive: true });
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

describe('openDataset', () => {
  it('reports in one line what was left out, and why', async () => {
    await Promise.all(['loose.png', 'sad/1.png', 'happy/2.png'].map(pattern));
    await mkdir(join(root, 'fear'));
    const stderr = new PassThrough();
    expect((await openDataset({ stderr }, root, {})).count).toBe(2);
    expect(String(stderr.read())).toBe(
      `left out of ${root}: 1 (not in the folder of a label), 1 (folder without pictures); mien data check lists them\n`,
    );
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

describe('data that cannot be right', () => {
  it('is refused where the only label is the name of a folder and labels lie in other files', async () => {
    await Promise.all(['pictures/a.png', 'pictures/b.png'].map(pattern));
    await text('labels.csv', 'a.png,angry');
    await expect(read()).rejects.toThrow(
      /all pictures have one label, 'pictures', the name of their folder; its labels seem to lie in 1 other files, such as labels\.csv/,
    );
  });
});

it('reads colours for a network that does', async () => {
  await mkdir(join(root, 'happy'));
  await mkdir(join(root, 'sad'));
  const red = { r: 255, g: 0, b: 0 };
  await sharp({ create: { width: 8, height: 4, channels: 3, background: red } })
    .png()
    .toFile(join(root, 'happy/a.png'));
  await sharp({ create: { width: 8, height: 4, channels: 3, background: red } })
    .png()
    .toFile(join(root, 'sad/b.png'));
  const context = { stderr: new PassThrough() };
  const dataset = await openDataset(context, root, {}, { width: 4, height: 2, channels: 3 });
  expect(dataset).toMatchObject({ width: 4, height: 2, channels: 3 });
  expect([...dataset.images.subarray(0, 6)]).toEqual([255, 0, 0, 255, 0, 0]);
});
