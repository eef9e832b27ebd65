/** The folder of a training run: checkpoints and `log.csv`. Every file is written whole or not at all. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { toCsvLog } from '../log.js';
import type { RunStore } from '../run-store.js';
import { readCheckpoint, writeCheckpoint } from './read-checkpoint.js';
import { explainWriteError, PARTIAL_FILE, writeFileWhole } from './write-file.js';

/** Within the folder. */
export const LOG_FILE = 'log.csv';

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

/** Creates the folder where it is missing, and removes the partial files that a killed process left in it. */
async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    const leftovers = (await readdir(path)).filter((name) => PARTIAL_FILE.test(name));
    for (const name of leftovers) await rm(join(path, name), { force: true });
  } catch (cause) {
    const [reason] = explainWriteError(cause);
    throw new MienError(
      'OUTPUT_FAILED',
      `${path}: the folder cannot be created (${reason}); choose another one`,
      { cause },
    );
  }
}
