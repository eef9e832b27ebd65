/** What is kept, for how long, and who read it: on the embedded database, through the built service. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { createWriteStream } from 'node:fs';
import { openJobs, RETENTION_DAYS, startService, type Service } from '@mien/server';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PORTRAIT } from '../../../node/src/testing/make-video.js';
import { openPglite } from '../database/open-pglite.js';
import { openKeyFile } from '../keys/key-file.js';
import { openFileStore } from '../store/file-store.js';
import { problemOf, START_MS } from '../testing/open-service.js';
import { removeOldJobs } from './job-keeper.js';

let folder: string;
let data: string;
let picture: string;
let service: Service;
const onProblem = (error: Error) => expect.fail(error.message);
const submit = (name: string) => service.jobs.submit({ settings: {}, files: [{ name, path: picture }] });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-backup-'));
  data = join(folder, 'data');
  picture = join(folder, 'a.jpg');
  await writeFile(picture, await sharp(PORTRAIT).resize(200).jpeg().toBuffer());
}, START_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs once: a job that is done and one that waits. */
async function open(concurrency: number): Promise<void> {
  service = await startService({
    place: { kind: 'folder', folder: data },
    port: 0,
    threads: 0,
    concurrency,
    onProblem,
  });
}

it(
  'copies a service that runs; the copy has its results and goes on with what waits',
  { timeout: START_MS },
  async () => {
    await open(1);
    const done = await submit('done.jpg');
    for await (const state of service.jobs.watch(done.id)) if (state.state === 'done') break;
    const result = await text(await service.jobs.result(done.id, { format: 'json' }));
    await service.close(0);
    await open(0);
    const waiting = await submit('waiting.jpg');

    const { jobs, isOwn } = await openJobs({
      at: { kind: 'folder', folder: data },
      concurrency: 0,
      onProblem,
    });
    expect(isOwn).toBe(false); // It asks the service that holds the folder.
    const archive = join(folder, 'backup.tar.gz');
    await pipeline(await jobs.backUp(), createWriteStream(archive));
    await service.close(0);
    // Nothing of the making is left, once the archive is read.
    expect((await readdir(data)).sort()).toEqual(['database', 'files']);

    const restored = join(folder, 'restored');
    await mkdir(restored);
    execFileSync('tar', ['-xzf', archive, '-C', restored]);
    const copy = await openJobs({ at: { kind: 'folder', folder: restored }, concurrency: 1, onProblem });
    for await (const state of copy.jobs.watch(waiting.id)) if (state.state === 'done') break;
    expect(await copy.jobs.get(waiting.id)).toMatchObject({ state: 'done', done: 1, failed: 0 });
    expect(await text(await copy.jobs.result(done.id, { format: 'json' }))).toBe(result);
    await copy.close(0);
  },
);

it('is only for those who may see the jobs of all', { timeout: START_MS }, async () => {
  await open(0);
  const keys = openKeyFile(join(data, 'keys.json'));
  const { key, stored } = await keys.create({ name: 'a', scopes: ['jobs', 'analyze'] });
  const headers = { authorization: `Bearer ${key}` };
  expect(await problemOf(fetch(new URL('v1/backup', service.url), { headers }))).toBe('403 SCOPE_MISSING');
  await keys.revoke(stored.id);
  await service.close(0);
});

it(
  'records who read which result, and keeps that when the job is deleted',
  { timeout: START_MS },
  async () => {
    await open(0);
    const { id } = await submit('cancelled.jpg');
    await service.jobs.cancel(id);
    const doneId = (await service.jobs.list()).find(({ state }) => state === 'done')?.id ?? '';
    const keys = openKeyFile(join(data, 'keys.json'));
    const { key, stored } = await keys.create({ name: 'auditor', scopes: ['admin', 'jobs'] });
    const headers = { authorization: `Bearer ${key}` };
    const path = `v1/jobs/${doneId}/result?format=csv`;
    expect((await fetch(new URL(path, service.url), { headers })).status).toBe(200);
    expect((await fetch(new URL(path, service.url))).status).toBe(401); // Refused: nothing was read.
    await service.close(0);

    const database = await openPglite(join(data, 'database'));
    try {
      const store = await openFileStore(join(data, 'files'));
      const readAccess = () =>
        database.query('SELECT owner, job_id, format FROM mien.access WHERE job_id = $1 ORDER BY at', [
          doneId,
        ]);
      const expected = [
        { owner: 'local', job_id: doneId, format: 'json' },
        { owner: 'local', job_id: doneId, format: 'backup' },
        { owner: stored.id, job_id: doneId, format: 'csv' },
      ];
      expect(await readAccess()).toEqual(expected);
      // A job that waits is never too old.
      const [{ ended_at: endedAt } = { ended_at: new Date(0) }] = await database.query<{ ended_at: Date }>(
        'SELECT ended_at FROM mien.job WHERE id = $1',
        [doneId],
      );
      const later = (days: number) => new Date(endedAt.getTime() + days * 24 * 3600_000);
      expect(await removeOldJobs(database, store, later(RETENTION_DAYS - 0.01))).toBe(0);
      expect(await readdir(join(data, 'files/results'))).toEqual([doneId]);
      await removeOldJobs(database, store, later(RETENTION_DAYS + 1));
      expect(await readdir(join(data, 'files/results'))).toEqual([]);
      expect(await database.query('SELECT state FROM mien.job')).toEqual([{ state: 'queued' }]);
      expect(await readAccess()).toEqual(expected);
    } finally {
      await database.close();
    }
  },
);
