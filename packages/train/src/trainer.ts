/**
 * Trains a network on a dataset by a recipe; the whole course of a run reads top to bottom in {@link trainModel}.
 *
 * What a run leaves in its folder:
 *
 *   _<network>.<epoch>-<validation accuracy>.hdf5   whenever an epoch is better than all before
 *   last.hdf5                                        after every epoch and when interrupted; resume from here
 *   log.csv                                          one line an epoch
 *
 * All of them are written whole or not at all. A run that was interrupted anywhere and resumed gives the same bits
 * as one that never stopped: an update depends on weights, optimiser state and its place in the epoch alone.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { MienError } from '@mien/core';
import type { Graph, Weights } from '@mien/core/nn';
import {
  checkpointExtension,
  writeCheckpoint,
  type Checkpoint,
  type EpochSummary,
  type Progress,
} from './checkpoint.js';
import { createBatchInputs, type BatchInputs } from './data/batch-inputs.js';
import { datasetSha256, labelOf, rowsOfSplit, type Dataset, type Rows } from './data/dataset.js';
import { toCsvLog } from './log.js';
import { evaluatePredictions } from './metrics/classification-metrics.js';
import { MovingAverage } from './moving-average.js';
import { predictRows } from './predict-rows.js';
import { createRandom, type Random } from './random.js';
import { learningRateAt, type Monitor, type Recipe, type Validation } from './recipe.js';
import { createTrainingSession, type TrainingSession } from './session/training-session.js';
import { writeFileWhole } from './write-file.js';

export interface TrainOptions {
  readonly dataset: Dataset;
  readonly graph: Graph;
  /** What grey 0 and grey 255 become; default −1 and 1, as in the paper's code. */
  readonly inputRange?: readonly [low: number, high: number];
  readonly recipe: Recipe;
  /** Folder for checkpoints and log; made where it is missing. */
  readonly outputDir: string;
  /** Threads that share each update, which do not change its result; default: the session's own choice. */
  readonly threads?: number;
  /** Continues this run; graph, recipe and data must be those it was started with. */
  readonly resume?: Checkpoint;
  /** Stops after the update under way, saves, and returns. */
  readonly signal?: AbortSignal;
}

/** Called as the run goes; a caller that shows progress needs nothing else. */
export interface TrainEvents {
  onStart?(plan: TrainingPlan): void;
  onBatch?(progress: BatchProgress): void;
  onEpoch?(summary: EpochSummary): void;
  /** `best` when an epoch is better than all before, `last` when a run's state is saved to go on from. */
  onCheckpoint?(path: string, kind: 'best' | 'last'): void;
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
  readonly history: readonly EpochSummary[];
  /** The best epoch and its checkpoint; `undefined` before the first one is complete. */
  readonly best: { readonly summary: EpochSummary; readonly path: string } | undefined;
  /** The state at the end, to resume from. */
  readonly lastPath: string;
}

/** Within the output folder. */
export const LOG_FILE = 'log.csv';

/** Names of the checkpoint to go on from: of most networks, and of those that Keras has no layers for. */
export const LAST_CHECKPOINTS = ['last.hdf5', 'last.safetensors'] as const;

/**
 * Trains.
 *
 * @throws MienError `USAGE` when dataset, graph and recipe do not fit together, `DIVERGED` when the loss is no longer a
 *   number (the last checkpoint stays), `OUTPUT_FAILED` when a file cannot be written
 */
