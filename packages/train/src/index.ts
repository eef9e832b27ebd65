/**
 * Mien's training for Node: datasets in, checkpoints out, and figures about them.
 */
export {
  drawDistortion,
  PAPER_AUGMENTATION,
  toAffineMatrix,
  type AffineMatrix,
  type Augmentation,
  type Distortion,
  type Size,
} from './augment/affine.js';
export {
  checkpointExtension,
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
  type EpochSummary,
  type Progress,
  type TrainingState,
} from './checkpoint.js';
export { combineEvents } from './combine-events.js';
export { createBatchInputs, type BatchInputs, type InputContract } from './data/batch-inputs.js';
export {
  datasetSha256,
  imageOf,
  rowsOfSplit,
  rowsRepeatedElsewhere,
  SPLITS,
  splitsOf,
  type Dataset,
  type Rows,
  type Split,
} from './data/dataset.js';
export { FER2013_LABELS, FER2013_SIDE, readFer2013 } from './data/fer2013.js';
export {
  evaluateModel,
  evaluateRows,
  type EvaluateOptions,
  type Evaluation,
  type Predictions,
  type RowsEvaluation,
} from './evaluate-model.js';
export {
  ECE_BINS,
  evaluatePredictions,
  toCalibrationBins,
  type CalibrationBin,
  type ClassificationMetrics,
  type ClassMetrics,
} from './metrics/classification-metrics.js';
export { createRandom, type Random, type RandomState } from './random.js';
export {
  learningRateAt,
  MONITORS,
  parseRecipe,
  PRESETS,
  SCHEDULES,
  type Monitor,
  type PresetName,
  type Recipe,
  type Schedule,
  type Validation,
} from './recipe.js';
export type { AdamConfig, OptimizerConfig, OptimizerState, SgdConfig } from './session/optimizer.js';
export {
  createTrainingSession,
  type StepResult,
  type TrainingSession,
  type TrainingSessionOptions,
} from './session/training-session.js';
export { createTensorBoardLog, type TensorBoardOptions } from './tensorboard/tensorboard-log.js';
export {
  bestEpoch,
  checkpointName,
  chooseRows,
  LAST_CHECKPOINTS,
  LOG_FILE,
  trainModel,
  type BatchProgress,
  type TrainEvents,
  type TrainingPlan,
  type TrainOptions,
  type TrainResult,
} from './trainer.js';
export { writeFileWhole } from './write-file.js';
