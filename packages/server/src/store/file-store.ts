/**
 * Uploads, readings and results, as files of one folder. Several machines share it as a network folder, or use a bucket
 * instead (`s3-store.ts`).
 *
 *   uploads/<job>/<index>                     deleted when it is analysed; of failed ones, with the job
 *   chunks/<job>/<index>/<chunk>.ndjson.gz    readings of a chunk of a video; as uploads
 *   results/<job>/<index>.ndjson.gz           deleted with the job
 *   models/…                                  models of one's own, see `model-store.ts`
 *
 * Keys hold no number of an attempt: another attempt gives the same bytes. They are made here from ids and numbers alone: nothing that a client sent becomes part of a path.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import {
  access,
  copyFile,
  constants,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MienError } from '@mien/core';
import { StoreError } from './store-error.js';

export interface StoredFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A file of the store on this machine. */
export interface BorrowedFile {
  readonly path: string;
  /** It is not needed any more. */
  release(): void;
}

export interface FileStore {
  /** Its folder, or `s3://bucket/prefix`, for messages. */
  readonly place: string;
  /** Identifies the store, wherever it is mounted. */
  readonly id: string;
  /** @throws MienError `INPUT_UNREADABLE` if there is no such file; another error if the store cannot be reached */
  borrow(key: string): Promise<BorrowedFile>;
  /** Stores a stream; what was written of one that fails is removed. */
  add(key: string, content: Readable): Promise<StoredFile>;
  addFile(key: string, path: string): Promise<StoredFile>;
  /** Replaces whole files only, so that a reader never sees a part. */
  replace(key: string, bytes: Uint8Array): Promise<StoredFile>;
  read(key: string): Readable;
  /** Keys below a folder, such as `models/names`, in no order. */
  list(folder: string): Promise<string[]>;
  /** One that is not there is fine. */
  remove(key: string): Promise<void>;
  /** When the newest upload of a job was written, on the clock of the store; `undefined` if there is none. */
  uploadedAt(jobId: string): Promise<Date | undefined>;
  /** The uploads of a job, and the readings of its chunks. */
  removeUploads(jobId: string): Promise<void>;
  /** The readings of the chunks of one video. */
  removeChunks(jobId: string, index: number): Promise<void>;
  removeJob(jobId: string): Promise<void>;
  close(): Promise<void>;
}

/** What the keys of a job begin with, followed by its id. */
export const KINDS = ['uploads', 'chunks', 'results'] as const;

const ID_FILE = 'store-id';
/** The end of the name of a file that is not whole yet: a UUID. */
const PARTIAL = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const uploadKey = (jobId: string, index: number): string => `uploads/${jobId}/${index}`;
export const resultKey = (jobId: string, index: number): string => `results/${jobId}/${index}.ndjson.gz`;

export const chunksPrefix = (jobId: string, index: number): string => `chunks/${jobId}/${index}`;
export const chunkKey = (jobId: string, index: number, chunk: number): string =>
  `${chunksPrefix(jobId, index)}/${chunk}.ndjson.gz`;

/** What a store answers about a file that is not there. */
export function toMissing(key: string): MienError {
  return new MienError('INPUT_UNREADABLE', `${key}: is not in the store any more; submit the file again`);
}

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
  /** A network folder that is not mounted is an empty one: nothing is missing in it, and nothing may be written to it. */
  const requireStore = async () => {
    const found = await readFile(join(folder, ID_FILE), 'utf8').catch(() => undefined);
    if (found?.trim() !== id)
      throw new StoreError(`${folder}: the files of jobs are not there; is it mounted?`);
  };
  const prepare = async (key: string) => {
    await requireStore();
    const path = pathOf(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(toStoreError);
    return path;
  };
  return {
    place: folder,
    id,
    async borrow(key) {
      const path = pathOf(key);
      await access(path).catch(async (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        await requireStore();
        throw toMissing(key);
      });
      return { path, release: () => undefined };
    },
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
        await rm(path, { force: true }).catch(() => undefined); // The first error says what is wrong.
        return toStoreError(error);
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
      try {
        await writeFile(partial, bytes, { mode: 0o600, flush: true });
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true }).catch(() => undefined); // The first error says what is wrong.
        throw error;
      }
      return { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    read: (key) => createReadStream(pathOf(key)),
    async list(below) {
      const entries = await readdir(pathOf(below), { withFileTypes: true, recursive: true }).catch(
        (error: unknown) => {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
          throw error;
        },
      );
      // What is being written has a longer name until it is whole.
      return entries
        .filter((entry) => entry.isFile() && !PARTIAL.test(entry.name))
        .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'));
    },
    async remove(key) {
      await rm(pathOf(key), { force: true });
      await rmdir(dirname(pathOf(key))).catch(() => undefined); // There are others left.
    },
    async uploadedAt(jobId) {
      const below = pathOf(`uploads/${jobId}`);
      const names = await readdir(below).catch(() => []);
      const times = await Promise.all(
        // One that is gone meanwhile counts for nothing.
        names.map((name) =>
          stat(join(below, name)).then(
            ({ mtimeMs }) => mtimeMs,
            () => -Infinity,
          ),
        ),
      );
      return toNewest(times);
    },
    async removeUploads(jobId) {
      for (const kind of ['uploads', 'chunks']) {
        await rm(pathOf(`${kind}/${jobId}`), { recursive: true, force: true });
      }
    },
    removeChunks: (jobId, index) => rm(pathOf(chunksPrefix(jobId, index)), { recursive: true, force: true }),
    async removeJob(jobId) {
      for (const kind of KINDS) {
        await rm(pathOf(`${kind}/${jobId}`), { recursive: true, force: true });
      }
    },
    close: () => Promise.resolve(),
  };
}

/** @param times in milliseconds */
export function toNewest(times: readonly number[]): Date | undefined {
  const newest = Math.max(...times);
  return newest === -Infinity ? undefined : new Date(newest);
}

/** What the folder refuses is not the fault of a file or of who sent it. A full disk has an answer of its own. */
function toStoreError(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^(EACCES|EPERM|EROFS|EIO|ESTALE|ENOTDIR|ENOENT|ENODEV)$/.test(code))
    throw error;
  throw new StoreError(message, { cause: error });
}

async function readId(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, ID_FILE);
  await writeFile(path, randomUUID(), { flag: 'wx' }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  return (await readFile(path, 'utf8')).trim();
}
