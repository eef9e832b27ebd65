/**
 * Mien's training, in Node and in pages: datasets, augmentation, the trainer and evaluation. `@mien/train`.
 *
 * Nothing that this entry point imports touches files or Node; `@mien/train/node` reads and writes files.
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
export { checkpointExtension, parseCheckpoint, toCheckpointFile } from './checkpoint.js';
export { chooseRows } from './choose-rows.js';
export { combineEvents } from './combine-events.js';
export { createBatchInputs, type BatchInputs, type NetworkInput } from './data/batch-inputs.js';
export { heldOutFraction, splitHeldOut } from './data/held-out.js';
export { checkDataset, NEAR_DISTANCE, type DatasetCheck, type DuplicateGroup } from './data/check-dataset.js';
export {
  allRows,
  datasetSha256,
  channelsOf,
  greyImageOf,
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
export { FER2013_SIDE, FER2013_SPLITS } from './data/fer2013/fer2013.js';
export { createFer2013Parser, type Fer2013Parser } from './data/fer2013/fer2013-parser.js';
export { parseFer2013Blob } from './data/fer2013/parse-fer2013-blob.js';
export { parseGroups, type Grouping } from './data/groups.js';
export { addFerPlusVotes } from './data/ferplus.js';
export { parseLabelMap, type LabelMap } from './data/label-map.js';
export {
  evaluateModel,
  evaluateRows,
  type EvaluateOptions,
  type Evaluation,
  type RowsEvaluation,
} from './evaluate-model.js';
export { type AdjustedFigures, type LogitAdjustment } from './evaluation/adjust-logits.js';
export {
  assessReadings,
  compareReadings,
  measureAccuracy,
  type Assessment,
  type ByMargin,
  type MeasuredAccuracy,
  type MeasuredClass,
  type PartAccuracy,
} from './evaluation/assess.js';
export {
  calibrate,
  effectOfTemperature,
  fitCalibration,
  type FittedCalibration,
  type TemperatureEffect,
} from './evaluation/calibrate.js';
export {
  corrupt,
  CORRUPTION_LEVELS,
  CORRUPTIONS,
  STRENGTHS,
  type Corruption,
  type Strength,
} from './evaluation/corruptions.js';
export {
  measureFaithfulness,
  sampleRows,
  type Faithfulness,
  type FaithfulnessOptions,
  type Fall,
} from './evaluation/faithfulness.js';
export { foldLogitOffsets, foldTemperature } from './evaluation/fold-logits.js';
export type { CorruptionResults } from './evaluation/measure-corruptions.js';
export {
  MIN_GROUP_PICTURES,
  type MeasuredGroup,
  type MeasuredGrouping,
} from './evaluation/measure-groups.js';
export {
  measureModel,
  type Comparison,
  type FittedOn,
  type MeasuredAdjustment,
  type MeasuredCalibration,
  type MeasureOptions,
  type ModelMeasurement,
} from './evaluation/measure-model.js';
export { transformRows, type GreyPicture, type PictureTransform } from './evaluation/transform-rows.js';
export { createViewReader, type ViewReader } from './evaluation/view-reader.js';
export { VIEWS, type View } from './evaluation/views.js';
export { type Interval } from './metrics/bootstrap.js';
export type { McNemar } from './metrics/mcnemar.js';
export type { CoveragePoint, SelectiveMetrics } from './metrics/selective.js';
export { chooseTau, logitOffsets, withLogitOffsets } from './metrics/logit-adjustment.js';
export { fitMinMargin } from './metrics/margin-threshold.js';
export { fitTemperature } from './metrics/temperature.js';
export {
  ECE_BINS,
  evaluatePredictions,
  toCalibrationBins,
  type CalibrationBin,
  type ClassificationMetrics,
  type ClassMetrics,
} from './metrics/classification-metrics.js';
export type { Predictions } from './predictions.js';
export { createGraph } from './network-of-recipe.js';
export { replaceLastLayer, splitAtLastLayer, type SplitGraph } from './last-layer.js';
export { learningRateAt } from './learning-rate.js';
export type { Monitor, NetworkRecipe, PresetName, Recipe, RecipeFile, Validation } from './recipe/recipe.js';
export * from './session/index.js';
export { toCsvLog } from './log.js';
export {
  checkpointName,
  createMemoryStore,
  LAST_CHECKPOINTS,
  lastCheckpointName,
  loadLastCheckpoint,
  type MemoryStore,
  type RunStore,
} from './run-store.js';
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
export type { TrainOptions } from './train-options.js';
export { trainModel } from './trainer.js';
export type { Checkpoint, EpochSummary, Progress, TrainingState } from './training-state.js';
