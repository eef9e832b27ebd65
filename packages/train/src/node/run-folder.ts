/**
 * The folder of a training run: checkpoints and `log.csv`, and a lock while a process trains into it. Every file is written
 * whole or not at all.
 */
import { mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MienError } from '@mien/core';
import { toCsvLog } from '../log.js';
import type { RunStore } from '../run-store.js';
import { readCheckpoint, writeCheckpoint } from './read-checkpoint.js';
import { takeProcessLock } from './process-lock.js';
import { explainWriteError, PARTIAL_FILE, writeFileWhole } from './write-file.js';

/** Within the folder. */
export const LOG_FILE = 'log.csv';
const LOCK_FILE = '.mien-train.lock';

/**
 * A run's folder as its store; created by `prepare` where it is missing.
 *
 * All methods that write throw MienError `OUTPUT_FAILED` where they cannot.
 */
export function createRunFolder(folder: string): RunStore {
  const pathOf = (name: string): string => join(folder, name);
  return {
    prepare: () => prepareFolder(folder),
    saveCheckpoint: (name, checkpoint) => writeCheckpoint(pathOf(name), checkpoint),
    async loadCheckpoint(name) {
      const path = pathOf(name);
      const exists = await stat(path).then(
        () => true,
        () => false,
      );
      return exists ? readCheckpoint(path) : undefined;
    },
    saveLog: (history) => writeFileWhole(pathOf(LOG_FILE), toCsvLog(history)),
    pathOf,
  };
}

/**
 * Keeps other processes from training into a folder meanwhile. The lock of a process that is gone does not count.
 *
 * @throws MienError `USAGE` while another process trains into it, `OUTPUT_FAILED`; what `work` throws
 */
export async function withRunFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = resolve(folder);
  const [taken, made] = await mkdir(path, { recursive: true })
    .then(async (first) => [await takeProcessLock(join(path, LOCK_FILE)), first] as const)
    .catch((cause: unknown) => {
      throw cannotCreate(folder, cause);
    });
  if ('pid' in taken) {
    throw new MienError('USAGE', `${folder}: process ${taken.pid} is training into it; wait until it ends, or choose another --out`); // prettier-ignore
  }
  try {
    return await work();
  } finally {
    await taken.release();
    if (made !== undefined) await removeEmpty(path, made);
  }
}

/** Removes a folder and those above it up to `last`, as far as they are empty. */
async function removeEmpty(path: string, last: string): Promise<void> {
  const isGone = await rmdir(path).then(
    () => true,
    () => false,
  );
  if (isGone && path !== last) await removeEmpty(dirname(path), last);
}

/** Creates the folder where it is missing, and removes the partial files that a killed process left in it. */
async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    const leftovers = (await readdir(path)).filter((name) => PARTIAL_FILE.test(name));
    for (const name of leftovers) await rm(join(path, name), { force: true });
  } catch (cause) {
    throw cannotCreate(path, cause);
  }
}

function cannotCreate(path: string, cause: unknown): MienError {
  const [reason] = explainWriteError(cause);
  const message = `${path}: the folder cannot be created (${reason}); choose another one`;
  return new MienError('OUTPUT_FAILED', message, { cause });
}
