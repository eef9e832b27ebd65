/** A long video as chunks, step by step on the embedded database: whatever becomes of a chunk, nothing is lost or doubled. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExecutor } from '@mien/node/analysis';
import type { FrameResult } from '@mien/results';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_FFMPEG, makeTwoFacesVideo } from '../../../node/src/testing/make-video.js';
import { DEFAULT_ANALYSIS } from '../service/default-analysis.js';
import { openEngine, type Engine } from '../service/open-engine.js';
import { openLocalJobs, type LocalJobs } from './local-jobs.js';
import { releaseTicket } from './change-job.js';
import { QUEUE, type SegmentTicket } from './job-queue.js';
import type { Attempt } from './job-transaction.js';
import { createSegmentAnalyst, type SegmentAnalyst } from './segment-analyst.js';
import { beginStep } from './take-step.js';

const START_MS = 90_000;
const CHUNK_MS = 2000;
const SETTINGS = { ...DEFAULT_ANALYSIS, chunkMs: CHUNK_MS };

let folder: string;
let path: string;
let truth: FrameResult[];
let engine: Engine;
let jobs: LocalJobs;
let analyst: SegmentAnalyst;

beforeAll(async () => {
  if (!HAS_FFMPEG) return;
  folder = await mkdtemp(join(tmpdir(), 'mien-chunks-'));
  path = join(folder, 'faces.mp4');
  await makeTwoFacesVideo(path, { seconds: 5.4, output: ['-g', '5'] });
  truth = [];
  const executor = await createExecutor(SETTINGS, 1, () => undefined);
  const onResult = (row: FrameResult) => Promise.resolve(void truth.push({ ...row, source: 'faces.mp4' }));
  const nothing = () => undefined;
  await executor.run({ source: path, sampling: {} }, { onResult, onProgress: nothing, onNote: nothing });
  await executor.close();
  const place = { kind: 'folder', folder: join(folder, 'data') } as const;
  engine = await openEngine({ place, concurrency: 0, onProblem: (error) => expect.fail(error.message) });
  jobs = openLocalJobs({ ...engine, onQueued: nothing, onCancelled: nothing }, 'local', true);
  analyst = createSegmentAnalyst(SETTINGS);
}, START_MS);
afterAll(async () => {
  if (!HAS_FFMPEG) return;
  await analyst.close();
  await engine.close(0);
  await rm(folder, { recursive: true, force: true });
}, START_MS);

const submit = async () => (await jobs.submit({ settings: {}, files: [{ name: 'faces.mp4', path }] })).id;

async function fetchAll(): Promise<Attempt[]> {
  const tickets = await engine.boss.fetch<SegmentTicket>(QUEUE, { batchSize: 10 });
  const attempts = tickets.map(({ data: ticket, retryCount }) => ({ ticket, retryCount }));
  return attempts.sort((a, b) => Number(a.ticket.step) - Number(b.ticket.step));
}
async function fetchOne(): Promise<Attempt> {
  const attempts = await fetchAll();
  expect(attempts.length).toBe(1);
  return attempts[0]!;
}

const contextOf = (attempt: Attempt) => ({
  ...{ ...engine, settings: SETTINGS, analyst, attempt, signal: new AbortController().signal },
  patiently: <T>(work: () => Promise<T>) => work(),
});

/** What a worker does with a ticket. */
async function take(attempt: Attempt): Promise<void> {
  const step = await beginStep(contextOf(attempt));
  const { record, tidy } = (await step?.work()) ?? expect.fail('nothing to do');
  await step?.report();
  await record();
  await tidy?.();
}

async function resultsOf(id: string): Promise<FrameResult[]> {
  const parts: Buffer[] = [];
  for await (const part of await jobs.result(id, { format: 'json' })) parts.push(Buffer.from(part as Buffer));
  return JSON.parse(Buffer.concat(parts).toString()) as FrameResult[];
}
const rowsOf = (cells: readonly number[]) =>
  truth.filter(({ timestampMs = 0 }) => cells.includes(Math.floor(timestampMs / CHUNK_MS)));
