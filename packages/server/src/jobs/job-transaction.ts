/**
 * What the transactions of jobs share.
 *
 * All lock the row of the job first, then those of its segments, of its chunks and of the queue, in that order: so two of
 * them wait for each other instead of failing, and the one that ends the last segment or chunk sees all the others.
 */
import { randomUUID } from 'node:crypto';
import type { PgBoss } from 'pg-boss';
import type { Queries } from '../database/database.js';
import type { StoredFile } from '../store/file-store.js';
import { QUEUE, type SegmentTicket } from './job-queue.js';

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
  | {
      readonly state: 'failed';
      readonly code: string;
      readonly message: string;
      /** What could be read of it, if anything. */
      readonly rest?: { readonly key: string; readonly file: StoredFile; readonly labels: readonly string[] };
    };

export async function lockJob({ query }: Queries, jobId: string): Promise<void> {
  await query('SELECT 1 FROM mien.job WHERE id = $1 FOR UPDATE', [jobId]);
}

export async function insertTicket(
  { boss: db }: Queries,
  boss: PgBoss,
  ticket: SegmentTicket,
): Promise<void> {
  await boss.insert(QUEUE, [{ id: ticket.queueId, data: ticket }], { db });
}

/** @returns whether the ticket is still this attempt's; if not, nothing of it may be recorded */
export async function completeTicket(
  { boss: db }: Queries,
  boss: PgBoss,
  { ticket, retryCount }: Attempt,
): Promise<boolean> {
  const attempt = { id: ticket.queueId, retryCount };
  const { affected } = (await boss.complete(QUEUE, attempt, null, { db })) as { affected: number };
  return affected === 1;
}

/** The job is over with its last segment. */
export async function recordOutcome(
  { query }: Queries,
  { jobId, queueId }: SegmentTicket,
  outcome: Outcome,
  frames: number | undefined,
): Promise<void> {
  const [code, message, note] =
    outcome.state === 'done' ? [null, null, outcome.note ?? null] : [outcome.code, outcome.message, null];
  const result = outcome.state === 'done' ? outcome : outcome.rest;
  await query(
    `UPDATE mien.segment SET state = $2, result_key = $3, result_sha256 = $4, error_code = $5, error_message = $6,
       frames = coalesce($7, frames), note = coalesce($8, note), ended_at = now()
     WHERE queue_id = $1 AND state IN ('queued', 'running')`,
    [
      ...[queueId, outcome.state, result?.key ?? null, result?.file.sha256 ?? null],
      ...[code, message, frames ?? null, note],
    ],
  );
  const labels = result === undefined ? null : JSON.stringify(result.labels);
  await query(
    `UPDATE mien.job SET version = version + 1, labels = coalesce($2::text::jsonb, labels),
       state = CASE WHEN state IN ('queued', 'running') AND open.count = 0 THEN 'done' ELSE state END,
       ended_at = CASE WHEN state IN ('queued', 'running') AND open.count = 0 THEN now() ELSE ended_at END
     FROM (SELECT count(*)::int AS count FROM mien.segment WHERE job_id = $1 AND state IN ('queued', 'running')) AS open
     WHERE id = $1`,
    [jobId, labels],
  );
}

/** Queues a segment anew, under another id. */
export async function queueSegment(
  queries: Queries,
  boss: PgBoss,
  { jobId, index }: Pick<SegmentTicket, 'jobId' | 'index'>,
): Promise<void> {
  const queueId = randomUUID();
  await queries.query(
    `UPDATE mien.segment SET state = 'queued', queue_id = $3, attempts = 0, frames = 0, time_ms = NULL, end_ms = NULL,
       error_code = NULL, error_message = NULL, note = NULL, started_at = NULL, ended_at = NULL
     WHERE job_id = $1 AND index = $2`,
    [jobId, index, queueId],
  );
  await insertTicket(queries, boss, { jobId, index, queueId });
}
