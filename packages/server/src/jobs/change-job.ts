/** Every change of a job and its segments, as one transaction each. Those of chunks are in `change-chunks.ts`. */
import { randomUUID } from 'node:crypto';
import type { PgBoss } from 'pg-boss';
import type { Database, Queries } from '../database/database.js';
import { queueChunk, queueJoin, recordChunk, retryChunks } from './change-chunks.js';
import { QUEUE, type SegmentTicket } from './job-queue.js';
import {
  completeTicket,
  insertTicket,
  lockJob,
  queueSegment,
  recordOutcome,
  type Attempt,
  type Outcome,
} from './job-transaction.js';
import type { JobSettings } from './job.js';

export interface NewSegment {
  readonly name: string;
  readonly inputKey: string;
  readonly sizeBytes: number;
}

export interface NewJob {
  readonly id: string;
  readonly owner: string;
  readonly settings: JobSettings;
  readonly idempotencyKey: string | undefined;
  /** Hash of settings, names and contents. */
  readonly fingerprint: string;
  readonly segments: readonly NewSegment[];
}

/** @returns whether it was created; `false` if the owner has a job with this idempotency key already */
export function insertJob(database: Database, boss: PgBoss, job: NewJob): Promise<boolean> {
  return database.transaction(async (queries) => {
    const inserted = await queries.query(
      `INSERT INTO mien.job (id, owner, state, settings, idempotency_key, fingerprint)
       VALUES ($1, $2, 'queued', $3::text::jsonb, $4, $5) ON CONFLICT (owner, idempotency_key) DO NOTHING RETURNING id`,
      [job.id, job.owner, JSON.stringify(job.settings), job.idempotencyKey ?? null, job.fingerprint],
    );
    if (inserted.length === 0) return false;
    for (const [index, segment] of job.segments.entries()) {
      const queueId = randomUUID();
      await queries.query(
        `INSERT INTO mien.segment (job_id, index, name, input_key, size_bytes, queue_id, state)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued')`,
        [job.id, index, segment.name, segment.inputKey, segment.sizeBytes, queueId],
      );
      await insertTicket(queries, boss, { jobId: job.id, index, queueId });
    }
    return true;
  });
}

export interface BegunSegment {
  readonly name: string;
  readonly inputKey: string;
  readonly settings: JobSettings;
  /** Its chunks did not fit together, so it is read in one piece. */
  readonly isWhole: boolean;
}

/** @returns the segment to work on; `undefined` if it was cancelled, or its job deleted */
export function beginSegment(
  database: Database,
  { ticket: { jobId, queueId }, retryCount }: Attempt,
): Promise<BegunSegment | undefined> {
  return database.transaction(async ({ query }) => {
    const [job] = await query<{ settings: JobSettings }>(
      `UPDATE mien.job SET state = 'running', version = version + 1
       WHERE id = $1 AND state IN ('queued', 'running') RETURNING settings`,
      [jobId],
    );
    const [segment] = await query<{ name: string; input_key: string; is_whole: boolean }>(
      `UPDATE mien.segment SET state = 'running', attempts = $2, started_at = coalesce(started_at, now())
       WHERE queue_id = $1 AND state IN ('queued', 'running') RETURNING name, input_key, is_whole`,
      [queueId, retryCount + 1],
    );
    if (job === undefined || segment === undefined) return undefined;
    return {
      name: segment.name,
      inputKey: segment.input_key,
      settings: job.settings,
      isWhole: segment.is_whole,
    };
  });
}

/** Says how far a segment is. */
export async function reportProgress(
  { query }: Queries,
  { jobId, queueId }: SegmentTicket,
  progress: {
    readonly frames: number;
    readonly timeMs?: number | undefined;
    readonly endMs?: number | undefined;
  },
): Promise<void> {
  const changed = await query(
    `UPDATE mien.segment SET frames = $2, time_ms = $3, end_ms = $4 WHERE queue_id = $1 AND state = 'running' RETURNING index`,
    [queueId, progress.frames, progress.timeMs ?? null, progress.endMs ?? null],
  );
  if (changed.length > 0) await query('UPDATE mien.job SET version = version + 1 WHERE id = $1', [jobId]);
}

