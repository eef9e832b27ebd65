/**
 * Every change of a job, as one transaction each.
 *
 * All lock the row of the job first, then those of its segments and of the queue, in that order: so two of them wait for
 * each other instead of failing, and the one that ends the last segment sees all the others.
 */
import { randomUUID } from 'node:crypto';
import type { PgBoss } from 'pg-boss';
import type { Database, Queries } from '../database/database.js';
import type { StoredFile } from '../store/file-store.js';
import { QUEUE, type SegmentTicket } from './job-queue.js';
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

/** A ticket as it was fetched: another attempt at the same segment has another count. */
export interface Attempt {
  readonly ticket: SegmentTicket;
  readonly retryCount: number;
}

export type Outcome =
  | {
      readonly state: 'done';
      readonly key: string;
      readonly file: StoredFile;
      readonly labels: readonly string[];
      /** What of the file is not read, if anything. */
      readonly note: string | undefined;
    }
  | { readonly state: 'failed'; readonly code: string; readonly message: string };

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

async function insertTicket({ boss: db }: Queries, boss: PgBoss, ticket: SegmentTicket): Promise<void> {
  await boss.insert(QUEUE, [{ id: ticket.queueId, data: ticket }], { db });
}

/** @returns the segment to work on; `undefined` if it was cancelled, or its job deleted */
export function beginSegment(
  database: Database,
  { ticket: { jobId, queueId }, retryCount }: Attempt,
): Promise<{ readonly name: string; readonly inputKey: string; readonly settings: JobSettings } | undefined> {
  return database.transaction(async ({ query }) => {
    const [job] = await query<{ settings: JobSettings }>(
      `UPDATE mien.job SET state = 'running', version = version + 1
       WHERE id = $1 AND state IN ('queued', 'running') RETURNING settings`,
      [jobId],
    );
    const [segment] = await query<{ name: string; input_key: string }>(
      `UPDATE mien.segment SET state = 'running', attempts = $2, started_at = coalesce(started_at, now())
       WHERE queue_id = $1 AND state IN ('queued', 'running') RETURNING name, input_key`,
      [queueId, retryCount + 1],
    );
    if (job === undefined || segment === undefined) return undefined;
    return { name: segment.name, inputKey: segment.input_key, settings: job.settings };
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

/**
 * Records the outcome of an attempt, unless it is no longer the one that counts.
 *
 * @returns whether it was recorded, and whether that was the last segment of its job
 */
export function endSegment(
  database: Database,
  boss: PgBoss,
  { ticket, retryCount }: Attempt,
  outcome: Outcome,
  frames: number,
): Promise<{ readonly isRecorded: boolean; readonly isLast: boolean }> {
  return database.transaction(async (queries) => {
    await lockJob(queries, ticket.jobId);
    const attempt = { id: ticket.queueId, retryCount };
    const { affected } = (await boss.complete(QUEUE, attempt, null, { db: queries.boss })) as {
      affected: number;
    };
    if (affected !== 1) return { isRecorded: false, isLast: false };
    return { isRecorded: true, isLast: await recordOutcome(queries, ticket, outcome, frames) };
  });
}

/** Records a segment whose workers died too often: the dead letter is completed in the same transaction. */
export function endDeadSegment(
  database: Database,
  boss: PgBoss,
  queue: string,
  letterId: string,
  ticket: SegmentTicket,
): Promise<boolean> {
  const message =
    'its worker ended again and again, so it was given up; the file may need more memory than there is';
  return database.transaction(async (queries) => {
    await lockJob(queries, ticket.jobId);
    await boss.complete(queue, letterId, null, { db: queries.boss });
    return recordOutcome(queries, ticket, { state: 'failed', code: 'WORKER_FAILED', message }, undefined);
  });
}

/** Gives a segment back without counting the attempt: the worker shuts down in good order. */
export function releaseSegment(
  database: Database,
  boss: PgBoss,
  { ticket, retryCount }: Attempt,
): Promise<void> {
  return database.transaction(async (queries) => {
    await lockJob(queries, ticket.jobId);
    const attempt = { id: ticket.queueId, retryCount };
    const { affected } = (await boss.complete(QUEUE, attempt, null, { db: queries.boss })) as {
      affected: number;
    };
    if (affected !== 1) return;
    await queue(queries, boss, ticket);
    await queries.query('UPDATE mien.job SET version = version + 1 WHERE id = $1', [ticket.jobId]);
  });
}

/** Queues a segment anew, under another id. */
async function queue(queries: Queries, boss: PgBoss, { jobId, index }: SegmentTicket): Promise<void> {
  const queueId = randomUUID();
  await queries.query(
    `UPDATE mien.segment SET state = 'queued', queue_id = $3, attempts = 0, frames = 0, time_ms = NULL, end_ms = NULL,
       error_code = NULL, error_message = NULL, note = NULL, started_at = NULL, ended_at = NULL
     WHERE job_id = $1 AND index = $2`,
    [jobId, index, queueId],
  );
  await insertTicket(queries, boss, { jobId, index, queueId });
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
    const ids = cancelled.map(({ queue_id: id }) => id);
    if (ids.length > 0) await boss.cancel(QUEUE, ids, { db: queries.boss });
    return ids;
  });
}

/** Queues the failed segments of a job again. @returns how many */
export function retryJob(database: Database, boss: PgBoss, jobId: string): Promise<number> {
  return database.transaction(async (queries) => {
    await lockJob(queries, jobId);
    const failed = await queries.query<{ index: number }>(
      `SELECT index FROM mien.segment WHERE job_id = $1 AND state = 'failed' ORDER BY index`,
      [jobId],
    );
    if (failed.length === 0) return 0;
    for (const { index } of failed) await queue(queries, boss, { jobId, index, queueId: '' });
    await queries.query(
      `UPDATE mien.job SET state = 'queued', ended_at = NULL, version = version + 1 WHERE id = $1`,
      [jobId],
    );
    return failed.length;
  });
}

async function lockJob({ query }: Queries, jobId: string): Promise<void> {
  await query('SELECT 1 FROM mien.job WHERE id = $1 FOR UPDATE', [jobId]);
}

/** @returns whether the job is over with it */
async function recordOutcome(
  { query }: Queries,
  { jobId, queueId }: SegmentTicket,
  outcome: Outcome,
  frames: number | undefined,
): Promise<boolean> {
  const [key, sha256, code, message, note] =
    outcome.state === 'done'
      ? [outcome.key, outcome.file.sha256, null, null, outcome.note ?? null]
      : [null, null, outcome.code, outcome.message, null];
  await query(
    `UPDATE mien.segment SET state = $2, result_key = $3, result_sha256 = $4, error_code = $5, error_message = $6,
       frames = coalesce($7, frames), note = $8, ended_at = now()
     WHERE queue_id = $1 AND state IN ('queued', 'running')`,
    [queueId, outcome.state, key, sha256, code, message, frames ?? null, note],
  );
  const labels = outcome.state === 'done' ? JSON.stringify(outcome.labels) : null;
  const [job] = await query<{ is_over: boolean }>(
    `UPDATE mien.job SET version = version + 1, labels = coalesce($2::text::jsonb, labels),
       state = CASE WHEN state IN ('queued', 'running') AND open.count = 0 THEN 'done' ELSE state END,
       ended_at = CASE WHEN state IN ('queued', 'running') AND open.count = 0 THEN now() ELSE ended_at END
     FROM (SELECT count(*)::int AS count FROM mien.segment WHERE job_id = $1 AND state IN ('queued', 'running')) AS open
     WHERE id = $1 RETURNING open.count = 0 AS is_over`,
    [jobId, labels],
  );
  return job?.is_over === true;
}
