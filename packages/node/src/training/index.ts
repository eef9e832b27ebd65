/** State and reports of training runs. `@mien/node/training`. */
export { madeWith } from '../made-with.js';
export {
  type Checkpoints,
  listCheckpoints,
  type ListedCheckpoint,
  type Ranking,
} from './list-checkpoints.js';
export { mayBeCheckpoint, readTrainingState } from './read-training-state.js';
export { createRunReport, REPORT_FILE } from './run-report.js';