export async function trainModel(options: TrainOptions, events: TrainEvents = {}): Promise<TrainResult> {
  const { dataset, graph, recipe, outputDir, resume, signal } = options;
  const inputRange = options.inputRange ?? [-1, 1];
  const labels = dataset.labelNames;
  const sha256 = datasetSha256(dataset);
  if (resume !== undefined) checkSameRun(resume, options, sha256);

  const { trainRows, validationRows } = chooseRows(dataset, recipe.validation);
  const batches = Math.ceil(trainRows.length / recipe.batchSize);
  const random = createRandom(recipe.seed);
  const data = await createBatchInputs(
    dataset,
    { inputShape: graph.inputShape, inputRange },
    recipe.batchSize,
  );
  await makeDir(outputDir);

  const session = await createTrainingSession({
    graph,
    batchSize: recipe.batchSize,
    seed: recipe.seed,
    optimizer: { kind: 'adam' },
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  try {
    if (resume !== undefined) restore(session, resume);
    const average =
      recipe.emaDecay > 0
        ? new MovingAverage(resume?.weights ?? session.weights(), recipe.emaDecay)
        : undefined;
    let progress: Progress = resume?.training.progress ?? startOfEpoch(1, []);

    const lastName = `last${checkpointExtension(graph)}`;
    const save = async (name: string): Promise<string> => {
      const path = join(outputDir, name);
      const { step, tensors } = session.optimizerState();
      await writeCheckpoint(path, {
        graph,
        labels,
        inputRange,
        weights: average?.weights ?? session.weights(),
        training: {
          recipe,
          progress,
          datasetSha256: sha256,
          optimizerStep: step,
          optimizerTensors: tensors,
          trainedWeights: average === undefined ? undefined : session.weights(),
        },
      });
      events.onCheckpoint?.(path, name === lastName ? 'last' : 'best');
      return path;
    };
    const result = (reason: TrainResult['reason']): TrainResult => {
      const best = bestEpoch(progress.history, recipe.monitor);
      return {
        reason,
        history: progress.history,
        best: best && { summary: best, path: join(outputDir, checkpointName(graph, best)) },
        lastPath: join(outputDir, lastName),
      };
    };

    events.onStart?.({
      trainCount: trainRows.length,
      validationCount: validationRows.length,
      batchesPerEpoch: batches,
      epochs: recipe.epochs,
      threads: session.threads,
      epoch: progress.epoch,
    });

    while (progress.epoch <= recipe.epochs) {
      if (isOutOfPatience(progress.history, recipe)) return result('patience');
      const { epoch } = progress;
      const order = shuffled(trainRows, random.fork('order').fork(epoch));
      const distortions = random.fork('augmentation').fork(epoch);
      const startedMs = performance.now() - progress.seconds * 1000;

      for (let batch = progress.batch; batch < batches; batch++) {
        const rows = order.subarray(batch * recipe.batchSize, (batch + 1) * recipe.batchSize);
        const inputs =
          recipe.augmentation === null
            ? data.plain(rows)
            : data.augmented(rows, recipe.augmentation, distortions); // float32 [rows, height, width, 1], in inputRange
        const targets = toTargets(dataset, rows, recipe.labelSmoothing); // float32 [rows, classes], each sums to 1
        const updates = (epoch - 1) * batches + batch;
        const learningRate = learningRateAt(recipe, updates, batches);
        const { lossSum, correct } = locateDivergence(epoch, batch, () =>
          session.trainStep(inputs, targets, rows.length, learningRate),
        );
        average?.update(session.weights(), updates + 1);

        progress = {
          ...progress,
          batch: batch + 1,
          lossSum: progress.lossSum + lossSum,
          correct: progress.correct + correct,
          seen: progress.seen + rows.length,
          seconds: (performance.now() - startedMs) / 1000,
        };
        events.onBatch?.(toBatchProgress(progress, batches, trainRows.length));
        await turnOfEventLoop(); // signals arrive here
        if (signal?.aborted === true) {
          await save(lastName);
          return result('aborted');
        }
      }

      const validation = await withModelWeights(session, average?.weights, () =>
        validate(session, data, dataset, validationRows, recipe.batchSize),
      );
      const summary: EpochSummary = {
        epoch,
        loss: progress.lossSum / progress.seen,
        accuracy: progress.correct / progress.seen,
        valLoss: validation.nll,
        valAccuracy: validation.accuracy,
        learningRate: learningRateAt(recipe, epoch * batches - 1, batches),
        seconds: (performance.now() - startedMs) / 1000,
      };
      progress = startOfEpoch(epoch + 1, [...progress.history, summary]);
      await writeFileWhole(join(outputDir, LOG_FILE), toCsvLog(progress.history));
      events.onEpoch?.(summary);
      if (bestEpoch(progress.history, recipe.monitor) === summary) await save(checkpointName(graph, summary));
      await save(lastName);
      if (signal?.aborted === true) return result('aborted');
    }
    return result(isOutOfPatience(progress.history, recipe) ? 'patience' : 'finished');
  } finally {
    await session.dispose();
  }
}

/** `_mini_XCEPTION.{epoch:02d}-{validation accuracy:.2f}`, the paper's code's own pattern. */
export function checkpointName(graph: Graph, { epoch, valAccuracy }: EpochSummary): string {
  return `_${graph.name}.${String(epoch).padStart(2, '0')}-${valAccuracy.toFixed(2)}${checkpointExtension(graph)}`;
}

/** The first epoch that no other one is better than. */
export function bestEpoch(history: readonly EpochSummary[], monitor: Monitor): EpochSummary | undefined {
  const cost = (epoch: EpochSummary): number => (monitor === 'val_loss' ? epoch.valLoss : -epoch.valAccuracy);
  return history.reduce<EpochSummary | undefined>(
    (best, epoch) => (best === undefined || cost(epoch) < cost(best) ? epoch : best),
    undefined,
  );
}

/**
 * The rows to train on and those to validate on.
 *
 * A fraction is taken as Keras' `validation_split` does it: the last rows in the order of the file, neither shuffled
 * nor balanced; of n rows the first ⌊n·(1 − fraction)⌋ are trained on.
 *
 * @throws MienError `USAGE` when either would be empty
 */
export function chooseRows(
  dataset: Dataset,
  validation: Validation,
): { trainRows: Rows; validationRows: Rows } {
  const training = rowsOfSplit(dataset, dataset.splitNames[0] ?? 'Training');
  const bySplit = 'split' in validation;
  const splitAt = bySplit ? training.length : Math.floor(training.length * (1 - validation.fraction));
  const trainRows = training.subarray(0, splitAt);
  const validationRows = bySplit ? rowsOfSplit(dataset, validation.split) : training.subarray(splitAt);
  if (trainRows.length === 0) {
    throw new MienError(
      'USAGE',
      'train: the data has no rows of the split Training to train on; use a file that has',
    );
  }
  if (validationRows.length === 0) {
    const wanted = bySplit
      ? `no rows of the split ${validation.split}`
      : `too few rows of the split Training`;
    throw new MienError(
      'USAGE',
      `train: the data has ${wanted} to validate on; choose another validation split`,
    );
  }
  return { trainRows, validationRows };
}

/** A shuffled copy. Ref: Fisher, Yates, in Durstenfeld's form. */
function shuffled(rows: Rows, random: Random): Rows {
  const order = rows.slice();
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.uniformInt(i + 1);
    const row = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = row;
  }
  return order;
}

/** One-hot targets `[rows, classes]`, with the smoothed part spread evenly over all classes. */
function toTargets(dataset: Dataset, rows: Rows, smoothing: number): Float32Array {
  const classes = dataset.labelNames.length;
  const targets = new Float32Array(rows.length * classes).fill(smoothing / classes);
  rows.forEach((row, index) => {
    targets[index * classes + labelOf(dataset, row)] = 1 - smoothing + smoothing / classes;
  });
  return targets;
}

async function validate(
  session: TrainingSession,
  data: BatchInputs,
  dataset: Dataset,
  rows: Rows,
  batchSize: number,
): Promise<{ nll: number; accuracy: number }> {
  const probabilities = await predictRows(session, data, rows, batchSize);
  const truth = Array.from(rows, (row) => labelOf(dataset, row));
  return evaluatePredictions(probabilities, truth, dataset.labelNames);
}

/** Says where in the run a step left the range of numbers. */
function locateDivergence<T>(epoch: number, batch: number, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof MienError) || cause.code !== 'DIVERGED') throw cause;
    throw new MienError('DIVERGED', `${cause.message} (epoch ${epoch}, batch ${batch + 1})`, { cause });
  }
}

