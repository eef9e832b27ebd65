/**
 * Every change of the chunks of a video, as one transaction each: divided → read, in any order → joined.
 *
 * The segment is running meanwhile. When the last of its chunks ends, the same transaction queues the joining, under the
 * segment's own ticket; a chunk that failed for good is a failed row and holds nothing up.
 */
import { randomUUID } from 'node:crypto';
import type { PgBoss } from 'pg-boss';
import type { Chunk, ChunkPlan } from '@mien/node/sources';
import type { Database, Queries } from '../database/database.js';
import type { SegmentTicket } from './job-queue.js';
import { completeTicket, insertTicket, lockJob, queueSegment, type Attempt } from './job-transaction.js';
import type { JobSettings } from './job.js';

export interface BegunChunk {
  readonly name: string;
  readonly inputKey: string;
  readonly settings: JobSettings;
  readonly chunk: Chunk;
}

/** Where the readings of a chunk are, and the hash of their lines before they were compressed. */
export interface StoredReadings {
  readonly key: string;
  readonly sha256: string;
}

export type ChunkOutcome =
  | ({ readonly state: 'done'; readonly frames: number } & StoredReadings)
  | {
      readonly state: 'failed';
      readonly code: string;
      readonly message: string;
      /** What was read before it failed, if anything. */
      readonly rest?: StoredReadings & { readonly frames: number };
    };

export interface ChunkRow {
  readonly plan: Chunk;
  readonly state: 'done' | 'failed' | 'queued' | 'running' | 'cancelled';
  readonly key: string | null;
  readonly sha256: string | null;
  readonly code: string | null;
  readonly message: string | null;
}

/** Divides a segment into chunks, unless this attempt is no longer the one that counts. */
export function divideSegment(
  database: Database,
  boss: PgBoss,
  attempt: Attempt,
  { chunks, endMs, notes }: ChunkPlan,
): Promise<void> {
  const { jobId, index, queueId: segmentId } = attempt.ticket;
  return database.transaction(async (queries) => {
    await lockJob(queries, jobId);
    if (!(await completeTicket(queries, boss, attempt))) return;
    await queries.query(
      `UPDATE mien.segment SET end_ms = $2, note = $3 WHERE queue_id = $1 AND state = 'running'`,
      [segmentId, endMs ?? null, notes.length === 0 ? null : notes.join('\n')],
    );
    for (const [step, chunk] of chunks.entries()) {
      const queueId = randomUUID();
      await queries.query(
        `INSERT INTO mien.chunk (job_id, index, chunk, plan, queue_id, state)
         VALUES ($1, $2, $3, $4::text::jsonb, $5, 'queued')`,
        [jobId, index, step, JSON.stringify(chunk), queueId],
      );
      await insertTicket(queries, boss, { jobId, index, queueId, step });
    }
    await addVersion(queries, jobId);
  });
}

/** @returns the chunk to read; `undefined` if it was cancelled, or its job deleted */
export function beginChunk(
  database: Database,
  { ticket: { jobId, index, queueId }, retryCount }: Attempt,
): Promise<BegunChunk | undefined> {
  return database.transaction(async ({ query }) => {
    const [job] = await query<{ settings: JobSettings }>(
      `UPDATE mien.job SET state = 'running', version = version + 1
       WHERE id = $1 AND state IN ('queued', 'running') RETURNING settings`,
      [jobId],
    );
    const [segment] = await query<{ name: string; input_key: string }>(
      `UPDATE mien.segment SET state = 'running' WHERE job_id = $1 AND index = $2 AND state IN ('queued', 'running')
       RETURNING name, input_key`,
      [jobId, index],
    );
    const [row] = await query<{ plan: Chunk }>(
      `UPDATE mien.chunk SET state = 'running', attempts = $2
       WHERE queue_id = $1 AND state IN ('queued', 'running') RETURNING plan`,
      [queueId, retryCount + 1],
    );
    if (job === undefined || segment === undefined || row === undefined) return undefined;
    return {
      name: segment.name,
      inputKey: segment.input_key,
      settings: job.settings,
      chunk: row.plan,
    };
  });
}

/** Says how far a chunk is: its frames, and how much of the recording's time they are. */
export async function reportChunk(
  queries: Queries,
  ticket: SegmentTicket,
  { frames, readMs }: { readonly frames: number; readonly readMs: number },
): Promise<void> {
  const changed = await queries.query(
    `UPDATE mien.chunk SET frames = $2, read_ms = $3 WHERE queue_id = $1 AND state = 'running' RETURNING chunk`,
    [ticket.queueId, frames, readMs],
  );
  if (changed.length === 0) return;
  await addUpChunks(queries, ticket);
  await addVersion(queries, ticket.jobId);
}

/** Records the outcome of an attempt at a chunk, unless it is no longer the one that counts. */
export function endChunk(
  database: Database,
  boss: PgBoss,
  attempt: Attempt,
  outcome: ChunkOutcome,
  readMs: number,
): Promise<void> {
  const { ticket } = attempt;
  return database.transaction(async (queries) => {
    await lockJob(queries, ticket.jobId);
    if (!(await completeTicket(queries, boss, attempt))) return;
    await queries.query('UPDATE mien.chunk SET read_ms = $2 WHERE queue_id = $1', [ticket.queueId, readMs]);
    await recordChunk(queries, boss, ticket, outcome);
  });
}

