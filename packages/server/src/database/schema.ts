/**
 * Tables of jobs, in a schema of their own. They are documented in docs/SERVICE.md: people may query them.
 *
 *   mien.job       what a person submitted: several segments under one set of settings
 *   mien.segment   one picture or video of a job, and what became of it
 *   mien.chunk     a part of a long video while it is analysed, by default a minute
 *   mien.access    who read which result
 *   mien.worker    which processes work on jobs
 */
import type { Database } from './database.js';

/** Any number that other programs are unlikely to use: one process at a time sets up the tables. */
const MIGRATION_LOCK = 7_341_014;

const TABLES = `
CREATE SCHEMA IF NOT EXISTS mien;
CREATE TABLE IF NOT EXISTS mien.meta (
  name text PRIMARY KEY,
  value text NOT NULL
);
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

/** Creates what is missing. Processes that start at the same time wait for each other. */
export async function createTables(database: Database): Promise<void> {
  await database.transaction(async ({ query }) => {
    await query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    for (const statement of TABLES.split(';').filter((text) => text.trim() !== '')) await query(statement);
  });
}