const filesOf = async (id: string) =>
  (await readdir(join(folder, 'data', 'files'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.parentPath.includes(id))
    .map(({ name, parentPath }) => join(parentPath, name).slice(join(folder, 'data', 'files').length + 1));

describe.skipIf(!HAS_FFMPEG)('a long video (skipped without ffmpeg)', () => {
  it('is divided, read in any order, joined to the same rows, and leaves only its result', async () => {
    const id = await submit();
    await take(await fetchOne());
    expect(await jobs.get(id)).toMatchObject({ state: 'running', items: [{ state: 'running', frames: 0 }] });
    const chunks = await fetchAll();
    expect(chunks.map(({ ticket }) => ticket.step)).toEqual([0, 1, 2]);
    let [frames, progress] = [0, 0];
    for (const at of [2, 0, 1]) {
      await take(chunks[at]!);
      const job = await jobs.get(id);
      expect(job.progress).toBeGreaterThan(progress);
      expect(job.progress).toBeLessThanOrEqual(1);
      expect(job.items[0]?.frames).toBe((frames += rowsOf([at]).length));
      ({ progress } = job);
    }
    await take(await fetchOne());
    expect(await jobs.get(id)).toMatchObject({ state: 'done', done: 1, items: [{ frames: truth.length }] });
    expect(await resultsOf(id)).toEqual(truth);
    expect(await filesOf(id)).toEqual([`results/${id}/0.ndjson.gz`]);
  });

  it('reports a chunk that fails for good, gives the rest, and reads only that one again', async () => {
    const id = await submit();
    await take(await fetchOne());
    const chunks = await fetchAll();
    await take(chunks[0]!);
    const step = await beginStep(contextOf(chunks[1]!));
    await step?.fail({ code: 'WORKER_FAILED', message: 'faces.mp4: too large for this machine' });
    await take(chunks[2]!);
    await take(await fetchOne());
    const job = await jobs.get(id);
    expect(job).toMatchObject({ state: 'done', done: 0, failed: 1 });
    expect(job.items[0]?.error?.message).toBe(
      'faces.mp4: 2 s to 4 s could not be read whole (too large for this machine); the result has the rest',
    );
    const given = (await resultsOf(id)).map(({ timestampMs }) => timestampMs);
    expect(given).toEqual(rowsOf([0, 2]).map(({ timestampMs }) => timestampMs));
    await jobs.retry(id);
    const again = await fetchOne();
    expect(again.ticket.step).toBe(1);
    await take(again);
    await take(await fetchOne());
    expect(await jobs.get(id)).toMatchObject({ state: 'done', done: 1, failed: 0 });
    expect(await resultsOf(id)).toEqual(truth);
  });

  it('counts an attempt once: given back, taken over, and too late', async () => {
    const id = await submit();
    await take(await fetchOne());
    const chunks = await fetchAll();
    await releaseTicket(engine.database, engine.boss, chunks[1]!);
    const late = await (await beginStep(contextOf(chunks[0]!)))?.work(); // Of a worker that is believed dead.
    await take(chunks[0]!);
    await late?.record();
    await take(chunks[2]!);
    const again = await fetchOne();
    expect(again.ticket.step).toBe(1);
    expect(await beginStep(contextOf(chunks[1]!))).toBeUndefined();
    await take(again);
    await take(await fetchOne());
    expect(await resultsOf(id)).toEqual(truth);
    expect(await fetchAll()).toEqual([]);
  });

  it('reads a chunk again whose readings are gone or damaged', async () => {
    const id = await submit();
    await take(await fetchOne());
    for (const chunk of await fetchAll()) await take(chunk);
    const readings = join(folder, 'data', 'files', 'chunks', id, '0');
    await rm(join(readings, '1.ndjson.gz'));
    await take(await fetchOne());
    await take(await fetchOne());
    await writeFile(join(readings, '2.ndjson.gz'), 'nothing');
    await take(await fetchOne());
    const again = await fetchOne();
    expect(again.ticket.step).toBe(2);
    await take(again);
    await take(await fetchOne());
    expect(await resultsOf(id)).toEqual(truth);
  });

  it('reads a video in one piece whose chunks do not fit together', async () => {
    const id = await submit();
    await take(await fetchOne());
    // As if the file could not be read from its middle: the second chunk begins elsewhere.
    await engine.database.query(
      `UPDATE mien.chunk SET plan = jsonb_set(plan, '{startCell}', '2') WHERE job_id = $1 AND chunk = 1`,
      [id],
    );
    for (const chunk of await fetchAll()) await take(chunk);
    await take(await fetchOne());
    const whole = await fetchOne();
    expect(whole.ticket.step).toBeUndefined();
    await take(whole);
    expect(await jobs.get(id)).toMatchObject({ state: 'done', done: 1, failed: 0 });
    expect(await resultsOf(id)).toEqual(truth);
  });

  it('is cancelled with all its chunks', async () => {
    const id = await submit();
    await take(await fetchOne());
    const chunks = await fetchAll();
    await take(chunks[0]!);
    await jobs.cancel(id);
    expect(await beginStep(contextOf(chunks[1]!))).toBeUndefined();
    expect(await fetchAll()).toEqual([]);
    expect(await filesOf(id)).toEqual([]);
  });
});
