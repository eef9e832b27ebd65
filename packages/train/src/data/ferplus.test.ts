import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allRows, datasetSha256, rowsOfSplit, type Dataset } from './dataset.js';
import { FER2013_LABELS } from '@mien/core';
import { readFerPlusVotes } from '../node/read-ferplus.js';
import { FER2013_SPLITS } from './fer2013/fer2013.js';

const HEADER = 'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF';
const ROWS = [
  'Training,fer0.png,4,0,0,1,3,2,0,0,0,0', // neutral
  'Training,fer1.png,4,0,0,4,1,0,0,0,1,0', // neutral and sad: the data says sad
  'Training,fer2.png,3,3,0,0,0,0,0,4,0,0', // contempt
  'Training,fer3.png,0,0,0,0,0,0,0,0,0,10', // no face
  'PublicTest,fer4.png,0,5,0,0,0,0,0,0,5,0', // as many unknown as happy
  'PublicTest,fer5.png,0,5,0,0,0,0,0,1,4,0', // happy
  'PublicTest,,0,0,5,0,0,0,5,0,0,0', // surprise and fear: the data says neither
];
const LABELS = [0, 4, 0, 0, 3, 0, 6];

const dataset: Dataset = {
  count: LABELS.length,
  width: 1,
  height: 1,
  images: Uint8Array.from(LABELS.keys()),
  labels: Uint8Array.from(LABELS),
  labelNames: FER2013_LABELS,
  splits: Uint8Array.from([0, 0, 0, 0, 1, 1, 1]),
  splitNames: FER2013_SPLITS,
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-ferplus-'));
});
afterAll(() => rm(folder, { recursive: true }));
const add = async (text: string, share?: number): Promise<Dataset> => {
  const path = join(folder, 'votes.csv');
  await writeFile(path, text);
  return readFerPlusVotes(dataset, path, share);
};
const toText = (rows: readonly string[], header = HEADER): string => [header, ...rows, ''].join('\n');

describe('addFerPlusVotes', () => {
  it('takes labels and label distributions from the votes', async () => {
    const { softLabels, labels } = await add(toText(ROWS));
    const rowOf = (row: number): number[] => Array.from(softLabels?.subarray(row * 7, (row + 1) * 7) ?? []);
    const parts = (...values: number[]): number[] => values.map(Math.fround);
    expect(rowOf(0)).toEqual(parts(0.3, 0.2, 0, 0, 0.1, 0, 0.4));
    expect(rowOf(1)).toEqual(parts(1 / 9, 0, 0, 0, 4 / 9, 0, 4 / 9));
    expect(rowOf(5)).toEqual(parts(0, 0, 0, 1, 0, 0, 0));
    expect(rowOf(6)).toEqual(parts(0, 0, 0.5, 0, 0, 0.5, 0));
    const names = Array.from(labels, (label) => FER2013_LABELS[label]);
    expect([names[0], names[1], names[5], names[6]]).toEqual(['neutral', 'sad', 'happy', 'fear']);
  });

  it('excludes rows with most votes for contempt, unknown or no face, also on a tie', async () => {
    const voted = await add(toText(ROWS));
    expect([...allRows(voted)]).toEqual([0, 1, 5, 6]);
    expect([...rowsOfSplit(voted, 'PublicTest')]).toEqual([5, 6]);
    expect(voted.count).toBe(dataset.count);
    expect(await datasetSha256(voted)).not.toBe(await datasetSha256({ ...dataset, labels: voted.labels }));
  });

  it('gives votes a share of the target beside the labels, which stay', async () => {
    const { labels, softLabels, ...voted } = await add(toText(ROWS), 0.25);
    expect([...labels]).toEqual(LABELS);
    const rowOf = (row: number): number[] => Array.from(softLabels?.subarray(row * 7, (row + 1) * 7) ?? []);
    const parts = (...values: number[]): number[] => values.map(Math.fround);
    expect(rowOf(0)).toEqual(parts(0.75 + 0.075, 0.05, 0, 0, 0.025, 0, 0.1));
    // The votes of these two do not count: most are for contempt, or as many for unknown as for happy.
    expect(rowOf(2)).toEqual(parts(1, 0, 0, 0, 0, 0, 0));
    expect(rowOf(4)).toEqual(parts(0, 0, 0, 1, 0, 0, 0));
    expect([...allRows({ ...dataset, ...voted, labels, softLabels: softLabels! })]).toEqual([
      0, 1, 2, 4, 5, 6,
    ]);
  });

  it('finds columns by their names', async () => {
    const swap = (line: string): string => line.split(',').reverse().join(',');
    const crlf = toText(ROWS.map(swap), swap(HEADER)).replaceAll('\n', '\r\n');
    expect(await add(crlf)).toEqual(await add(toText(ROWS)));
  });

  it.each([
    ['fewer rows', toText(ROWS.slice(1)), /votes on 6 pictures, but the data has 7 rows/],
    ['more rows', toText([...ROWS, ROWS[0] ?? '']), /votes on 8 pictures, but the data has 7 rows/],
    ['no rows', '', /no column Usage in ''/],
    ['another header', toText(ROWS, HEADER.replace('anger', 'rage')), /no column angry in 'Usage,Image name/],
    ['no column NF', toText(ROWS, HEADER.replace('NF', '')), /no column NF/],
    ['another order', toText(ROWS.toReversed()), /row 1: the split is 'PublicTest', but Training in the data/], // prettier-ignore
    ['a missing field', toText(ROWS.with(2, 'Training,x,1')), /row 3: expected 12 columns, got 3/],
    ['a vote that is none', toText(ROWS.with(0, 'Training,x,4,0,0,1,-3,2,0,0,0,0')), /row 1: .* whole numbers, got '-3'/], // prettier-ignore
    ['too many votes', toText(ROWS.with(0, 'Training,x,4,0,0,1,9999,2,0,0,0,0')), /got '9999'/],
    ['other data', '\0\u0001\u0002', /no column Usage in '\?\?\?'/],
  ])('rejects %s in one line that names the file', async (_, text, message) => {
    const error: unknown = await add(text).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: 'MienError', code: 'INPUT_INVALID' });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/^\S+votes\.csv: [^\n]*; give FER\+'s fer2013new\.csv$/);
  });

  it('rejects a missing file', async () => {
    await expect(readFerPlusVotes(dataset, join(folder, 'none'))).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
    });
  });
});
