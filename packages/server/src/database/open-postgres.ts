/** Opens a PostgreSQL server. A restart of the server fails the statements that run, and no more. */
import { MienError } from '@mien/core';
import type { Db } from 'pg-boss';
import type { PoolClient } from 'pg';
import { DatabaseUnreachableError, type Database, type Queries } from './database.js';

/** pg-boss defaults to 10; with many workers the server's limit (100 by default) is soon reached. */
const POOL_SIZE = 3;
const CONNECT_TIMEOUT_MS = 10_000;

/** @throws MienError `USAGE` for an address that is none, `INPUT_UNREADABLE` if the server cannot be reached */
export async function openPostgres(url: string, onProblem: (error: Error) => void): Promise<Database> {
  if (!/^postgres(ql)?:\/\//i.test(url)) {
    throw new MienError('USAGE', '--database: must be an address such as postgresql://user@host/mien');
  }
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'mien',
  });
  pool.on('error', onProblem);
  // Also while a client is in use: without a listener the restart of a server would end this process.
  pool.on('connect', (client) => client.on('error', onProblem));
  try {
    await pool.query('SELECT 1');
  } catch (cause) {
    await pool.end();
    throw new MienError('INPUT_UNREADABLE', `--database: cannot be reached (${reasonOf(cause)}); check the address`, {
      cause,
    }); // prettier-ignore
  }
  return {
    backend: 'postgres',
    boss: { executeSql: (text, values) => pool.query(text, values) },
    query: async (text, values = []) =>
      (await pool.query(text, [...values]).catch((error: unknown) => explain(error))).rows as never,
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => explain(error));
      let broken: Error | undefined;
      let isCommitting = false;
      try {
        await client.query('BEGIN');
        const result = await work(toQueries(client));
        isCommitting = true;
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((cause: unknown) => {
          broken = cause instanceof Error ? cause : new Error(String(cause));
        });
        return explain(error, isCommitting);
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

function toQueries(client: PoolClient): Queries {
  const boss: Db = { executeSql: (text, values) => client.query(text, values) };
  return { boss, query: async (text, values = []) => (await client.query(text, [...values])).rows as never };
}

/**
 * SQLSTATE: connection exceptions, too many connections, a transaction that may only read (a standby), shutdown and recovery.
 * Ref: PostgreSQL, appendix A.
 */
const UNREACHABLE_CODE = /^(08|53300|25006|57P0[1-3]|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)/;
/** What node-postgres says without a code. */
const UNREACHABLE_MESSAGE = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/; // prettier-ignore

function explain(error: unknown, mayHaveCommitted = false): never {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!UNREACHABLE_CODE.test(code) && !UNREACHABLE_MESSAGE.test(message)) throw error;
  throw new DatabaseUnreachableError(`database: ${reasonOf(error)}`, { cause: error }, mayHaveCommitted);
}

/** Several addresses of a host fail as one error without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
