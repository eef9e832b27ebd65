import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameOutputs } from './name-outputs.js';
import { planOutputs } from './plan-outputs.js';
import { openResultsFolder, renameSource } from './results-folder.js';
import { readSourceState } from './source-state.js';

let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-results-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('names of outputs', () => {
  const namesOf = (...sources: (string | [source: string, inFolder: string])[]) => [
    ...nameOutputs(
      sources.map((one) =>
        typeof one === 'string' ? { source: one } : { source: one[0], inFolder: one[1] },
      ),
    ).values(),
  ];

  it('are file names, and paths within a searched folder', () => {
    expect(namesOf('d/a.jpg', ['pictures/x/b.jpg', 'x/b.jpg'], '/elsewhere/c.jpg')).toEqual([
      'a.jpg',
      'x/b.jpg',
      'c.jpg',
    ]);
  });
  it('have the folders that differ where file names are the same', () => {
    expect(namesOf('d1/a.jpg', 'd2/a.jpg', 'b.jpg')).toEqual(['d1/a.jpg', 'd2/a.jpg', 'b.jpg']);
    expect(namesOf('x/d/a.jpg', 'y/d/a.jpg')).toEqual(['x/d/a.jpg', 'y/d/a.jpg']);
    expect(namesOf('/a.jpg', '/d/a.jpg')).toEqual(['a.jpg', 'd/a.jpg']);
  });
  it('stay together for the files of a folder', () => {
    expect(
      namesOf(['d1/a.jpg', 'a.jpg'], ['d1/b.jpg', 'b.jpg'], ['d2/x/a.jpg', 'x/a.jpg'], 'd3/a.jpg'),
    ).toEqual(['d1/a.jpg', 'd1/b.jpg', 'x/a.jpg', 'd3/a.jpg']);
  });
  it('do not tell the password of a stream', () => {
    expect(namesOf('rtsp://me:secret@door/1', 'camera:0', '-')).toEqual(['rtsp-door-1', 'camera-0', 'stdin']);
    expect(namesOf('http://door/x?user=me&PWD=secret&n=1', 'http://door/y?access_token=s')).toEqual([
      'http-door-x-user-me-PWD-n-1',
      'http-door-y-access_token',
    ]);
    expect(namesOf('rtsp://me:s@cret@door/1', 'http://door/a@b')).toEqual(['rtsp-door-1', 'http-door-a-b']);
  });
  it.each([[['a.jpg', 'a.jpg']], [['a.jpg', './x/../a.jpg']], [['camera:0', 'camera:0']]])(
    'refuse %j: the same source twice',
    (sources) => {
      expect(() => namesOf(...sources)).toThrow(/^--out: .* is named twice; name it once$/);
    },
  );

  it('end in the format, and in .txt for text', () => {
    const pathOf = (format: 'csv' | 'table' | 'list') =>
      [...planOutputs([{ source: 'a.jpg' }], 'o', { format }).values()][0]?.path;
    expect([pathOf('csv'), pathOf('table'), pathOf('list')]).toEqual([
      join('o', 'a.jpg.csv'),
      join('o', 'a.jpg.txt'),
      join('o', 'a.jpg.txt'),
    ]);
  });

  it('are linked from the page of all pictures by addresses relative to it', () => {
    const hrefOf = (source: string) => {
      const report = { general: [], ofRecordings: [] };
      return [...planOutputs([{ source }], 'o/results', { format: 'json', report }).values()][0]?.report
        ?.href;
    };
    expect(hrefOf('pictures/a b#1.jpg')).toBe('./../../pictures/a%20b%231.jpg');
    expect(hrefOf('o/results/in.jpg')).toBe('./in.jpg');
    expect(hrefOf('camera:0')).toBeUndefined();
  });
});

it.each([
  ['/home/me/a.jpg: is empty', '/home/me/a.jpg', 'a.jpg: is empty'],
  ['standard input: is a non-picture', '-', 'standard input: is a non-picture'],
])('names the source of %j on pages without its place', (message, source, expected) => {
  expect(renameSource(message, source, 'a.jpg')).toBe(expected);
});

