/**
 * A packed embedded database with all tables, made when this package is built (`scripts/build-seed.js`). Unpacking it
 * takes a fraction of what PostgreSQL's initdb and the tables would.
 *
 * Its file is named after the version of PGlite that made it. Beside any other version it is not used: the format of the
 * files may differ.
 */
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { extractTar } from '../archive/extract-tar.js';

const unpack = promisify(brotliDecompress);

/** Beside `dist/`. */
const FOLDER = fileURLToPath(new URL('../seed', import.meta.url));

export const seedName = (pgliteVersion: string): string => `pglite-${pgliteVersion}.tar.br`;

/** Such as `0.5.17`. */
export async function readPgliteVersion(): Promise<string> {
  // Its package.json is no entry point.
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const text = await readFile(join(dirname(entry), '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/**
 * Unpacks the seed where no database is yet. It appears under its name when it is whole, so a killed process leaves none
 * that cannot be opened.
 *
 * @param folder of the database; only one process may be here at a time
 * @param seeds folder of the seeds
 * @returns whether there was a seed for this version, and no database yet
 */
export async function plantSeed(
  folder: string,
  seeds: string = FOLDER,
  readVersion: () => Promise<string> = readPgliteVersion,
): Promise<boolean> {
  if ((await stat(folder).catch(() => undefined)) !== undefined) return false;
  const packed = await readSeed(seeds, readVersion);
  if (packed === undefined) return false;
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true }); // Of a process that was killed.
  await extractTar(await unpack(packed), partial);
  await rename(partial, folder);
  return true;
}

async function readSeed(seeds: string, readVersion: () => Promise<string>): Promise<Buffer | undefined> {
  try {
    return await readFile(join(seeds, seedName(await readVersion())));
  } catch {
    return undefined; // Built without one, or for another version: initdb does it.
  }
}
