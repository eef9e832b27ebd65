/** Reads jobs and their items from the tables. */
import type { Queries } from '../database/database.js';
import type { Job, JobItem, JobSettings, JobSummary } from './job.js';

/** As in the tables; PGlite and node-postgres both give `Date` for a time and parse JSON. */
interface JobRow {
  readonly id: string;
  readonly first_name: string | null;
  readonly state: JobSummary['state'];
  readonly settings: JobSettings;
  readonly version: number;
  readonly created_at: Date;
  readonly ended_at: Date | null;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly progress: number;
}

interface ItemRow {
  readonly index: number;
  readonly name: string;
  readonly state: JobItem['state'];
  readonly attempts: number;
  readonly frames: number;
  readonly time_ms: number | null;
  readonly end_ms: number | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly note: string | null;
}

const SUMMARY = `
SELECT job.id, job.state, job.settings, job.version, job.created_at, job.ended_at,
  min(segment.name) FILTER (WHERE segment.index = 0) AS first_name, count(*)::int AS total,
  (count(*) FILTER (WHERE segment.state = 'done'))::int AS done,
  (count(*) FILTER (WHERE segment.state = 'failed'))::int AS failed,
  avg(CASE
    WHEN segment.state IN ('done', 'failed') THEN 1
    WHEN segment.end_ms > 0 THEN least(1, coalesce(segment.time_ms, 0) / segment.end_ms)
    ELSE 0
  END)::float8 AS progress
FROM mien.job JOIN mien.segment ON segment.job_id = job.id`;

/** @param owner whose jobs; `undefined` for those of all */
export async function listJobs(
  { query }: Queries,
  owner: string | undefined,
  limit: number,
): Promise<JobSummary[]> {
  const rows = await query<JobRow>(
    `${SUMMARY} WHERE $1::text IS NULL OR job.owner = $1 GROUP BY job.id ORDER BY job.created_at DESC LIMIT $2`,
    [owner ?? null, limit],
  );
  return rows.map(toSummary);
}

/** `undefined` if there is no such job of this owner. */
export async function readJob(
  { query }: Queries,
  id: string,
  owner: string | undefined,
): Promise<Job | undefined> {
  const [row] = await query<JobRow>(
    `${SUMMARY} WHERE job.id = $1 AND ($2::text IS NULL OR job.owner = $2) GROUP BY job.id`,
    [id, owner ?? null],
  );
  if (row === undefined) return undefined;
  const items = await query<ItemRow>(
    `SELECT index, name, state, attempts, frames, time_ms, end_ms, error_code, error_message, note
     FROM mien.segment WHERE job_id = $1 ORDER BY index`,
    [id],
  );
  return { ...toSummary(row), items: items.map(toItem) };
}

function toSummary(row: JobRow): JobSummary {
  return {
    id: row.id,
    name: row.first_name ?? '',
    state: row.state,
    createdAt: row.created_at.toISOString(),
    ...(row.ended_at !== null && { endedAt: row.ended_at.toISOString() }),
    settings: row.settings,
    total: row.total,
    done: row.done,
    failed: row.failed,
    progress: row.progress,
    version: row.version,
  };
}

function toItem(row: ItemRow): JobItem {
  return {
    index: row.index,
    name: row.name,
    state: row.state,
    attempts: row.attempts,
    frames: row.frames,
    ...(row.time_ms !== null && { timeMs: row.time_ms }),
    ...(row.end_ms !== null && { endMs: row.end_ms }),
    ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message ?? '' } }),
    ...(row.note !== null && { note: row.note }),
  };
}
