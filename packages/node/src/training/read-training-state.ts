import type { ImportedModel } from '@mien/formats';
import { extensionOf, type ModelExtension } from '@mien/formats/model-file';
import type { TrainingState } from '@mien/train';
import { readCheckpoint } from '@mien/train/node';

/** Formats of checkpoints of `mien train`. */
const CHECKPOINTS: readonly (ModelExtension | undefined)[] = ['.hdf5', '.h5', '.safetensors'];

export function mayBeCheckpoint(path: string): boolean {
  return CHECKPOINTS.includes(extensionOf(path));
}

/**
 * Reads the training state in a checkpoint of `mien train`.
 *
 * @param imported the same file
 * @returns `undefined` for other model files
 * @throws MienError `MODEL_INVALID` if it is damaged
 */
export async function readTrainingState(
  path: string,
  { metadata }: Pick<ImportedModel, 'metadata'>,
): Promise<TrainingState | undefined> {
  const isCheckpoint = mayBeCheckpoint(path) && metadata['training'] !== undefined;
  return isCheckpoint ? (await readCheckpoint(path)).training : undefined;
}