/** Records the outcome of an attempt, unless it is no longer the one that counts. */
export function endSegment(
  database: Database,
  boss: PgBoss,
  attempt: Attempt,
  outcome: Outcome,
  frames: number,
): Promise<void> {
  return database.transaction(async (queries) => {
    await lockJob(queries, attempt.ticket.jobId);
    if (await completeTicket(queries, boss, attempt)) {
      await recordOutcome(queries, attempt.ticket, outcome, frames);
    }
  });
}

/** Records work whose workers failed too often: the dead letter is completed in the same transaction. */
export function endDeadTicket(
  database: Database,
  boss: PgBoss,
  letter: { readonly queue: string; readonly id: string; readonly ticket: SegmentTicket },
  message: string,
): Promise<void> {
  const { ticket } = letter;
  const failed = { state: 'failed', code: 'WORKER_FAILED', message } as const;
  return database.transaction(async (queries) => {
    await lockJob(queries, ticket.jobId);
    await boss.complete(letter.queue, letter.id, null, { db: queries.boss });
    if (typeof ticket.step === 'number') await recordChunk(queries, boss, ticket, failed);
    else await recordOutcome(queries, ticket, failed, undefined);
  });
}

/** Gives work back without counting the attempt: the worker shuts down in good order, or cannot reach the store. */
export function releaseTicket(database: Database, boss: PgBoss, attempt: Attempt): Promise<void> {
  const { ticket } = attempt;
  return database.transaction(async (queries) => {
    await lockJob(queries, ticket.jobId);
    if (!(await completeTicket(queries, boss, attempt))) return;
    if (ticket.step === 'join') await queueJoin(queries, boss, ticket);
    else if (ticket.step === undefined) await queueSegment(queries, boss, ticket);
    else await queueChunk(queries, boss, ticket, ticket.step);
    await queries.query('UPDATE mien.job SET version = version + 1 WHERE id = $1', [ticket.jobId]);
  });
}

/** @returns the cancelled tickets; `undefined` if the job is over already */
export function cancelJob(database: Database, boss: PgBoss, jobId: string): Promise<string[] | undefined> {
  return database.transaction(async (queries) => {
    const [job] = await queries.query(
      `UPDATE mien.job SET state = 'cancelled', ended_at = now(), version = version + 1
       WHERE id = $1 AND state IN ('queued', 'running') RETURNING id`,
      [jobId],
    );
    if (job === undefined) return undefined;
    const cancelled = await queries.query<{ queue_id: string }>(
      `UPDATE mien.segment SET state = 'cancelled', ended_at = now()
       WHERE job_id = $1 AND state IN ('queued', 'running') RETURNING queue_id`,
      [jobId],
    );
    const chunks = await queries.query<{ queue_id: string }>(
      `UPDATE mien.chunk SET state = 'cancelled' WHERE job_id = $1 AND state IN ('queued', 'running') RETURNING queue_id`,
      [jobId],
    );
    const ids = [...cancelled, ...chunks].map(({ queue_id: id }) => id);
    if (ids.length > 0) await boss.cancel(QUEUE, ids, { db: queries.boss });
    return ids;
  });
}

/** Queues the failed segments of a job again; of a video in chunks, only the failed ones. @returns how many */
export function retryJob(database: Database, boss: PgBoss, jobId: string): Promise<number> {
  return database.transaction(async (queries) => {
    await lockJob(queries, jobId);
    // A cancelled job has no files any more.
    const failed = await queries.query<{ index: number }>(
      `SELECT index FROM mien.segment JOIN mien.job ON mien.job.id = job_id
       WHERE job_id = $1 AND mien.segment.state = 'failed' AND mien.job.state <> 'cancelled' ORDER BY index`,
      [jobId],
    );
    if (failed.length === 0) return 0;
    for (const { index } of failed) {
      if (!(await retryChunks(queries, boss, jobId, index)))
        await queueSegment(queries, boss, { jobId, index });
    }
    await queries.query(
      `UPDATE mien.job SET state = 'queued', ended_at = NULL, version = version + 1 WHERE id = $1`,
      [jobId],
    );
    return failed.length;
  });
}
