/** Checkpoints as files on disk. */
import { readFile } from 'node:fs/promises';
import { CHECKPOINT_ADVICE, parseCheckpoint, toCheckpointFile } from '../checkpoint.js';
import type { Checkpoint } from '../training-state.js';
import { toUnreadable } from './unreadable.js';
import { writeFileWhole } from './write-file.js';

/** @throws MienError when the file cannot be read, is damaged, or is a model without training state */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw toUnreadable(path, cause, CHECKPOINT_ADVICE);
  });
  return parseCheckpoint(bytes, path);
}

/**
 * Writes a checkpoint in the format that its name says: safetensors for `.safetensors`, Keras 2 for any other.
 *
 * @throws MienError `OUTPUT_FAILED`; an existing file at this path stays whole
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileWhole(path, await toCheckpointFile(path, checkpoint));
}