/** Runs `work` with other weights in the session, and puts everything back. */
async function withModelWeights<T>(
  session: TrainingSession,
  weights: Weights | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (weights === undefined) return work();
  const [trained, optimizerState] = [session.weights(), session.optimizerState()];
  session.load(weights);
  try {
    return await work();
  } finally {
    session.load(trained, optimizerState);
  }
}

function startOfEpoch(epoch: number, history: readonly EpochSummary[]): Progress {
  return { epoch, batch: 0, lossSum: 0, correct: 0, seen: 0, seconds: 0, history };
}

function toBatchProgress(progress: Progress, batches: number, trainCount: number): BatchProgress {
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

/** Keras' EarlyStopping: `patience` epochs in a row without a better one. */
function isOutOfPatience(history: readonly EpochSummary[], { monitor, patience }: Recipe): boolean {
  const best = bestEpoch(history, monitor);
  return best !== undefined && history.length - 1 - history.indexOf(best) >= patience;
}

function restore(session: TrainingSession, { weights, training }: Checkpoint): void {
  session.load(training.trainedWeights ?? weights, {
    step: training.optimizerStep,
    tensors: new Map(training.optimizerTensors),
  });
}

function checkSameRun(resume: Checkpoint, { graph, recipe }: TrainOptions, sha256: string): void {
  const differs =
    resume.training.datasetSha256 !== sha256
      ? 'other data'
      : !isDeepStrictEqual(resume.graph, graph)
        ? 'another network'
        : !isDeepStrictEqual(resume.training.recipe, recipe)
          ? 'another recipe'
          : undefined;
  if (differs !== undefined) {
    throw new MienError(
      'USAGE',
      `train: the checkpoint belongs to a run with ${differs}; resume with what it was started with`,
    );
  }
}

async function makeDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MienError(
      'OUTPUT_FAILED',
      `${path}: the folder could not be made (${reason}); choose another one`,
      { cause },
    );
  }
}
