/** The folder of a run: what is in it, and how the files are named. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import type { Graph } from '@mien/core/nn';
import { checkpointExtension, type EpochSummary } from './checkpoint.js';
import { explainWriteError, PARTIAL_FILE } from './write-file.js';

/** Within the folder. */
export const LOG_FILE = 'log.csv';

/** Names of the checkpoint to go on from: of most networks, and of those that Keras has no layers for. */
export const LAST_CHECKPOINTS = ['last.hdf5', 'last.safetensors'] as const;

export function lastCheckpointName(graph: Graph): string {
  return `last${checkpointExtension(graph)}`;
}

/** `_mini_XCEPTION.{epoch:02d}-{validation accuracy:.2f}`, the paper's code's own pattern. */
export function checkpointName(graph: Graph, { epoch, valAccuracy }: EpochSummary): string {
  return `_${graph.name}.${String(epoch).padStart(2, '0')}-${valAccuracy.toFixed(2)}${checkpointExtension(graph)}`;
}

/**
 * Makes the folder where it is missing, and takes away what a killed process left half-written in it.
 *
 * @throws MienError `OUTPUT_FAILED`
 */
export async function prepareRunFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    const leftovers = (await readdir(path)).filter((name) => PARTIAL_FILE.test(name));
    for (const name of leftovers) await rm(join(path, name), { force: true });
  } catch (cause) {
    const [reason] = explainWriteError(cause);
    throw new MienError(
      'OUTPUT_FAILED',
      `${path}: the folder cannot be made (${reason}); choose another one`,
      {
        cause,
      },
    );
  }
}
