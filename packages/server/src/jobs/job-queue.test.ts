/** The queue on an empty PostgreSQL database, as a service and its workers find it when they are started together. */
import type { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../database/database.js';
import { openPostgres } from '../database/open-postgres.js';
import { HAS_POSTGRES, startPostgres, type TestPostgres } from '../testing/start-postgres.js';
import { DEAD_LETTERS, openJobQueue, QUEUE } from './job-queue.js';

const START_MS = 60_000;

describe.skipIf(!HAS_POSTGRES)('the queue (skipped without PostgreSQL)', () => {
  let postgres: TestPostgres;
  const databases: Database[] = [];
  const queues: PgBoss[] = [];
  const onProblem = (error: Error) => expect.fail(error.message);
  beforeAll(async () => (postgres = await startPostgres()), START_MS);
  afterAll(async () => {
    await Promise.all(queues.map((queue) => queue.stop({ graceful: false })));
    await Promise.all(databases.map((database) => database.close()));
    postgres.stop();
  }, START_MS);

  // All but one failed: "duplicate key value violates unique constraint pg_namespace_nspname_index".
  it('is created once by processes that start at the same time', { timeout: START_MS }, async () => {
    databases.push(
      ...(await Promise.all(Array.from({ length: 8 }, () => openPostgres(postgres.url, onProblem)))),
    );
    queues.push(...(await Promise.all(databases.map((database) => openJobQueue(database, {}, onProblem)))));
    const names = (await queues[0]?.getQueues())?.map(({ name }) => name).sort();
    expect(names).toEqual([QUEUE, DEAD_LETTERS].sort());
  });
});
