/** Processes that are killed while they work: nothing is lost, nothing is there twice. `node bench/soak/jobs.js` is the long form. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAnalyzer } from '@mien/node';
import { createExecutor } from '@mien/node/analysis';
import type { FrameResult } from '@mien/results';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_FFMPEG, makePortraitVideo, PORTRAIT } from '../../../node/src/testing/make-video.js';
import { removeOldJobs, RETENTION_DAYS } from '../jobs/job-keeper.js';
import { openLocalJobs, type LocalJobs } from '../jobs/local-jobs.js';
import type { NewFile } from '../jobs/jobs.js';
import { startS3 } from '../testing/start-s3.js';
import { HAS_POSTGRES, startPostgres, type TestPostgres } from '../testing/start-postgres.js';
import { killProcesses, startProcess, type TestProcess } from '../testing/worker-process.js';
import { DEFAULT_ANALYSIS } from './default-analysis.js';
import { openEngine, type Engine, type Place } from './open-engine.js';
import { openJobs } from './open-jobs.js';

/** Models and databases start in seconds, on a busy machine in many. */
const START_MS = 90_000;
/** The video of 8 s is divided into four chunks, except where a test says otherwise. */
const CHUNKS = { chunkMs: 2000 };

let folder: string;
let files: NewFile[];
let expected: FrameResult[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-crash-'));
  files = [];
  for (let index = 0; index < 6; index++) {
    const path = join(folder, `${index}.jpg`);
    await writeFile(
      path,
      await sharp(PORTRAIT)
        .resize(300 + index)
        .jpeg()
        .toBuffer(),
    );
    files.push({ name: `${index}.jpg`, path });
  }
  if (HAS_FFMPEG) {
    const path = join(folder, 'talk.mp4');
    await makePortraitVideo(path, 8);
    files.push({ name: 'talk.mp4', path });
  }
  expected = await analyzeHere(files);
}, START_MS);
afterAll(async () => {
  killProcesses();
  await rm(folder, { recursive: true, force: true });
});

async function analyzeHere(sources: readonly NewFile[]): Promise<FrameResult[]> {
  await using analyzer = await createAnalyzer();
  const results: FrameResult[] = [];
  for (const { name: source, path } of sources) {
    if (path.endsWith('.mp4')) results.push(...(await analyzeVideo(source, path)));
    else results.push({ source, ...(await analyzer.analyze(path)) });
  }
  return JSON.parse(JSON.stringify(results)) as FrameResult[];
}

/** As `mien analyze` does, on the grid of the chunks. */
async function analyzeVideo(source: string, path: string): Promise<FrameResult[]> {
  const results: FrameResult[] = [];
  const executor = await createExecutor({ ...DEFAULT_ANALYSIS, ...CHUNKS }, 1, () => undefined);
  const nothing = () => undefined;
  await executor.run(
    { source: path, sampling: {} },
    {
      onResult: (result) => Promise.resolve(void results.push({ ...result, source })),
      ...{ onProgress: nothing, onNote: nothing },
    },
  );
  await executor.close();
  return results;
}

async function resultsOf(jobs: Pick<LocalJobs, 'result'>, id: string): Promise<FrameResult[]> {
  const parts: Buffer[] = [];
  for await (const part of await jobs.result(id, { format: 'json' }))
    parts.push(Buffer.from(part as Uint8Array));
  return JSON.parse(Buffer.concat(parts).toString()) as FrameResult[];
}

/** Also while the database is down. */
async function untilDone(jobs: Pick<LocalJobs, 'get'>, id: string): Promise<void> {
  for (;;) {
    const state = await jobs.get(id).then(
      (job) => job.state,
      () => undefined,
    );
    if (state === 'done') return;
    await sleep(100);
  }
}

/** Waits until one item is being analysed that was not done before. */
async function untilRunning(jobs: Pick<LocalJobs, 'get'>, id: string): Promise<void> {
  while (!(await jobs.get(id)).items.some(({ state }) => state === 'running')) await sleep(20);
}

