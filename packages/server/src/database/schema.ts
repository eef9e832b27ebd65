/**
 * Tables of jobs, in a schema of their own. They are documented in docs/SERVICE.md: people may query them.
 *
 *   mien.job       what a person submitted: several segments under one set of settings
 *   mien.segment   one picture or video of a job, and what became of it
 *   mien.chunk     a part of a long video while it is analysed, by default a minute
 *   mien.access    who read which result
 *   mien.worker    which processes work on jobs
 */
import type { Database, Queries } from './database.js';

/** Any number that other programs are unlikely to use: one process at a time sets up the tables. */
const MIGRATION_LOCK = 7_341_014;

const META = `
CREATE SCHEMA IF NOT EXISTS mien;
CREATE TABLE IF NOT EXISTS mien.meta (
  name text PRIMARY KEY,
  value text NOT NULL
);
`;

const TABLES = `
CREATE TABLE IF NOT EXISTS mien.job (
  id uuid PRIMARY KEY,
  owner text NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'cancelled')),
  settings jsonb NOT NULL,
  labels jsonb,
  idempotency_key text,
  fingerprint text NOT NULL,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  UNIQUE (owner, idempotency_key)
);
CREATE TABLE IF NOT EXISTS mien.segment (
  job_id uuid NOT NULL REFERENCES mien.job ON DELETE CASCADE,
  index int NOT NULL,
  name text NOT NULL,
  input_key text NOT NULL,
  size_bytes float8 NOT NULL,
  queue_id uuid NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  attempts int NOT NULL DEFAULT 0,
  frames int NOT NULL DEFAULT 0,
  time_ms float8,
  end_ms float8,
  result_key text,
  result_sha256 text,
  error_code text,
  error_message text,
  note text,
  started_at timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (job_id, index)
);
ALTER TABLE mien.segment ADD COLUMN IF NOT EXISTS is_whole boolean NOT NULL DEFAULT false;
CREATE TABLE IF NOT EXISTS mien.chunk (
  job_id uuid NOT NULL,
  index int NOT NULL,
  chunk int NOT NULL,
  plan jsonb NOT NULL,
  queue_id uuid NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  attempts int NOT NULL DEFAULT 0,
  frames int NOT NULL DEFAULT 0,
  read_ms float8 NOT NULL DEFAULT 0,
  readings_key text,
  readings_sha256 text,
  error_code text,
  error_message text,
  PRIMARY KEY (job_id, index, chunk),
  FOREIGN KEY (job_id, index) REFERENCES mien.segment ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS job_by_owner ON mien.job (owner, created_at DESC);
CREATE TABLE IF NOT EXISTS mien.access (
  at timestamptz NOT NULL DEFAULT now(),
  owner text NOT NULL,
  job_id uuid NOT NULL,
  format text NOT NULL
);
CREATE TABLE IF NOT EXISTS mien.worker (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  concurrency int NOT NULL,
  running int NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now()
);
`;

/** What is still to be done is counted every half minute where machines are started by it; done segments stay for a week. */
const OPEN_WORK = `
CREATE INDEX segment_open ON mien.segment (job_id) WHERE state IN ('queued', 'running');
CREATE INDEX chunk_open ON mien.chunk (job_id) WHERE state IN ('queued', 'running');
`;

/** In order, each run once for a database. What changes the tables later is added as another step. */
const STEPS: readonly string[] = [TABLES, OPEN_WORK];

/**
 * Brings the tables up to date. Processes that start at the same time wait for each other; where nothing is to be done, no table
 * is locked, because others work on them: a statement that creates only what is missing locks what is there too.
 */
export async function createTables(database: Database): Promise<void> {
  const [found] = await database.query<{ meta: string | null }>(
    `SELECT to_regclass('mien.meta')::text AS meta`,
  );
  if (typeof found?.meta === 'string' && (await readSteps(database)) >= STEPS.length) return;
  await database.transaction(async (queries) => {
    await queries.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await run(queries, META);
    for (const step of STEPS.slice(await readSteps(queries))) await run(queries, step);
    await queries.query(
      `INSERT INTO mien.meta (name, value) VALUES ('steps', $1)
       ON CONFLICT (name) DO UPDATE SET value = greatest(mien.meta.value::int, excluded.value::int)::text`,
      [String(STEPS.length)],
    );
  });
}

/** How many steps the database has had. */
async function readSteps({ query }: Queries): Promise<number> {
  const [row] = await query<{ value: string }>(`SELECT value FROM mien.meta WHERE name = 'steps'`);
  return Number(row?.value ?? 0);
}

async function run({ query }: Queries, statements: string): Promise<void> {
  for (const statement of statements.split(';').filter((text) => text.trim() !== '')) await query(statement);
}
