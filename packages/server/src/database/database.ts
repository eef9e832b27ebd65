/**
 * The database behind jobs: a PostgreSQL server, or PGlite, which is PostgreSQL inside this process.
 *
 * Both speak the same SQL. Numbers are read as `int` or `float8`, because the two drivers differ for `bigint`.
 */
import type { Db } from 'pg-boss';

export type Row = Readonly<Record<string, unknown>>;

/** A connection, or a transaction. */
export interface Queries {
  readonly query: <T extends object = Row>(text: string, values?: readonly unknown[]) => Promise<T[]>;
  /** The same connection for pg-boss, so that its statements are part of the transaction. */
  readonly boss: Db;
}

export interface Database extends Queries {
  readonly backend: 'postgres' | 'pglite';
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /**
   * The embedded database alone: everything is written to its folder, and nothing changes in it while `work` runs.
   * Absent for a server, which has tools of its own.
   */
  readonly hold?: <T>(work: (folder: string) => Promise<T>) => Promise<T>;
  close(): Promise<void>;
}

/** The server restarts, refuses connections or takes no writes: trying again later may help. */
export class DatabaseUnreachableError extends Error {
  /** Whether a transaction was being committed: it may have been, or not. */
  readonly mayHaveCommitted: boolean;
  constructor(message: string, options: ErrorOptions, mayHaveCommitted: boolean) {
    super(message, options);
    this.mayHaveCommitted = mayHaveCommitted;
  }
}
