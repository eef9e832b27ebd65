/**
 * Uploads and results, as files of one folder. Several machines share it as a network folder.
 *
 *   uploads/<job>/<index>            deleted when it is analysed; of failed ones, with the job
 *   results/<job>/<index>.ndjson.gz  deleted with the job
 *
 * Keys are made here from ids and numbers alone: nothing that a client sent becomes part of a path.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, constants, mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MienError } from '@mien/core';

export interface StoredFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface FileStore {
  readonly folder: string;
  /** Identifies the folder, wherever it is mounted. */
  readonly id: string;
  pathOf(key: string): string;
  /** Stores a stream; what was written of one that fails is removed. */
  add(key: string, content: Readable): Promise<StoredFile>;
  addFile(key: string, path: string): Promise<StoredFile>;
  /** Replaces whole files only, so that a reader never sees a part. */
  replace(key: string, bytes: Uint8Array): Promise<StoredFile>;
  read(key: string): Readable;
  removeUpload(key: string): Promise<void>;
  removeUploads(jobId: string): Promise<void>;
  removeJob(jobId: string): Promise<void>;
}

const ID_FILE = 'store-id';

export const uploadKey = (jobId: string, index: number): string => `uploads/${jobId}/${index}`;
export const resultKey = (jobId: string, index: number): string => `results/${jobId}/${index}.ndjson.gz`;

/** @throws MienError `OUTPUT_FAILED` for a folder that cannot be written */
export async function openFileStore(folder: string): Promise<FileStore> {
  const id = await readId(folder).catch((cause: unknown) => {
    throw new MienError(
      'OUTPUT_FAILED',
      `${folder}: cannot be written (${(cause as Error).message}); choose another folder`,
      { cause },
    );
  });
  const pathOf = (key: string) => join(folder, key);
  const prepare = async (key: string) => {
    const path = pathOf(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return path;
  };
  return {
    folder,
    id,
    pathOf,
    async add(key, content) {
      const path = await prepare(key);
      const hash = createHash('sha256');
      let sizeBytes = 0;
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          sizeBytes += chunk.length;
          done(undefined, chunk);
        },
      });
      try {
        await pipeline(content, count, createWriteStream(path, { mode: 0o600 }));
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
      return { sizeBytes, sha256: hash.digest('hex') };
    },
    async addFile(key, path) {
      const target = await prepare(key);
      await copyFile(path, target, constants.COPYFILE_FICLONE);
      const hash = createHash('sha256');
      await pipeline(createReadStream(target), hash);
      return { sizeBytes: (await stat(target)).size, sha256: hash.digest('hex') };
    },
    async replace(key, bytes) {
      const path = await prepare(key);
      const partial = `${path}.${randomUUID()}`;
      await writeFile(partial, bytes, { mode: 0o600, flush: true });
      await rename(partial, path);
      return { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    read: (key) => createReadStream(pathOf(key)),
    async removeUpload(key) {
      await rm(pathOf(key), { force: true });
      await rmdir(dirname(pathOf(key))).catch(() => undefined); // There are others left.
    },
    removeUploads: (jobId) => rm(pathOf(`uploads/${jobId}`), { recursive: true, force: true }),
    async removeJob(jobId) {
      for (const kind of ['uploads', 'results']) {
        await rm(pathOf(`${kind}/${jobId}`), { recursive: true, force: true });
      }
    },
  };
}

async function readId(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, ID_FILE);
  await writeFile(path, randomUUID(), { flag: 'wx' }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  return (await readFile(path, 'utf8')).trim();
}