/** For a transaction that has locked the job. Queues the joining after the last chunk. */
export async function recordChunk(
  queries: Queries,
  boss: PgBoss,
  ticket: SegmentTicket,
  outcome: ChunkOutcome,
): Promise<void> {
  const { jobId, index, queueId } = ticket;
  const readings = outcome.state === 'done' ? outcome : outcome.rest;
  const [code, message] = outcome.state === 'done' ? [null, null] : [outcome.code, outcome.message];
  await queries.query(
    `UPDATE mien.chunk SET state = $2, readings_key = $3, readings_sha256 = $4, frames = $5, error_code = $6,
       error_message = $7 WHERE queue_id = $1 AND state IN ('queued', 'running')`,
    [
      ...[queueId, outcome.state, readings?.key ?? null, readings?.sha256 ?? null],
      ...[readings?.frames ?? 0, code, message],
    ],
  );
  await addUpChunks(queries, ticket);
  const [open] = await queries.query(
    `SELECT 1 FROM mien.chunk WHERE job_id = $1 AND index = $2 AND state IN ('queued', 'running') LIMIT 1`,
    [jobId, index],
  );
  if (open === undefined) await queueJoin(queries, boss, ticket);
  await addVersion(queries, jobId);
}

/** The chunks of a video, in their order. */
export function listChunks({ query }: Queries, { jobId, index }: SegmentTicket): Promise<ChunkRow[]> {
  return query<ChunkRow>(
    `SELECT plan, state, readings_key AS key, readings_sha256 AS sha256, error_code AS code,
       error_message AS message
     FROM mien.chunk WHERE job_id = $1 AND index = $2 ORDER BY chunk`,
    [jobId, index],
  );
}

/** The chunks do not fit together: the video is read again, in one piece. */
export function readInOnePiece(database: Database, boss: PgBoss, attempt: Attempt): Promise<void> {
  const { ticket } = attempt;
  return database.transaction(async (queries) => {
    await lockJob(queries, ticket.jobId);
    if (!(await completeTicket(queries, boss, attempt))) return;
    const place = [ticket.jobId, ticket.index];
    await queries.query('DELETE FROM mien.chunk WHERE job_id = $1 AND index = $2', place);
    await queries.query('UPDATE mien.segment SET is_whole = true WHERE job_id = $1 AND index = $2', place);
    await queueSegment(queries, boss, ticket);
    await addVersion(queries, ticket.jobId);
  });
}

/** The readings of one chunk are gone or damaged: they are read again, and joined after that. */
export function readChunkAgain(
  database: Database,
  boss: PgBoss,
  attempt: Attempt,
  chunk: number,
): Promise<void> {
  const { ticket } = attempt;
  return database.transaction(async (queries) => {
    await lockJob(queries, ticket.jobId);
    if (!(await completeTicket(queries, boss, attempt))) return;
    await queueChunk(queries, boss, ticket, chunk);
    await addVersion(queries, ticket.jobId);
  });
}

type Place = Pick<SegmentTicket, 'jobId' | 'index'>;

/** Queues a chunk anew, under another id. */
export async function queueChunk(
  queries: Queries,
  boss: PgBoss,
  { jobId, index }: Place,
  step: number,
): Promise<void> {
  const queueId = randomUUID();
  await queries.query(
    `UPDATE mien.chunk SET state = 'queued', queue_id = $4, attempts = 0, frames = 0, read_ms = 0, readings_key = NULL,
       readings_sha256 = NULL, error_code = NULL, error_message = NULL
     WHERE job_id = $1 AND index = $2 AND chunk = $3`,
    [jobId, index, step, queueId],
  );
  await insertTicket(queries, boss, { jobId, index, queueId, step });
}

/** Queues the joining of all chunks. */
export async function queueJoin(queries: Queries, boss: PgBoss, { jobId, index }: Place): Promise<void> {
  const queueId = randomUUID();
  await queries.query('UPDATE mien.segment SET queue_id = $3 WHERE job_id = $1 AND index = $2', [
    ...[jobId, index, queueId],
  ]);
  await insertTicket(queries, boss, { jobId, index, queueId, step: 'join' });
}

/** Queues the failed chunks of a segment again, or their joining. @returns `false` if it has no chunks */
export async function retryChunks(
  queries: Queries,
  boss: PgBoss,
  jobId: string,
  index: number,
): Promise<boolean> {
  const chunks = await queries.query<{ chunk: number; state: string }>(
    'SELECT chunk, state FROM mien.chunk WHERE job_id = $1 AND index = $2 ORDER BY chunk',
    [jobId, index],
  );
  if (chunks.length === 0) return false;
  await queries.query(
    `UPDATE mien.segment SET state = 'queued', error_code = NULL, error_message = NULL, ended_at = NULL
     WHERE job_id = $1 AND index = $2`,
    [jobId, index],
  );
  const failed = chunks.filter(({ state }) => state === 'failed');
  for (const { chunk } of failed) await queueChunk(queries, boss, { jobId, index }, chunk);
  if (failed.length === 0) await queueJoin(queries, boss, { jobId, index });
  return true;
}

/** What the chunks have come to is what the segment has. */
async function addUpChunks({ query }: Queries, { jobId, index }: Place): Promise<void> {
  await query(
    `UPDATE mien.segment SET frames = sums.frames, time_ms = sums.read_ms
     FROM (SELECT sum(frames)::int AS frames, sum(read_ms)::float8 AS read_ms FROM mien.chunk
           WHERE job_id = $1 AND index = $2) AS sums
     WHERE job_id = $1 AND index = $2`,
    [jobId, index],
  );
}

async function addVersion({ query }: Queries, jobId: string): Promise<void> {
  await query('UPDATE mien.job SET version = version + 1 WHERE id = $1', [jobId]);
}
