/**
 * A copy of the embedded database and its files while the service runs, as one archive:
 *
 *   database/     the folder of PGlite
 *   files/        uploads that are not analysed yet, results, and models of one's own
 *   keys.json     hashes of keys, if there are any
 *
 * Unpacked into an empty folder, it is a folder for `--data`.
 *
 * Files are linked, not copied, while the database is held. Every change of a job is committed before files of it are
 * deleted, so what the copied database names is there.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, cp, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { MienError } from '@mien/core';
import { writeTar } from '../archive/write-tar.js';
import type { Database } from '../database/database.js';

/** Of copies in the making, in the folder that they are copies of. */
const PREFIX = 'backup-';

export interface BackUpOptions {
  readonly database: Database;
  /** Of the embedded database; `undefined` for a server. */
  readonly folder: string | undefined;
  /** Who asks: a copy holds the results of all jobs, and the audit says so. */
  readonly owner: string;
}

/**
 * @returns the archive, compressed with gzip
 * @throws MienError `USAGE` for a database server, `OUTPUT_FAILED` if there is no room for the copy of the database
 */
export async function backUp({ database, folder, owner }: BackUpOptions): Promise<Readable> {
  const { hold } = database;
  if (hold === undefined || folder === undefined) {
    throw new MienError(
      'USAGE',
      'backup: copies the embedded database; of a PostgreSQL server make one with pg_dump, and copy the folder of --store',
    );
  }
  await removeCopies(folder);
  const copy = join(folder, `${PREFIX}${randomUUID()}`);
  const forget = () => rm(copy, { recursive: true, force: true });
  try {
    await mkdir(copy, { mode: 0o700 });
    await hold(async (source) => {
      await cp(source, join(copy, 'database'), { recursive: true, mode: constants.COPYFILE_FICLONE });
      await linkFolder(join(folder, 'files'), join(copy, 'files'));
    });
    const keys = join(folder, 'keys.json');
    if (await exists(keys)) await copyFile(keys, join(copy, 'keys.json'));
    await database.query(
      `INSERT INTO mien.access (owner, job_id, format) SELECT $1, id, 'backup' FROM mien.job`,
      [owner],
    );
  } catch (cause) {
    await forget();
    if (cause instanceof MienError) throw cause;
    throw new MienError(
      'OUTPUT_FAILED',
      `backup: ${(cause as Error).message}; free some space and try again`,
      {
        cause,
      },
    );
  }
  const archive = createGzip();
  // The copy is deleted after its last byte, or by the pipeline's callback if the reader stops before.
  const content = async function* () {
    yield* writeTar(copy);
    await forget();
  };
  pipeline(Readable.from(content()), archive, () => void forget());
  return archive;
}

/** Copies that a killed process left. */
async function removeCopies(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(folder, name);
    const status = await stat(path).catch(() => undefined);
    const isOurs = status !== undefined && status.mtimeMs >= performance.timeOrigin;
    if (!isOurs) await rm(path, { recursive: true, force: true });
  }
}

/** Files of the store are replaced as a whole; only an upload that is not whole yet grows, and no job has it. */
async function linkFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkFolder(source, target);
    else await linkOrCopy(source, target);
  }
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return; // Deleted just now, and its job was over before.
    if (code === 'ENOSPC') throw error;
    await copyFile(source, target); // Some file systems have no links.
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
