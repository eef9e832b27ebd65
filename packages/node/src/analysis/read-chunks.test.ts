/** Videos that are read in chunks, in any order, give what `mien analyze` gives, bit for bit. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MienError } from '@mien/core';
// As built: workers are files of the build.
import { createExecutor as createBuiltExecutor } from '@mien/node/analysis';
import type { FrameResult } from '@mien/results';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chunk } from '../sources/chunk.js';
import { planChunks } from '../sources/plan-chunks.js';
import type { Sampling } from '../sources/source.js';
import { ffmpeg, HAS_FFMPEG, makeTwoFacesVideo, PORTRAIT, type TwoFaces } from '../testing/make-video.js';
import { createExecutor } from './create-executor.js';
import type { Executor } from './executor.js';
import type { JoinEnd, ReadChunk } from './join-chunks.js';
import { readJournal } from '../results-folder/journal.js';

const CHUNK_MS = 2000;
const START_MS = 90_000;
const SETTINGS = { model: 'mini-xception', detector: 'blazeface', chunkMs: CHUNK_MS };
const NOTHING = { onProgress: () => undefined };

let folder: string;
let executor: Executor;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-chunks-'));
  executor = await createExecutor(SETTINGS, 1, () => undefined);
}, START_MS);
afterAll(async () => {
  await executor.close();
  await rm(folder, { recursive: true, force: true });
});

async function inOneGo(path: string, sampling: Sampling, by = executor): Promise<string[]> {
  const rows: FrameResult[] = [];
  const onResult = (row: FrameResult) => Promise.resolve(void rows.push(row));
  await by.run({ source: path, sampling }, { onResult, onNote: () => undefined, ...NOTHING });
  return rows.map((row) => JSON.stringify(row));
}

async function read(path: string, sampling: Sampling, chunk: Chunk): Promise<ReadChunk> {
  const readings = join(folder, `readings-${chunk.startCell}`);
  const end = await executor.readChunk({ source: path, sampling, chunk, readings }, NOTHING);
  expect(end.error).toBeUndefined();
  const lines = await readFile(readings);
  await writeFile(`${readings}.gz`, gzipSync(lines));
  return { path: `${readings}.gz`, sha256: createHash('sha256').update(lines).digest('hex') };
}

async function joined(
  source: string,
  chunks: readonly (ReadChunk | undefined)[],
): Promise<{ end: JoinEnd; rows: string[] }> {
  const journal = join(folder, 'joined');
  const end = await executor.joinChunks({ source, chunks, journal }, NOTHING);
  const rows: string[] = [];
  for await (const row of readJournal(journal)) rows.push(JSON.stringify(row));
  return { end, rows };
}

/** The last chunk first. */
async function inChunks(path: string, sampling: Sampling) {
  const plan = await planChunks(path, sampling, CHUNK_MS);
  if (plan === undefined) throw new Error(`${path}: is read in one piece`);
  const chunks: ReadChunk[] = [];
  for (const chunk of plan.chunks.toReversed()) chunks.unshift(await read(path, sampling, chunk));
  return { plan, chunks, ...(await joined(path, chunks)) };
}

describe.each(['here', 'workers'] as const)('stopped work (%s)', (where) => {
  /** A chunk of one frame without faces. */
  async function makeReadings(): Promise<ReadChunk> {
    const reading = { width: 8, height: 8, timestampMs: 0, faces: [] };
    const lines = `${JSON.stringify({ reading })}\n${JSON.stringify({ first: 'a', next: null })}\n`;
    const path = join(folder, 'stopped.gz');
    await writeFile(path, gzipSync(lines));
    return { path, sha256: createHash('sha256').update(lines).digest('hex') };
  }

  it('rejects with the reason of its signal instead of a part', async () => {
    const stopped = await createBuiltExecutor(SETTINGS, 1, () => undefined, where);
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const chunk: Chunk = { startCell: 0, isFirst: true, leadMs: 0 };
    const task = { source: PORTRAIT, sampling: { signal }, chunk, readings: join(folder, 'stopped') };
    await expect(stopped.readChunk(task, NOTHING)).rejects.toBe(reason);
    const joining = {
      source: PORTRAIT,
      chunks: [await makeReadings()],
      journal: join(folder, 'journal'),
      signal,
    };
    await expect(stopped.joinChunks(joining, NOTHING)).rejects.toBe(reason);
    await stopped.close();
  });
});

it('work of a worker that ends without an error fails', async () => {
  const ending = await createBuiltExecutor(SETTINGS, 1, () => undefined, 'workers');
  const run = () =>
    ending.run({ source: PORTRAIT, sampling: {} }, { onNote: () => undefined, ...NOTHING }).then(
      () => 'done',
      (error: unknown) => (error instanceof MienError ? error.code : error),
    );
  const running = [run(), run()]; // The second one waits for the only worker.
  await ending.close();
  expect(await Promise.all([...running, run()])).toEqual(Array(3).fill('WORKER_FAILED'));
});

