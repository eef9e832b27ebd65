import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { useDatasetFolder } from '../../../../test/command/dataset-folder.js';
import { openDataset } from './dataset-options.js';

const { inRoot, pattern, text, read } = useDatasetFolder();

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
    const { dataset, rows, leftOut } = await read({ labelMap: inRoot('map.json') });
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
    await mkdir(inRoot('train/happy'));
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
    await symlink('loop.png', inRoot('sad/loop.png'));
    await symlink('.', inRoot('sad/again'));
    const whole = await sharp(inRoot('sad/cut.jpg')).resize(200).jpeg().toBuffer();
    await writeFile(inRoot('sad/cut.jpg'), whole.subarray(0, whole.length / 2));
    const { rows, unreadable } = await read();
    expect(rows).toEqual(['sad/good.png: sad, train']);
    expect(unreadable.map((line) => line.replaceAll(inRoot(), ''))).toEqual([
      expect.stringMatching(/^sad\/cut\.jpg: \/sad\/cut\.jpg: is damaged or cut short/),
      'sad/empty.png: /sad/empty.png: is empty (0 bytes); copy or download it again',
      'sad/loop.png: /sad/loop.png: no such file (links lead in a circle); check the path',
      expect.stringMatching(/^sad\/text\.png: \/sad\/text\.png: holds no readable picture/),
    ]);
    await expect(openDataset({ stderr: new PassThrough() }, inRoot(), {})).rejects.toMatchObject({
      name: 'MienError',
    });
  });

  it('are resized by area averaging to the given size without distortion', async () => {
    const stripes = Uint8Array.from({ length: 96 * 192 }, (_, i) => (i % 2) * 255); // columns of black and white
    await mkdir(inRoot('sad'));
    await sharp(stripes, { raw: { width: 192, height: 96, channels: 1 } }).toFile(inRoot('sad/stripes.png'));
    const halves = stripes.map((_, i) => (i % 192 < 48 || i % 192 >= 144 ? 0 : 200)); // only the middle is 200
    await sharp(halves, { raw: { width: 192, height: 96, channels: 1 } }).toFile(inRoot('sad/halves.png'));
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
    await expect(read({}, inRoot('none'))).rejects.toThrow(/none: no such file; give FER2013's CSV/);
    await expect(read({ ferplus: 'votes.csv' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(read({ ferplusShare: 0.25 }, inRoot('fer2013.csv'))).rejects.toThrow(
      /^--ferplus-share: needs the votes; give --ferplus fer2013new\.csv/,
    );
    await expect(read({ size: 64 }, inRoot('fer2013.csv'))).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('openDataset', () => {
  it('reports in one line what was left out, and why', async () => {
    await Promise.all(['loose.png', 'sad/1.png', 'happy/2.png'].map(pattern));
    await mkdir(inRoot('fear'));
    const stderr = new PassThrough();
    expect((await openDataset({ stderr }, inRoot(), {})).count).toBe(2);
    expect(String(stderr.read())).toBe(
      `left out of ${inRoot()}: 1 (not in the folder of a label), 1 (folder without pictures); mien data check lists them\n`,
    );
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
  await mkdir(inRoot('happy'));
  await mkdir(inRoot('sad'));
  const red = { r: 255, g: 0, b: 0 };
  await sharp({ create: { width: 8, height: 4, channels: 3, background: red } })
    .png()
    .toFile(inRoot('happy/a.png'));
  await sharp({ create: { width: 8, height: 4, channels: 3, background: red } })
    .png()
    .toFile(inRoot('sad/b.png'));
  const context = { stderr: new PassThrough() };
  const dataset = await openDataset(context, inRoot(), {}, { width: 4, height: 2, channels: 3 });
  expect(dataset).toMatchObject({ width: 4, height: 2, channels: 3 });
  expect([...dataset.images.subarray(0, 6)]).toEqual([255, 0, 0, 255, 0, 0]);
});
