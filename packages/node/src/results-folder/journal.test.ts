import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameResult } from '@mien/results';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openJournal, readJournal } from './journal.js';

const result = (timestampMs: number): FrameResult => ({
  source: 'a, b.mp4',
  width: 64,
  height: 48,
  timestampMs,
  model: 'm',
  detector: 'd',
  faces: [],
});
const VIDEO = [0, 200, 400].map(result);

describe('a journal', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-journal-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const HEAD = { source: 'a, b.mp4', sizeBytes: 1, modifiedMs: 2 };

  async function reopen(text: string): Promise<FrameResult[]> {
    const path = join(folder, 'journal');
    await writeFile(path, text);
    const kept: FrameResult[] = [];
    const journal = await openJournal(path, HEAD, (one) => kept.push(one));
    await journal.add(result(9000));
    await journal.close();
    const all: FrameResult[] = [];
    for await (const one of readJournal(path)) all.push(one);
    expect(all).toEqual([...kept, result(9000)]);
    return kept;
  }
  const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

  it.each<[string, string, readonly FrameResult[]]>([
    ['whole', lines(HEAD, ...VIDEO), VIDEO],
    ['cut within a line', lines(HEAD, ...VIDEO).slice(0, -7), VIDEO.slice(0, -1)],
    ['cut within its first line', '{"source"', []],
    ['of another file', lines({ ...HEAD, sizeBytes: 3 }, ...VIDEO), []],
    ['with damage', `${lines(HEAD, VIDEO[0])}\0\0\0\n${lines(VIDEO[1])}`, VIDEO.slice(0, 1)],
    ['empty', '', []],
  ])('that is %s continues after its last whole result', async (_, text, expected) => {
    expect(await reopen(text)).toEqual(expected);
  });
});
