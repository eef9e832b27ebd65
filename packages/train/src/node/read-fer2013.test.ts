import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CountedProgress } from '../progress.js';
import { imageOf, rowsOfSplit, rowsRepeatedElsewhere, splitsOf } from '../data/dataset.js';
import { parseFer2013Blob } from '../data/fer2013/parse-fer2013-blob.js';
import { readFer2013 } from './read-fer2013.js';

const HEADER = 'emotion,pixels,Usage';
const PIXELS = 48 * 48;
const pixels = (seed: number, count = PIXELS): number[] =>
  Array.from({ length: count }, (_, i) => (i * 7 + seed) % 256);
const row = (label: number | string, seed: number, split: string): string =>
  `${label},${pixels(seed).join(' ')},${split}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-fer2013-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function write(content: string | Uint8Array): Promise<string> {
  const path = join(folder, `data-${files++}.csv`);
  await writeFile(path, content);
  return path;
}

/** How the CSV is read: from a path in Node, or from a blob as pages do. */
const READERS: readonly (readonly [string, typeof readFer2013])[] = [
  ['readFer2013', readFer2013],
  [
    'parseFer2013Blob',
    async (path, onProgress) => parseFer2013Blob(new Blob([await readFile(path)]), path, onProgress),
  ],
];

describe.each(READERS)('%s', (_, read) => {
  const good = [HEADER, row(0, 1, 'Training'), row(6, 2, 'PublicTest'), row(3, 3, 'PrivateTest'), ''].join(
    '\n',
  );

  it('reads pixels, labels and splits in the order of the file', async () => {
    const dataset = await read(await write(good));
    expect(dataset).toMatchObject({ count: 3, width: 48, height: 48 });
    expect([...dataset.labels]).toEqual([0, 6, 3]);
    expect([...imageOf(dataset, 1)]).toEqual(pixels(2));
    expect([...rowsOfSplit(dataset, 'PublicTest')]).toEqual([1]);
    expect(splitsOf(dataset)).toEqual(['Training', 'PublicTest', 'PrivateTest']);
  });

  it("reads Kaggle's train.csv, whose rows are all of Training, and labels as words", async () => {
    const twoColumns = [
      'emotion,pixels',
      `3,${pixels(1).join(' ')}`,
      `Anger,${pixels(2).join(' ')}`,
      '',
    ].join('\n');
    for (const content of [twoColumns, gzipSync(twoColumns)]) {
      const dataset = await read(await write(content));
      expect([...dataset.labels]).toEqual([3, 0]);
      expect(splitsOf(dataset)).toEqual(['Training']);
    }
    const spaced = await read(
      await write(['Emotion, Usage, Pixels', `happy, PublicTest, ${pixels(3).join(' ')}`].join('\n')),
    );
    expect([...spaced.labels, ...spaced.splits]).toEqual([3, 1]);
  });

  it('names the row of a gzipped file as that of a plain one', async () => {
    // Enough rows for the error to come in the middle of the stream.
    const rows = Array.from({ length: 200 }, (__, index) => row(index === 150 ? 7 : 1, index, 'Training'));
    const content = [HEADER, ...rows, ''].join('\n');
    const messages = await Promise.all(
      [content, gzipSync(content)].map(async (file) => {
        const path = await write(file);
        return read(path).catch((error: unknown) => (error as Error).message.slice(path.length));
      }),
    );
    expect(messages[0]).toMatch(
      /^: row 151 \(line 152\): emotion must be a whole number from 0 to 6, or one of angry, .*, got '7'/,
    );
    expect(messages[1]).toBe(messages[0]);
  });

  it('accepts gzip under any name, CRLF, quotes, a byte order mark and a missing newline at the end', async () => {
    const expected = await read(await write(good));
    const quoted = good.replace(/^(\d),(.*),(\w+)$/gm, '"$1", "$2" ,"$3"');
    for (const variant of [
      gzipSync(good),
      good.replaceAll('\n', '\r\n'),
      quoted,
      `\uFEFF${good}`,
      good.trimEnd(),
    ]) {
      expect(await read(await write(variant))).toEqual(expected);
    }
  });

  it('reports progress, plain and gzipped, with the exact number of rows at the end', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => row(index % 7, index, 'Training'));
    const long = [HEADER, ...rows, ''].join('\n');
    for (const variant of [long, gzipSync(long)]) {
      const told: CountedProgress[] = [];
      await read(await write(variant), (progress) => told.push(progress));
      expect(told.length).toBeGreaterThan(3);
      expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
      expect(told.every(({ done, total }) => done <= total)).toBe(true);
      expect(told.at(-1)).toEqual({ done: 300, total: 300 });
    }
  });

  it('finds columns by their names', async () => {
    const swapped = `Usage,emotion,note,pixels\nPublicTest,4,hello,${pixels(9).join(' ')}\n`;
    const dataset = await read(await write(swapped));
    expect([dataset.labels[0], splitsOf(dataset)]).toEqual([4, ['PublicTest']]);
    expect([...imageOf(dataset, 0)]).toEqual(pixels(9));
  });

  it('joins lines across chunks, and rows across blocks', async () => {
    const count = 1100;
    const lines = Array.from({ length: count }, (_, i) => row(i % 7, i, 'Training'));
    const dataset = await read(await write(gzipSync([HEADER, ...lines].join('\n'), { level: 1 })));
    expect(dataset.count).toBe(count);
    for (const i of [0, 23, 511, 1023, 1024, 1099]) expect([...imageOf(dataset, i)]).toEqual(pixels(i));
  });

  const text = (...fields: (string | number)[]): string =>
    `${HEADER}\n${row(1, 1, 'Training')}\n${fields.join(',')}\n`;
  it.each([
    [
      'too few pixels',
      text(0, pixels(1, 2303).join(' '), 'Training'),
      /row 2 \(line 3\): expected 2304 pixels \(48×48\), got 2303/,
    ],
    [
      'too many pixels',
      text(0, pixels(1, 2305).join(' '), 'Training'),
      /expected 2304 pixels \(48×48\), got 2305/,
    ],
    ['no pixels', text(0, '', 'Training'), /expected 2304 pixels \(48×48\), got 0/],
    [
      'label 9',
      text(row(9, 1, 'Training')),
      /row 2 \(line 3\): emotion must be a whole number from 0 to 6, or one of angry, .*, got '9'/,
    ],
    ['label contempt', text(row('contempt', 1, 'Training')), /emotion must be .* got 'contempt'/],
    ['empty label', text(row('', 1, 'Training')), /emotion must be .* got ''/],
    ['label -1', text(row(-1, 1, 'Training')), /emotion must be .* got '-1'/],
    [
      'pixel 256',
      text(0, [256, ...pixels(1, 2303)].join(' '), 'Training'),
      /pixel 1 must be a whole number from 0 to 255, got '256'/,
    ],
    [
      'pixel abc',
      text(0, [...pixels(1, 2303), 'abc'].join(' '), 'Training'),
      /pixel 2304 must be .* got 'abc'/,
    ],
    [
      'pixel 1.5',
      text(0, [5, '1.5', ...pixels(1, 2302)].join(' '), 'Training'),
      /pixel 2 must be .* got '1.5'/,
    ],
    [
      'unknown split',
      text(row(1, 1, 'Test')),
      /Usage must be one of Training, PublicTest, PrivateTest, got 'Test'/,
    ],
    ['missing column', text(0, pixels(1).join(' ')), /row 2 \(line 3\): expected 3 columns, got 2/],
    ['a stray comma', text(row(1, 1, 'Training'), ''), /expected 3 columns, got 4/],
    ['empty file', '', /the file is empty/],
    ['header only', `${HEADER}\n`, /a header and no rows/],
    ['no header', `${row(1, 1, 'Training')}\n`, /first line must name the columns emotion,pixels,Usage/],
    ['a line without end', `${HEADER}\n${'1'.repeat(400_000)}`, /line 2 is longer than 65536 bytes/],
    [
      'a binary file',
      new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
      /is not text; give the path of FER2013's CSV/,
    ],
    ['truncated gzip', gzipSync(good).subarray(0, -20), /the gzip data is damaged or cut off after row \d/],
    ['damaged gzip', gzipSync(good).fill(0xff, 40, 60), /the gzip data is damaged/],
  ])('rejects %s in one line that names file and row', async (__, content, message) => {
    const path = await write(content);
    const error: unknown = await read(path).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: 'MienError', code: 'INPUT_INVALID' });
    const text = (error as Error).message;
    expect(text).toMatch(message);
    expect(text.startsWith(`${path}: `)).toBe(true);
    expect(text).not.toMatch(/\n/);
  });
});

describe('readFer2013', () => {
  it('rejects a missing file and a directory', async () => {
    await expect(readFer2013(join(folder, 'none.csv'))).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringContaining('none.csv: no such file') as string,
    });
    await mkdir(join(folder, 'sub'));
    await expect(readFer2013(join(folder, 'sub'))).rejects.toThrow(/sub: is a folder/);
  });

  const real = join(
    process.env['MIEN_DATA'] ?? join(import.meta.dirname, '../../../../../shared/data'),
    'fer2013.csv.gz',
  );
  it.skipIf(!existsSync(real))('reads the published file (skipped where it is absent)', async () => {
    const dataset = await readFer2013(real);
    const training = rowsOfSplit(dataset, 'Training');
    const publicTest = rowsOfSplit(dataset, 'PublicTest');
    const count = (rows: Uint32Array): number[] =>
      dataset.labelNames.map((_, label) => rows.filter((index) => dataset.labels[index] === label).length);
    expect(count(training)).toEqual([3996, 436, 4099, 7215, 4830, 3171, 4962]);
    expect(count(publicTest)).toEqual([467, 56, 496, 895, 653, 415, 607]);
    expect(rowsRepeatedElsewhere(dataset, 'PublicTest').length).toBe(280);
  });
});
