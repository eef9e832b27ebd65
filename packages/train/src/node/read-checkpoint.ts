/** Checkpoints as files on disk. */
import { readFile } from 'node:fs/promises';
import { CHECKPOINT_ADVICE, parseCheckpoint, toCheckpointFile } from '../checkpoint.js';
import type { Checkpoint } from '../training-state.js';
import { refuseNamedPipe } from './named-pipe.js';
import { toUnreadable } from './unreadable.js';
import { writeFileWhole } from './write-file.js';

/** @throws MienError when the file cannot be read, is damaged, or is a model without training state */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  await refuseNamedPipe(path);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw toUnreadable(path, cause, CHECKPOINT_ADVICE);
  });
  return parseCheckpoint(bytes, path);
}

/**
 * Writes a checkpoint: safetensors for paths that end in `.safetensors`, otherwise Keras 2.
 *
 * @throws MienError `OUTPUT_FAILED`; an existing file at this path stays whole
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileWhole(path, await toCheckpointFile(path, checkpoint));
}
