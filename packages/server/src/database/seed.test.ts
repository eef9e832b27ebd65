import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openJobQueue } from '../jobs/job-queue.js';
import { openPglite } from './open-pglite.js';
import { createTables } from './schema.js';
import { plantSeed, readPgliteVersion, seedName } from './seed.js';

/** As the build made it. */
const SEEDS = fileURLToPath(new URL('../../seed', import.meta.url));

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'mien-seed-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every column, index and constraint of the schemas of jobs. */
async function describeTables(path: string): Promise<unknown> {
  const database = await openPglite(path);
  try {
    await createTables(database);
    const boss = await openJobQueue(database, {}, (error) => expect.fail(error.message));
    await boss.stop({ graceful: false });
    const schemas = `('mien', 'mien_queue')`;
    return {
      columns: await database.query(
        `SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable
         FROM information_schema.columns WHERE table_schema IN ${schemas} ORDER BY 1, 2, 3`,
      ),
      indexes: await database.query(
        `SELECT schemaname, indexdef FROM pg_indexes WHERE schemaname IN ${schemas} ORDER BY 1, 2`,
      ),
      queues: await database.query(
        `SELECT name, policy, retry_limit, dead_letter FROM mien_queue.queue ORDER BY 1`,
      ),
      version: await database.query('SELECT version FROM mien_queue.version'),
      jobs: await database.query('SELECT id FROM mien.job'),
      meta: await database.query('SELECT name FROM mien.meta'),
    };
  } finally {
    await database.close();
  }
}

it('is the database that would be created without it', async () => {
  expect(await readdir(SEEDS)).toContain(seedName(await readPgliteVersion()));
  const [planted, created] = [join(folder, 'planted'), join(folder, 'created')];
  await mkdir(`${planted}.partial`);
  await writeFile(join(`${planted}.partial`, 'PG_VERSION'), 'of a killed process');
  expect(await plantSeed(planted, SEEDS)).toBe(true);
  expect(await readdir(folder)).toEqual(['planted']);
  const tables = await describeTables(planted);
  expect(tables).toMatchObject({ jobs: [], meta: [{ name: 'steps' }] });
  expect(tables).toEqual(await describeTables(created));
});

it('is not used for another version of PGlite, nor in place of a database that is there', async () => {
  const other = join(folder, 'other');
  expect(await plantSeed(other, SEEDS, () => Promise.resolve('0.0.1'))).toBe(false);
  expect(await plantSeed(other, join(folder, 'no seeds'))).toBe(false);
  await mkdir(other);
  expect(await plantSeed(other, SEEDS)).toBe(false);
  expect(await readdir(other)).toEqual([]);
});
