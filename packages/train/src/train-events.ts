/** Events and result of a training run. */
import type { EpochSummary, Progress } from './training-state.js';
import type { ClassificationMetrics } from './metrics/classification-metrics.js';
import type { Recipe } from './recipe/recipe.js';

/** Handlers of events during a run. */
export interface TrainEvents {
  onStart?(plan: TrainingPlan): void;
  onBatch?(progress: BatchProgress): void;
  onEpoch?(summary: EpochSummary): void;
  /** `best` for an epoch that is better than all before, `last` for the state to resume from. */
  onCheckpoint?(path: string, kind: 'best' | 'last'): void;
  /** The run ended: finished, out of patience or aborted, but not failed. */
  onEnd?(result: TrainResult): void;
}

export interface TrainingPlan {
  readonly trainCount: number;
  readonly validationCount: number;
  /** Pictures of the dataset that this run uses for neither, such as those of a test split. */
  readonly unusedCount: number;
  readonly batchesPerEpoch: number;
  readonly epochs: number;
  readonly threads: number;
  /** The first epoch to train, from 1. */
  readonly epoch: number;
  /** Validation pictures whose pixels are also trained on, byte for byte. */
  readonly repeatedCount: number;
}

export interface BatchProgress {
  readonly epoch: number;
  /** Updates in this epoch so far, and in the whole epoch. */
  readonly batch: number;
  readonly batches: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  /** Until the end of the epoch, without validation. */
  readonly secondsLeft: number;
}

export interface TrainResult {
  readonly reason: 'finished' | 'patience' | 'aborted';
  readonly recipe: Recipe;
  /** In the order of the network's outputs, as all lists by label below. */
  readonly labels: readonly string[];
  /** Number of pictures of each label. */
  readonly counts: { readonly training: readonly number[]; readonly validation: readonly number[] };
  readonly history: readonly EpochSummary[];
  /** `undefined` without complete epochs. */
  readonly best: BestEpoch | undefined;
  /** The checkpoint to resume from. */
  readonly lastPath: string;
}

export interface BestEpoch {
  readonly summary: EpochSummary;
  /** Its checkpoint. */
  readonly path: string;
  /** On the validation rows; `undefined` for runs resumed from old checkpoints without them. */
  readonly metrics: ClassificationMetrics | undefined;
}

export function toBatchProgress(progress: Progress, batches: number, trainCount: number): BatchProgress {
  const { epoch, batch, lossSum, correct, seen, seconds } = progress;
  const imagesPerSecond = seconds > 0 ? seen / seconds : 0;
  return {
    epoch,
    batch,
    batches,
    loss: lossSum / seen,
    accuracy: correct / seen,
    imagesPerSecond,
    secondsLeft: imagesPerSecond > 0 ? (trainCount - seen) / imagesPerSecond : 0,
  };
}