describe.skipIf(!HAS_FFMPEG)('with ffmpeg', () => {
  let video: string;
  let truth: string[];
  beforeAll(async () => {
    video = join(folder, 'faces.mp4');
    await makeTwoFacesVideo(video, { seconds: 5.4, output: ['-g', '5'] });
    truth = await inOneGo(video, {});
  }, START_MS);

  const x264 = (params: string) => ['-c:v', 'libx264', '-x264-params', params];
  const vfr = "select='lt(mod(n*n,11),5)'";
  const late = "setpts='PTS+gt(N,16)*2.3/TB'";
  it.each<[string, string, Partial<TwoFaces>, Sampling]>([
    [
      'open groups of pictures',
      'open.mp4',
      { output: x264('open-gop=1:keyint=6:bframes=4:b-pyramid=strict') },
      {},
    ],
    [
      'WebM',
      'a.webm',
      { output: ['-g', '7', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8'] },
      {},
    ],
    ['a variable frame rate', 'vfr.mp4', { rate: 12, filter: vfr, output: ['-vsync', 'vfr', '-g', '5'] }, {}],
    ['a clock that jumps ahead', 'late.mkv', { filter: late, output: ['-vsync', 'vfr', '-g', '5'] }, {}],
    ['intervals that lie across grid lines', 'every.mp4', { output: ['-g', '5'] }, { everyMs: 433 }],
    ['a part of the time', 'part.mkv', { output: ['-g', '5'] }, { fromMs: 1300, toMs: 5100, everyMs: 200 }],
  ])('gives the same rows for %s', async (_, name, how, sampling) => {
    const path = join(folder, name);
    await makeTwoFacesVideo(path, { seconds: 5.4, ...how });
    const truth = await inOneGo(path, sampling);
    const { plan, end, rows } = await inChunks(path, sampling);
    expect(plan.chunks.length).toBeGreaterThan(2);
    expect(end).toEqual({ state: 'done', frames: truth.length });
    expect(rows).toEqual(truth);
  });

  it('gives the same rows for a file whose edit list cuts its beginning off', async () => {
    const path = join(folder, 'edited.mp4');
    await ffmpeg('-ss', '0.75', '-i', video, '-c', 'copy', path);
    const { end, rows } = await inChunks(path, {});
    expect(end.state).toBe('done');
    expect(rows).toEqual(await inOneGo(path, {}));
  });

  it('starting anew at each grid line costs no id and no row', async () => {
    const without = await createExecutor({ ...SETTINGS, chunkMs: Infinity }, 1, () => undefined);
    const [anew, once] = [truth, await inOneGo(video, {}, without)].map((rows) =>
      rows.map((row) => (JSON.parse(row) as FrameResult).faces.map(({ id }) => id).sort()),
    );
    await without.close();
    expect(anew).toEqual(once);
    expect(once?.at(-1)).toEqual([1, 2]);
  });

  it('says which chunk is missing, lost or does not fit, and joins the rest', async () => {
    const { plan, chunks, rows } = await inChunks(video, {});
    expect(rows).toEqual(truth);
    const isIn = (row: string, cell: number) =>
      Math.floor(((JSON.parse(row) as FrameResult).timestampMs ?? 0) / CHUNK_MS) === cell;
    const gap = await joined(video, [chunks[0], undefined, ...chunks.slice(2)]);
    expect(gap.end.state).toBe('done');
    const times = (rows: readonly string[]) =>
      rows.map((row) => (JSON.parse(row) as FrameResult).timestampMs);
    expect(times(gap.rows)).toEqual(times(truth.filter((row) => !isIn(row, 1))));
    const damaged = { path: chunks[2]?.path ?? '', sha256: chunks[1]?.sha256 ?? '' };
    expect((await joined(video, [chunks[0], damaged])).end).toEqual({ state: 'lost', chunk: 1 });
    const none = { path: join(folder, 'none'), sha256: '' };
    expect((await joined(video, [none])).end).toEqual({ state: 'lost', chunk: 0 });
    // Chunk 1 without chunk 0 before it is no gap that anybody knows of.
    expect((await joined(video, [chunks[0], ...chunks.slice(2)])).end).toEqual({ state: 'apart' });
    expect((await joined(video, chunks.slice(0, 2))).end).toEqual({ state: 'apart' });
    expect(plan.chunks).toMatchObject([
      { startCell: 0, endCell: 1, isFirst: true },
      { startCell: 1, endCell: 2, isFirst: false },
      { startCell: 2 },
    ]);
  });

  it('reads in one piece what cannot be read from its middle', async () => {
    const restarting = join(folder, 'twice.ts');
    const once = join(folder, 'once.ts');
    await ffmpeg('-i', video, '-c', 'copy', once);
    await writeFile(restarting, Buffer.concat([await readFile(once), await readFile(once)]));
    const rare = join(folder, 'rare.mp4');
    await makeTwoFacesVideo(rare, { seconds: 5.4, output: ['-g', '1000', '-keyint_min', '1000', '-sc_threshold', '0', '-bf', '0'] }); // prettier-ignore
    const picture = join(folder, 'a.gif');
    await ffmpeg('-i', video, '-vf', 'scale=96:-1', picture);
    const nothing = join(folder, 'nothing.mp4');
    await writeFile(nothing, (await readFile(video)).subarray(0, 2000));
    for (const path of [restarting, picture, nothing, join(folder, 'missing')]) {
      expect(await planChunks(path, {}, CHUNK_MS), path).toBeUndefined();
    }
    expect(await planChunks(video, { everyMs: CHUNK_MS }, CHUNK_MS)).toBeUndefined();
    expect(await planChunks(video, { toMs: CHUNK_MS }, CHUNK_MS)).toBeUndefined();
    // Its only key frame is the first: late chunks would decode more than they read.
    const { end, rows, plan } = await inChunks(rare, {});
    expect(plan.chunks.length).toBe(2); // of three cells
    expect(end.state).toBe('done');
    expect(rows).toEqual(await inOneGo(rare, {}));
  });
});
