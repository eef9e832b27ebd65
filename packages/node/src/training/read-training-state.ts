import type { ImportedModel } from '@mien/formats';
import { extensionOf, type ModelExtension } from '@mien/formats/model-file';
import type { TrainingState } from '@mien/train';
import { readCheckpoint } from '@mien/train/node';

/** Formats that `mien train` keeps its checkpoints in. */
const CHECKPOINTS: readonly (ModelExtension | undefined)[] = ['.hdf5', '.h5', '.safetensors'];

export function mayBeCheckpoint(path: string): boolean {
  return CHECKPOINTS.includes(extensionOf(path));
}

/**
 * What `mien train` left in a model file to go on from.
 *
 * @param imported the same file
 * @returns `undefined` for a model without it, or one that something else wrote
 * @throws MienError `MODEL_INVALID` when it is damaged
 */
export async function readTrainingState(
  path: string,
  { metadata }: Pick<ImportedModel, 'metadata'>,
): Promise<TrainingState | undefined> {
  const isCheckpoint = mayBeCheckpoint(path) && metadata['training'] !== undefined;
  return isCheckpoint ? (await readCheckpoint(path)).training : undefined;
}