describe('a results folder', () => {
  const SETTINGS = { model: 'm', every: 200, scaleFactor: 1.3 };
  const open = (
    out: string,
    sources: readonly string[],
    options: { resume?: boolean; settings?: object } = {},
  ) =>
    openResultsFolder(
      inFolder(out),
      sources.map((source) => ({ source: inFolder(source) })),
      { format: 'csv', settings: SETTINGS, resume: false, ...options },
    );
  /** As a run does it. */
  async function finish(
    out: string,
    sources: readonly string[],
    options?: { resume?: boolean },
  ): Promise<void> {
    const results = await open(out, sources, options);
    for (const [{ source }, output] of results.outputs) {
      await mkdir(join(output.path, '..'), { recursive: true });
      await writeFile(output.path, source);
      await results.markFinished(output, await readSourceState(source));
    }
  }
  async function finishedOf(out: string, sources: readonly string[]): Promise<boolean[]> {
    const results = await open(out, sources, { resume: true });
    const states = [...results.outputs].map(async ([{ source }, output]) =>
      results.isFinished(output, await readSourceState(source)),
    );
    return Promise.all(states);
  }
  beforeAll(async () => {
    for (const name of ['d1/a.jpg', 'd2/a.jpg', 'd1/b.jpg']) {
      await mkdir(inFolder(name, '..'), { recursive: true });
      await writeFile(inFolder(name), name);
    }
  });

  it('knows what an earlier run finished, unless a file is missing or has changed', async () => {
    await finish('known', ['d1/a.jpg', 'd1/b.jpg']);
    expect(await finishedOf('known', ['d1/a.jpg', 'd1/b.jpg'])).toEqual([true, true]);
    await rm(inFolder('known/a.jpg.csv'));
    await writeFile(inFolder('d1/b.jpg'), 'changed');
    expect(await finishedOf('known', ['d1/a.jpg', 'd1/b.jpg'])).toEqual([false, false]);
  });

  it('never replaces the result of another source, in any run', async () => {
    await finish('own', ['d1/a.jpg']);
    const refused = new RegExp(
      `^--out: .*a\\.jpg\\.csv is the result of .*d1/a\\.jpg and would be replaced by that of`,
    );
    await expect(open('own', ['d2/a.jpg'])).rejects.toThrow(refused);
    await expect(open('own', ['d2/a.jpg'], { resume: true })).rejects.toThrow(refused);
    await finish('own', ['d1/b.jpg']); // This run is not about a.jpg, and remembers whose it is.
    await expect(open('own', ['d2/a.jpg'])).rejects.toThrow(refused);
    expect(await readFile(inFolder('own/a.jpg.csv'), 'utf8')).toBe(inFolder('d1/a.jpg'));
    await finish('own', ['d1/a.jpg']); // Its own source may.
    await finish('own', ['d1/a.jpg', 'd2/a.jpg']);
    expect(await readFile(inFolder('own/d2/a.jpg.csv'), 'utf8')).toBe(inFolder('d2/a.jpg'));
    await rm(inFolder('own/a.jpg.csv'));
    await expect(open('own', ['d2/a.jpg'])).resolves.toBeDefined();
  });

  it('does not count as finished what another run made, perhaps with other settings', async () => {
    await finish('other', ['d1/a.jpg']);
    await finish('other', ['d1/b.jpg']);
    expect(await finishedOf('other', ['d1/a.jpg', 'd1/b.jpg'])).toEqual([false, true]);
  });

  it('names every setting that differs, with both values, and changes nothing', async () => {
    await open('set', ['d1/a.jpg']);
    const settings = { model: 'm', every: 500, plot: true, scaleFactor: undefined };
    await expect(open('set', ['d1/a.jpg'], { resume: true, settings })).rejects.toThrow(
      /^--resume: .*set was begun with other settings: --every 200 ms then, 500 ms now; --scale-factor 1\.3 then, not given now; --plot not given then, given now; use the same settings, or another folder$/,
    );
    await expect(open('set', ['d1/a.jpg'], { resume: true })).resolves.toBeDefined();
  });
});
