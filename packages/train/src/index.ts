/**
 * Mien's training for Node: datasets in, checkpoints out, and figures about them.
 */
export {
  drawDistortion,
  toAffineMatrix,
  type AffineMatrix,
  type Distortion,
  type Size,
} from './augment/affine.js';
export type { Augmentation, Erasing, Photometric, Quality } from './augment/augmentation.js';
export { randomOfEpoch } from './augment/picture-effects.js';
export {
  checkpointExtension,
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
  type EpochSummary,
  type Progress,
  type TrainingState,
} from './checkpoint.js';
export { chooseRows } from './choose-rows.js';
export { combineEvents } from './combine-events.js';
export { createBatchInputs, type BatchInputs, type InputContract } from './data/batch-inputs.js';
export { heldOutFraction, splitHeldOut } from './data/held-out.js';
export { checkDataset, NEAR_DISTANCE, type DatasetCheck, type DuplicateGroup } from './data/check-dataset.js';
export {
  allRows,
  datasetSha256,
  imageOf,
  labelOf,
  rowsOfSplit,
  rowsRepeatedElsewhere,
  sourceOf,
  splitsOf,
  type Dataset,
  type Rows,
  type Split,
} from './data/dataset.js';
export { FER2013_LABELS } from '@mien/core';
export { FER2013_SIDE, FER2013_SPLITS, readFer2013 } from './data/fer2013.js';
export { readLabelMap, type LabelMap } from './data/label-map.js';
export type { ReadEvents } from './data/layouts/plan.js';
export { LAYOUTS, readDataset, type Layout, type ReadDatasetOptions } from './data/read-dataset.js';
export type { PictureTools } from './data/read-pictures.js';
export {
  evaluateModel,
  evaluateRows,
  type EvaluateOptions,
  type Evaluation,
  type Predictions,
  type RowsEvaluation,
} from './evaluate-model.js';
export {
  assessReadings,
  calibrate,
  compareReadings,
  effectOfTemperature,
  measureAccuracy,
  type Assessment,
  type MeasuredAccuracy,
  type PartAccuracy,
  type TemperatureEffect,
} from './evaluation/assess.js';
export {
  corrupt,
  CORRUPTION_LEVELS,
  CORRUPTIONS,
  STRENGTHS,
  type Corruption,
  type Strength,
} from './evaluation/corruptions.js';
export { transformRows, type GreyPicture, type PictureTransform } from './evaluation/transform-rows.js';
export { createViewReader, type ViewReader } from './evaluation/view-reader.js';
export { VIEWS, type View } from './evaluation/views.js';
export { type Interval } from './metrics/bootstrap.js';
export type { McNemar } from './metrics/mcnemar.js';
export type { CoveragePoint, SelectiveMetrics } from './metrics/selective.js';
export { fitTemperature } from './metrics/temperature.js';
export {
  ECE_BINS,
  evaluatePredictions,
  toCalibrationBins,
  type CalibrationBin,
  type ClassificationMetrics,
  type ClassMetrics,
} from './metrics/classification-metrics.js';
export { createGraph } from './network-of-recipe.js';
export { learningRateAt } from './learning-rate.js';
export type { Monitor, NetworkRecipe, PresetName, Recipe, RecipeFile, Validation } from './recipe/recipe.js';
export * from './session/index.js';
export { checkpointName, LAST_CHECKPOINTS, LOG_FILE } from './run-folder.js';
export {
  isComplete,
  RESULT_COLUMNS,
  RUN_STATES,
  summarizeProgress,
  summarizeQueue,
  toQueueMarkdown,
  type QueueResults,
  type RunBest,
  type RunResult,
  type RunState,
} from './queue/queue-results.js';
export { secondsLeft, type EpochCost } from './queue/time-left.js';
export type { CountedProgress, OnProgress } from './progress.js';
export { bestEpoch } from './stopping.js';
export type { BatchProgress, BestEpoch, TrainEvents, TrainingPlan, TrainResult } from './train-events.js';
export { createTensorBoardLog, type TensorBoardOptions } from './tensorboard/tensorboard-log.js';
export { trainModel, type TrainOptions } from './trainer.js';
export { writeFileWhole } from './write-file.js';
