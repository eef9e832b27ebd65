/** Jobs on a database and a store that this process has open. */
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { MienError } from '@mien/core';
import type { PgBoss } from 'pg-boss';
import { DatabaseUnreachableError, type Database } from '../database/database.js';
import { uploadKey, type FileStore, type StoredFile } from '../store/file-store.js';
import { backUp } from './back-up.js';
import { cancelJob, insertJob, retryJob, type NewSegment } from './change-job.js';
import { listJobs, readJob } from './job-rows.js';
import { openJobResult } from './job-results.js';
import { isOver, type Job, type JobSettings } from './job.js';
import type { Jobs } from './jobs.js';
import type { JobWatcher } from './watch-job.js';

export interface JobsContext {
  readonly database: Database;
  readonly boss: PgBoss;
  readonly store: FileStore;
  readonly watcher: JobWatcher;
  /** Folder of the embedded database and its files; `undefined` for a server. */
  readonly folder: string | undefined;
  /** New work was queued. */
  readonly onQueued: () => void;
  /** These tickets were cancelled. */
  readonly onCancelled: (queueIds: readonly string[]) => void;
}

/** An uploaded file in the store. */
export interface Upload {
  readonly name: string;
  readonly key: string;
  readonly file: StoredFile;
}

/** The same idempotency key with other files or settings. */
export class IdempotencyError extends Error {}

const LIST_LIMIT = 1000;
/** What the database takes as an id. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface LocalJobs extends Jobs {
  /** Creates a job of uploads that are in the store already, under `id`; they are removed if it is not created. */
  create(
    id: string,
    settings: JobSettings,
    uploads: readonly Upload[],
    idempotencyKey?: string,
  ): Promise<Job>;
}

/**
 * @param owner whose jobs
 * @param seesAll whether the jobs of all others are there too
 */
export function openLocalJobs(context: JobsContext, owner: string, seesAll: boolean): LocalJobs {
  const { database, boss, store, watcher } = context;
  const whose = seesAll ? undefined : owner;

  const get = async (id: string): Promise<Job> => {
    const job = ID.test(id) ? await readJob(database, id, whose) : undefined;
    if (job === undefined)
      throw new MienError(
        'NOT_FOUND',
        `job ${id.slice(0, 40)}: there is none of this id; see the list of jobs`,
      );
    return job;
  };
  const create: LocalJobs['create'] = async (id, settings, uploads, idempotencyKey) => {
    try {
      requireSettings(settings);
      if (uploads.length === 0) throw new MienError('USAGE', 'job: has no file; add pictures or videos');
      const fingerprint = fingerprintOf(settings, uploads);
      const segments = uploads.map(({ name, key, file }): NewSegment => ({
        name,
        inputKey: key,
        sizeBytes: file.sizeBytes,
      }));
      const job = { id, owner, settings, idempotencyKey, fingerprint, segments };
      if (!(await insertJob(database, boss, job))) {
        const earlier = await findEarlier(database, owner, idempotencyKey ?? '', fingerprint);
        await store.removeUploads(id);
        return await get(earlier);
      }
    } catch (error) {
      // A database that restarts may have done what it was asked and not said so: the job is there then, and needs its files.
      const isThere = await readJob(database, id, undefined).then(
        (job) => job !== undefined,
        () => error instanceof DatabaseUnreachableError && error.mayHaveCommitted,
      );
      if (!isThere) {
        await store.removeUploads(id);
        throw error;
      }
    }
    context.onQueued();
    return get(id);
  };
  return {
    create,
    get,
    list: () => listJobs(database, whose, LIST_LIMIT),
    async submit({ settings, files, urls = [], idempotencyKey }) {
      if (urls.length > 0) {
        const advice =
          'start mien serve --allow-url https://host/path with the same --data, or download them';
        throw new MienError('USAGE', `${urls[0]}: only a service fetches addresses; ${advice}`);
      }
      requireSettings(settings);
      const id = randomUUID();
      const uploads: Upload[] = [];
      try {
        for (const [index, { name, path }] of files.entries()) {
          const key = uploadKey(id, index);
          uploads.push({ name, key, file: await store.addFile(key, path) });
        }
      } catch (error) {
        await store.removeUploads(id);
        throw error;
      }
      return create(id, settings, uploads, idempotencyKey);
    },
    async *watch(id, signal) {
      for (;;) {
        const job = await get(id);
        yield job;
        if (isOver(job) || !(await watcher.changed(id, job.version, signal))) return;
      }
    },
    async result(id, request) {
      await get(id);
      const text = await openJobResult(database, store, id, request);
      await database.query('INSERT INTO mien.access (owner, job_id, format) VALUES ($1, $2, $3)', [
        owner,
        id,
        request.format,
      ]);
      return Readable.from(text, { objectMode: false });
    },
    async cancel(id) {
      await get(id);
      const cancelled = await cancelJob(database, boss, id);
      if (cancelled === undefined)
        throw new MienError('USAGE', `job ${id}: is over, nothing is left to cancel`);
      context.onCancelled(cancelled);
      await store.removeUploads(id);
      return get(id);
    },
    async retry(id) {
      const { failed, state } = await get(id);
      if (state === 'cancelled') {
        throw new MienError(
          'USAGE',
          `job ${id}: was cancelled, and its files are deleted; submit them again`,
        );
      }
      const count = failed === 0 ? 0 : await retryJob(database, boss, id);
      if (count === 0) throw new MienError('USAGE', `job ${id}: nothing of it failed`);
      context.onQueued();
      return get(id);
    },
    backUp: () => backUp({ database, folder: context.folder, owner }),
  };
}

function requireSettings({ fromMs = 0, toMs = Infinity }: JobSettings): void {
  if (toMs <= fromMs)
    throw new MienError('USAGE', `to: must be later than from (${fromMs} ms), got ${toMs} ms`);
}

function fingerprintOf(settings: JobSettings, uploads: readonly Upload[]): string {
  const files = uploads.map(({ name, file }) => [name, file.sha256]);
  const { everyMs, fromMs, toMs, model } = settings;
  return createHash('sha256')
    .update(JSON.stringify([everyMs, fromMs, toMs, files, ...(model === undefined ? [] : [model])]))
    .digest('hex');
}

/** @throws IdempotencyError */
async function findEarlier(
  { query }: Database,
  owner: string,
  idempotencyKey: string,
  fingerprint: string,
): Promise<string> {
  const [earlier] = await query<{ id: string; fingerprint: string }>(
    'SELECT id, fingerprint FROM mien.job WHERE owner = $1 AND idempotency_key = $2',
    [owner, idempotencyKey],
  );
  if (earlier?.fingerprint !== fingerprint) {
    throw new IdempotencyError(
      'Idempotency-Key: was used for another job with other files or settings; use a new one',
    );
  }
  return earlier.id;
}