describe.skipIf(!HAS_POSTGRES)('workers on a PostgreSQL server (skipped where none is installed)', () => {
  let postgres: TestPostgres;
  let place: Place;
  let engine: Engine;
  let jobs: LocalJobs;
  const problems: Error[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    place = { kind: 'server', url: postgres.url, storeFolder: join(folder, 'store') };
    const onProblem = (error: Error) => void problems.push(error);
    engine = await openEngine({
      place,
      concurrency: 0,
      heartbeatSeconds: 10,
      superviseSeconds: 1,
      onProblem,
    });
    const nothing = () => undefined;
    jobs = openLocalJobs({ ...engine, onQueued: nothing, onCancelled: nothing }, 'local', true);
  }, START_MS);
  afterAll(async () => {
    await engine.close(0);
    postgres.stop();
  }, START_MS);

  it('loses and doubles nothing when workers are killed and the database restarts', async () => {
    const { id } = await jobs.submit({ settings: {}, files });
    let workers: TestProcess[] = await Promise.all([
      startProcess('worker', place, CHUNKS),
      startProcess('worker', place, CHUNKS),
      startProcess('worker', place, CHUNKS),
    ]);
    await untilRunning(jobs, id);
    await workers[0]?.kill();
    workers = [...workers.slice(1), await startProcess('worker', place, CHUNKS)];
    postgres.restart();
    await untilDone(jobs, id);
    const job = await jobs.get(id);
    expect(job).toMatchObject({ state: 'done', done: files.length, failed: 0 });
    expect(await resultsOf(jobs, id)).toEqual(expected);
    for (const worker of workers) expect(await worker.end()).toBe(0);
    expect(problems.map(({ message }) => message).filter((text) => !/terminat|ECONNRE/.test(text))).toEqual(
      [],
    );
  });

  it('loses nothing when the bucket for files refuses for a while, and says so', async () => {
    const s3 = await startS3();
    Object.assign(process.env, s3.environment);
    await engine.database.query('CREATE DATABASE bucket');
    const heard: string[] = [];
    const other = await openEngine({
      place: {
        kind: 'server',
        url: postgres.url.replace(/postgres$/, 'bucket'),
        storeFolder: 's3://lab/jobs',
      },
      ...{ concurrency: 2, ...CHUNKS },
      onProblem: ({ message }) => void heard.push(message),
    });
    const context = { ...other, onQueued: () => undefined, onCancelled: () => undefined };
    const mine = openLocalJobs(context, 'local', true);
    s3.be('forbidden');
    await expect(mine.submit({ settings: {}, files })).rejects.toThrow('s3://lab/jobs: answers 403');
    s3.be('well');
    expect(await mine.list()).toEqual([]);
    const { id } = await mine.submit({ settings: {}, files });
    await untilRunning(mine, id);
    // More than two segments at a time try without a pause.
    s3.be('busy', 8);
    await untilDone(mine, id);
    expect(await mine.get(id)).toMatchObject({ done: files.length, failed: 0 });
    expect(await resultsOf(mine, id)).toEqual(expected);
    expect([...new Set(heard.map((text) => text.includes('answers 503 SlowDown')))]).toEqual([true]);
    // The last one tidies up after its job is done.
    const kept = files.map((_, index) => `jobs/results/${id}/${index}.ndjson.gz`);
    await expect.poll(() => [...s3.objects.keys()].sort()).toEqual([...kept, 'jobs/store-id']);
    await other.close(0);
    await s3.close();
  });

  it('gives work back when a worker is asked to end, without counting it as an attempt', async () => {
    const { id } = await jobs.submit({ settings: {}, files: files.slice(-1) });
    const first = await startProcess('worker', place);
    await untilRunning(jobs, id);
    expect(await first.end()).toBe(0);
    const { items } = await jobs.get(id);
    // A picture may be done by then; a video of 8 s is not.
    if (HAS_FFMPEG) expect(items).toMatchObject([{ state: 'queued', attempts: 0 }]);
    await jobs.cancel(id);
  });

  it('refuses a worker that looks for the files elsewhere', async () => {
    const elsewhere = { ...place, storeFolder: join(folder, 'elsewhere') } as Place;
    await expect(startProcess('worker', elsewhere)).rejects.toThrow('is not the folder of this database');
  });

  it(`deletes jobs, results and files ${RETENTION_DAYS} days after their end`, async () => {
    const [done] = (await jobs.list()).filter(({ state }) => state === 'done');
    const endedMs = Date.parse(done?.endedAt ?? '');
    const later = (days: number) => new Date(endedMs + days * 24 * 3600_000);
    expect(await removeOldJobs(engine.database, engine.store, later(RETENTION_DAYS - 0.01))).toBe(0);
    expect(await removeOldJobs(engine.database, engine.store, later(RETENTION_DAYS + 1))).toBeGreaterThan(0);
    await expect(jobs.get(done?.id ?? '')).rejects.toThrow('there is none');
    await expect(jobs.result(done?.id ?? '', { format: 'json' })).rejects.toThrow('there is none');
  });
});

it('a killed service on the embedded database goes on where it was, and other processes can ask it', async () => {
  const place: Place = { kind: 'folder', folder: join(folder, 'embedded') };
  const first = await startProcess('service', place, CHUNKS);
  const onProblem = () => undefined;
  const asked = await openJobs({ at: place, concurrency: 0, onProblem });
  expect(asked.isOwn).toBe(false);
  const { id } = await asked.jobs.submit({ settings: {}, files });
  await untilRunning(asked.jobs, id);
  await first.kill();
  const second = await startProcess('service', place, CHUNKS);
  const again = await openJobs({ at: place, concurrency: 0, onProblem });
  await untilDone(again.jobs, id);
  expect(await again.jobs.get(id)).toMatchObject({ done: files.length, failed: 0 });
  expect(await resultsOf(again.jobs, id)).toEqual(expected);
  expect(await second.end()).toBe(0);
});
