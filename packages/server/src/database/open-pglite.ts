/**
 * Opens the embedded database. It belongs to one process: take the folder's lock first (`folder-lock.ts`).
 *
 * PGlite does not call fsync: what was committed survives a killed process, but not a power cut.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { MienError } from '@mien/core';
import { fromPglite, type Db } from 'pg-boss';
import type { Database, Queries } from './database.js';
import { plantSeed } from './seed.js';

/** @throws MienError `INPUT_UNREADABLE` for a folder that holds something else or cannot be written */
export async function openPglite(folder: string): Promise<Database> {
  const { PGlite } = await import('@electric-sql/pglite');
  let lite: PGlite;
  try {
    await mkdir(dirname(folder), { recursive: true });
    await plantSeed(folder);
    lite = await PGlite.create(folder);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MienError(
      'INPUT_UNREADABLE',
      `${folder}: the embedded database cannot be opened (${reason}); check the folder, or use another with --data`,
      { cause },
    );
  }
  return {
    backend: 'pglite',
    boss: fromPglite(lite),
    query: async (text, values = []) => (await lite.query<never>(text, [...values])).rows,
    transaction: (work) => lite.transaction((transaction) => work(toQueries(transaction))),
    // A transaction has the only connection: nothing else is read or written meanwhile.
    hold: (work) =>
      lite.transaction(async (transaction) => {
        await transaction.exec('CHECKPOINT');
        return work(folder);
      }),
    close: () => lite.close(),
  };
}

function toQueries(transaction: Transaction): Queries {
  const boss: Db = {
    async executeSql(text, values) {
      if (values !== undefined && values.length > 0) return transaction.query(text, values);
      // `query` takes one statement; pg-boss sends several at once when there are no values.
      const results = await transaction.exec(text);
      return { rows: results.flatMap(({ rows }) => rows) };
    },
  };
  return {
    boss,
    query: async (text, values = []) => (await transaction.query<never>(text, [...values])).rows,
  };
}
