/** Bad luck on the embedded database: answers that are lost, folders that are not mounted, uploads without a job. */
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MienError } from '@mien/core';
import type { Database } from '../database/database.js';
import { openEngine, type Engine } from '../service/open-engine.js';
import { resultKey, uploadKey } from '../store/file-store.js';
import { StoreError } from '../store/store-error.js';
import { removeOrphans } from './job-keeper.js';
import { openLocalJobs, type JobsContext, type LocalJobs } from './local-jobs.js';
import { withName } from './segment-analyst.js';
import { createJobWatcher } from './watch-job.js';

const START_MS = 90_000;
const NOBODY = '00000000-0000-4000-8000-000000000000';

let folder: string;
let path: string;
let engine: Engine;
let context: JobsContext;
let jobs: LocalJobs;
const files = (...names: string[]) => join(folder, 'data', 'files', ...names);
const submit = (by = jobs) =>
  by.submit({
    settings: {},
    files: [
      { name: 'a.jpg', path },
      { name: 'b.jpg', path },
    ],
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-odd-'));
  path = join(folder, 'a.jpg');
  await writeFile(path, 'no picture');
  const place = { kind: 'folder', folder: join(folder, 'data') } as const;
  engine = await openEngine({ place, concurrency: 0, onProblem: (error) => expect.fail(error.message) });
  context = { ...engine, onQueued: () => undefined, onCancelled: () => undefined };
  jobs = openLocalJobs(context, 'local', true);
}, START_MS);
afterAll(async () => {
  await engine.close(0);
  await rm(folder, { recursive: true, force: true });
}, START_MS);

it('does not queue a cancelled job again: its files are deleted', async () => {
  const { id } = await submit();
  await engine.database.query(`UPDATE mien.segment SET state = 'failed' WHERE job_id = $1 AND index = 0`, [
    id,
  ]);
  await jobs.cancel(id);
  await expect(jobs.retry(id)).rejects.toThrow(`job ${id}: was cancelled, and its files are deleted`);
  expect(await jobs.get(id)).toMatchObject({ state: 'cancelled', failed: 1 });
});

/** Commits, and then the connection breaks. */
function breakAfterCommit(database: Database): Database {
  return {
    ...database,
    async transaction(work) {
      await database.transaction(work);
      throw new Error('Connection terminated unexpectedly');
    },
  };
}

it('keeps the files of a job that the database holds, though it could not say so', async () => {
  const broken = { ...context, database: breakAfterCommit(engine.database) };
  const job = await submit(openLocalJobs(broken, 'local', true));
  expect(job).toMatchObject({ state: 'queued', total: 2 });
  expect((await readdir(files('uploads', job.id))).sort()).toEqual(['0', '1']);
});

it('tells a listener that comes while the database is asked about others nothing until its job changes', async () => {
  const [first, second] = [await submit(), await submit()];
  const news: string[] = [];
  let later: Promise<void> | undefined;
  let asked = 0;
  const watched: Database = {
    ...engine.database,
    async query(text, values) {
      const rows = await engine.database.query<never>(text, values);
      later ??= watcher.changed(second.id, second.version).then((isNew) => void news.push(`told ${isNew}`));
      // By the second time, what the first said has arrived.
      if (++asked === 2) {
        news.push('changed');
        await engine.database.query('UPDATE mien.job SET version = version + 1 WHERE id = $1', [second.id]);
      }
      return rows;
    },
  };
  const watcher = createJobWatcher(watched, (error) => expect.fail(error.message));
  const stop = new AbortController();
  const other = watcher.changed(first.id, first.version, stop.signal);
  while (news.length < 2) await setImmediate();
  stop.abort();
  expect(news).toEqual(['changed', 'told true']);
  expect(await other).toBe(false);
  await later;
  await watcher.close();
});

it('deletes uploads that never became a job, and no others', async () => {
  const { id } = await submit();
  await engine.store.add(uploadKey(NOBODY, 0), Readable.from('x'));
  expect(await removeOrphans(engine.database, engine.store)).toBe(1);
  const left = await readdir(files('uploads'));
  expect(left).not.toContain(NOBODY);
  expect(left).toContain(id);
});

it('does not take an empty folder for its store: a network folder may not be mounted', async () => {
  const { id } = await submit();
  await rename(files(), `${files()}-away`);
  await mkdir(files());
  try {
    await expect(engine.store.borrow(uploadKey(id, 0))).rejects.toThrow(StoreError);
    await expect(submit()).rejects.toThrow(/is it mounted/);
    expect(await readdir(files())).toEqual([]);
  } finally {
    await rm(files(), { recursive: true });
    await rename(`${files()}-away`, files());
  }
  (await engine.store.borrow(uploadKey(id, 0))).release();
  await expect(engine.store.borrow(uploadKey(id, 9))).rejects.toThrow(MienError);
});

it('says that a result cannot be read before it begins to answer', async () => {
  const { id } = await submit();
  await engine.database.query(
    `UPDATE mien.segment SET state = 'done', result_key = $2 WHERE job_id = $1 AND index = 0`,
    [id, resultKey(id, 0)],
  );
  await expect(jobs.result(id, { format: 'csv' })).rejects.toThrow(/ENOENT/);
});

it('names the file to its owner, and not in the log of a worker that fails', () => {
  const store = '/store/uploads/1/0';
  const shown = (error: MienError) => (withName(error, store, 'secret.mp4') as Error).message;
  expect(shown(new MienError('INPUT_INVALID', `${store}: is damaged`))).toBe('secret.mp4: is damaged');
  expect(shown(new MienError('WORKER_FAILED', `${store}: ffmpeg was ended`))).toBe('file: ffmpeg was ended');
});
