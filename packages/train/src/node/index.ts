/**
 * Files and folders for training in Node: readers of collections, run folders, checkpoints and TensorBoard logs.
 * `@mien/train/node`.
 */
export type { ReadEvents } from './layouts/plan.js';
export { readCheckpoint, writeCheckpoint } from './read-checkpoint.js';
export {
  checkDatasetPath,
  LAYOUTS,
  readDataset,
  type Layout,
  type ReadDatasetOptions,
} from './read-dataset.js';
export { readFer2013 } from './read-fer2013.js';
export { readFerPlusVotes } from './read-ferplus.js';
export { readGroups } from './read-groups.js';
export { readLabelMap } from './read-label-map.js';
export type { PictureTools } from './read-pictures.js';
export { createRunFolder, LOG_FILE, withRunFolder } from './run-folder.js';
export { createTensorBoardLog, type TensorBoardOptions } from './tensorboard/tensorboard-log.js';
export { writeFileWhole } from './write-file.js';
