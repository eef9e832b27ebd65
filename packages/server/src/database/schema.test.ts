import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_POSTGRES, startPostgres, type TestPostgres } from '../testing/start-postgres.js';
import type { Database } from './database.js';
import { openPostgres } from './open-postgres.js';
import { createTables } from './schema.js';

const START_MS = 60_000;

describe.skipIf(!HAS_POSTGRES)('tables of jobs (skipped without PostgreSQL)', () => {
  let postgres: TestPostgres;
  const databases: Database[] = [];
  const open = async (): Promise<Database> => {
    const database = await openPostgres(postgres.url, (error) => expect.fail(error.message));
    databases.push(database);
    return database;
  };
  beforeAll(async () => (postgres = await startPostgres()), START_MS);
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    postgres.stop();
  }, START_MS);

  it('are created once by processes that start at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, open));
    await Promise.all(all.map(createTables));
    const [database] = all;
    expect(await database?.query(`SELECT name, value FROM mien.meta`)).toEqual([
      { name: 'steps', value: '2' },
    ]);
  });

  // Where it locked tables that others work on, starting many workers at once ended in a deadlock.
  it('are left alone when they are there, while others work on them', async () => {
    const [worker, starting] = await Promise.all([open(), open()]);
    await createTables(worker);
    await worker.transaction(async ({ query }) => {
      await query('LOCK TABLE mien.job, mien.segment, mien.chunk, mien.worker IN ROW EXCLUSIVE MODE');
      await starting.query(`SET lock_timeout = '1s'`);
      await createTables(starting);
    });
  });

  it('of an earlier release, which counted no steps, are brought up to date', async () => {
    const database = await open();
    await createTables(database);
    await database.query(`DELETE FROM mien.meta WHERE name = 'steps'`);
    await database.query('DROP TABLE mien.access');
    await database.query('DROP INDEX mien.segment_open, mien.chunk_open');
    await createTables(database);
    expect(await database.query('SELECT * FROM mien.access')).toEqual([]);
    const indexes = await database.query<{ indexname: string }>(
      `SELECT indexname FROM pg_indexes WHERE schemaname = 'mien' AND indexname LIKE '%_open' ORDER BY 1`,
    );
    expect(indexes.map(({ indexname }) => indexname)).toEqual(['chunk_open', 'segment_open']);
  });
});
