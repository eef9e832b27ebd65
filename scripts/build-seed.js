// Packs an embedded database with all tables of jobs into packages/server/seed, so that the first start of `mien serve` has
// nothing to create. Skipped when nothing that it is made of has changed: initdb takes seconds.
// @ts-check
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const SERVER = fileURLToPath(new URL('../packages/server/', import.meta.url));
const MODULES = new URL('../packages/server/dist/modules/', import.meta.url);
const FOLDER = join(SERVER, 'seed');
/** What the seed is made of; the versions of PGlite and pg-boss are in package.json. */
const INPUTS = [
  'src/database/schema.ts',
  'src/jobs/job-queue.ts',
  'src/archive/write-tar.ts',
  'package.json',
];

/** tsc must have built the server. */
export async function buildSeed() {
  const { readPgliteVersion, seedName } = await import(new URL('database/seed.js', MODULES).href);
  const name = seedName(await readPgliteVersion());
  const inputs = await hashInputs();
  const known = await readFile(join(FOLDER, 'inputs.sha256'), 'utf8').catch(() => undefined);
  if (known === inputs && (await readdir(FOLDER)).includes(name)) return;
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER);
  await writeFile(join(FOLDER, name), await packDatabase());
  await writeFile(join(FOLDER, 'inputs.sha256'), inputs);
}

async function packDatabase() {
  const load = (/** @type {string} */ path) => import(new URL(path, MODULES).href);
  const { openPglite } = await load('database/open-pglite.js');
  const { createTables } = await load('database/schema.js');
  const { openJobQueue } = await load('jobs/job-queue.js');
  const { writeTar } = await load('archive/write-tar.js');
  const folder = await mkdtemp(join(tmpdir(), 'mien-seed-'));
  try {
    const database = await openPglite(join(folder, 'database'));
    await createTables(database);
    /** @type {Error | undefined} */
    let problem;
    const boss = await openJobQueue(database, {}, (/** @type {Error} */ error) => (problem = error));
    // All tables are there. What is still under way may fail as the queue stops.
    if (problem !== undefined) throw problem;
    await boss.stop({ graceful: false });
    await database.close();
    const archive = await buffer(writeTar(join(folder, 'database')));
    return brotliCompressSync(archive, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 9,
        // Its three databases are nearly the same, and megabytes apart.
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: archive.length,
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function hashInputs() {
  const hash = createHash('sha256');
  for (const path of INPUTS) hash.update(await readFile(join(SERVER, path))).update('\0');
  return hash.digest('hex');
}
