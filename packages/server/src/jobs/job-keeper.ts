/** What has to be done now and then: segments that were given up are recorded, old jobs and their files are deleted. */
import { isRecord } from '@mien/core';
import type { PgBoss } from 'pg-boss';
import type { Database } from '../database/database.js';
import type { FileStore } from '../store/file-store.js';
import { endDeadTicket } from './change-job.js';
import { DEAD_LETTERS, type SegmentTicket } from './job-queue.js';

/** Jobs are deleted so long after their end, with their results. */
export const RETENTION_DAYS = 7;

/**
 * Uploads without a job are deleted so long after the newest of them was written, where other processes may still take some. The
 * slowest client that the service takes sends the largest job, 8 GiB at 8 KiB a second, in 12.1 days; a bucket shows a file
 * only when it is whole.
 */
export const ORPHAN_DAYS = 14;

const DAY_MS = 24 * 3600_000;
const BATCH = 10;
const CLEANING_MS = 3600_000;

export interface JobKeeper {
  close(): Promise<void>;
}

export function startJobKeeper(
  { database, boss, store }: { database: Database; boss: PgBoss; store: FileStore },
  intervalMs: number,
  onProblem: (error: Error) => void,
): JobKeeper {
  let isClosing = false;
  let cleanedMs = -Infinity;
  let current: Promise<void> = Promise.resolve();
  let isRunning = false;
  const turn = async () => {
    try {
      await recordDeadSegments(database, boss);
      if (performance.now() - cleanedMs > CLEANING_MS) {
        cleanedMs = performance.now();
        await removeOldJobs(database, store, new Date());
        await removeOrphans(database, store, new Date(Date.now() - ORPHAN_DAYS * DAY_MS));
      }
    } catch (error) {
      onProblem(error instanceof Error ? error : new Error(String(error)));
    } finally {
      isRunning = false;
    }
  };
  const timer = setInterval(() => {
    if (isRunning || isClosing) return;
    isRunning = true;
    current = turn();
  }, intervalMs);
  return {
    async close() {
      isClosing = true;
      clearInterval(timer);
      await current;
    },
  };
}

/** Work whose workers failed too often becomes a failed result, so that its job ends and reports it. */
export async function recordDeadSegments(database: Database, boss: PgBoss): Promise<number> {
  let count = 0;
  for (;;) {
    const letters = await boss.fetch<SegmentTicket>(DEAD_LETTERS, {
      batchSize: BATCH,
      includeMetadata: true,
    });
    if (letters.length === 0) return count;
    for (const { id, data, sourceOutput } of letters) {
      await endDeadTicket(database, boss, { queue: DEAD_LETTERS, id, ticket: data }, toReason(sourceOutput));
      count++;
    }
  }
}

/** A worker that could say why it failed did so; one that was killed said nothing. */
function toReason(output: unknown): string {
  const said = isRecord(output) && typeof output['reason'] === 'string' ? output['reason'] : undefined;
  return said === undefined
    ? 'its worker ended again and again, so it was given up; the file may need more memory than there is'
    : `its workers failed again and again, so it was given up (${said}); mend that and retry`;
}

/** Deletes jobs that ended {@link RETENTION_DAYS} before `now`: their results, uploads that are left, and their rows. */
export async function removeOldJobs(database: Database, store: FileStore, now: Date): Promise<number> {
  const jobs = await database.query<{ id: string }>(
    `SELECT id FROM mien.job WHERE ended_at < $1::timestamptz - make_interval(days => $2)`,
    [now.toISOString(), RETENTION_DAYS],
  );
  for (const { id } of jobs) {
    // The files first: rows without files can be deleted again, files without rows would stay for ever.
    await store.removeJob(id);
    await database.query('DELETE FROM mien.job WHERE id = $1', [id]);
  }
  return jobs.length;
}

/**
 * Deletes uploads that never became a job, because the process was killed while they came.
 *
 * @param before when the newest upload of a job must have been written; without it all are deleted, which is only for a store of
 *   one process that takes no uploads yet
 */
export async function removeOrphans({ query }: Database, store: FileStore, before?: Date): Promise<number> {
  const ids = [...new Set((await store.list('uploads')).map((key) => key.split('/')[1] ?? ''))];
  const known = await query<{ id: string }>(
    'SELECT id::text AS id FROM mien.job WHERE id::text = ANY($1::text[])',
    [ids],
  );
  const jobs = new Set(known.map(({ id }) => id));
  let count = 0;
  for (const id of ids) {
    if (jobs.has(id) || (before !== undefined && !(await isOlder(id)))) continue;
    await store.removeUploads(id);
    count++;
  }
  return count;

  async function isOlder(id: string): Promise<boolean> {
    const newest = await store.uploadedAt(id);
    return newest !== undefined && before !== undefined && newest < before;
  }
}
