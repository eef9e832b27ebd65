/** What a training run tells while it goes, and in the end. */
import type { EpochSummary, Progress } from './training-state.js';
import type { ClassificationMetrics } from './metrics/classification-metrics.js';
import type { Recipe } from './recipe/recipe.js';

/** Called as the run goes; a caller that shows progress needs nothing else. */
export interface TrainEvents {
  onStart?(plan: TrainingPlan): void;
  onBatch?(progress: BatchProgress): void;
  onEpoch?(summary: EpochSummary): void;
  /** `best` when an epoch is better than all before, `last` when a run's state is saved to go on from. */
  onCheckpoint?(path: string, kind: 'best' | 'last'): void;
  /** The run is over: finished, out of patience or stopped, but not failed. */
  onEnd?(result: TrainResult): void;
}

export interface TrainingPlan {
  readonly trainCount: number;
  readonly validationCount: number;
  readonly batchesPerEpoch: number;
  readonly epochs: number;
  readonly threads: number;
  /** Where the run starts, or goes on. */
  readonly epoch: number;
}

export interface BatchProgress {
  readonly epoch: number;
  /** Updates made in this epoch, and in all of it. */
  readonly batch: number;
  readonly batches: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  /** Until the end of the epoch, validation left out. */
  readonly secondsLeft: number;
}

export interface TrainResult {
  readonly reason: 'finished' | 'patience' | 'aborted';
  readonly recipe: Recipe;
  /** In the order of the network's outputs, and of everything below that goes by label. */
  readonly labels: readonly string[];
  /** Pictures of each label. */
  readonly counts: { readonly training: readonly number[]; readonly validation: readonly number[] };
  readonly history: readonly EpochSummary[];
  /** `undefined` before the first epoch is complete. */
  readonly best: BestEpoch | undefined;
  /** The state at the end, to resume from. */
  readonly lastPath: string;
}

export interface BestEpoch {
  readonly summary: EpochSummary;
  /** Its checkpoint. */
  readonly path: string;
  /** On the validation rows; `undefined` where a run goes on from a checkpoint of before they were kept. */
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
