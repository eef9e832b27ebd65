/**
 * Trains a network on a dataset by a recipe: {@link trainModel} reads from top to bottom.
 *
 * Checkpoints and the log go to a run store, each saved atomically. A run that was interrupted at any point and resumed
 * gives the same bits as one without interruption: an update depends only on weights, optimiser state and its position
 * in the run.
 */
import type { Weights } from '@mien/core/nn';
import { checkFit, checkSameRun } from './check-run.js';
import { chooseRows } from './choose-rows.js';
import { createBatchInputs } from './data/batch-inputs.js';
import { countRepeated, datasetSha256, labelOf, type Dataset, type Rows } from './data/dataset.js';
import { createCheckpointSaver } from './checkpoint-saver.js';
import { checkFiniteProbabilities, locateDivergence } from './divergence.js';
import { createFrozenSession, type Trainee } from './frozen-session.js';
import { learningRateAt } from './learning-rate.js';
import { evaluatePredictions, type ClassificationMetrics } from './metrics/classification-metrics.js';
import { MovingAverage } from './moving-average.js';
import { orderLabels } from './order-labels.js';
import { predictRows } from './predict-rows.js';
import { checkpointName } from './run-store.js';
import { createTrainingSession, type TrainingSessionOptions } from './session/training-session.js';
import { bestEpoch, isOutOfPatience } from './stopping.js';
import { labelTargets, logPriors } from './targets.js';
import { toBatchProgress, type TrainEvents, type TrainResult } from './train-events.js';
import { createTrainingBatches, type TrainingBatches } from './training-batches.js';
import type { Recipe } from './recipe/recipe.js';
import type { Checkpoint, EpochSummary, Progress } from './training-state.js';
import type { TrainOptions } from './train-options.js';
import { yieldToEventLoop } from './yield-to-event-loop.js';

const OTHER_LABELS =
  'give data with the same labels, or set lastLayer of the network to "replace" in the recipe';

/**
 * Trains a network, in Node or in a page.
 *
 * @throws MienError `USAGE` when dataset, graph and recipe do not match, `DIVERGED` when the loss is not finite (the last
 *   checkpoint is kept), and errors of the store, such as `OUTPUT_FAILED`
 * @example
 * const dataset = await parseFer2013Blob(file, file.name);
 * const recipe = parseRecipe({ preset: 'fer2013', epochs: 5 }, 'recipe'); // of @mien/train/recipe
 * const graph = createGraph(recipe, dataset.labelNames.length);
 * const { best } = await trainModel({ dataset, recipe, graph, store: createMemoryStore() });
 */
export async function trainModel(options: TrainOptions, events: TrainEvents = {}): Promise<TrainResult> {
  const {
    graph,
    recipe,
    store,
    resume,
    teachers = [],
    signal,
    inputRange = [-1, 1],
    normalization,
  } = options;
  const { labels = options.dataset.labelNames } = options;
  const isFromFile = recipe.network.kind === 'file';
  const advice = isFromFile ? OTHER_LABELS : undefined;
  const dataset = orderLabels(options.dataset, labels, `train: the network ${graph.name}`, advice);
  checkFit(options, labels);
  const identity = {
    datasetSha256: await datasetSha256(dataset),
    teacherSha256: teachers.map(({ manifest }) => manifest.weights.sha256).join(',') || null,
  };
  if (resume !== undefined) checkSameRun(resume, options, identity);

  const { trainRows, validationRows } = chooseRows(dataset, recipe.validation);
  const truth = Array.from(validationRows, (row) => labelOf(dataset, row));
  const contract = { inputShape: graph.inputShape, inputRange, normalization };
  const batches = await createTrainingBatches({ dataset, rows: trainRows, recipe, contract, teachers });
  const validationPictures = await createBatchInputs(dataset, contract, recipe.batchSize);
  await store.prepare();

  const session = await createSession(recipe, {
    graph,
    batchSize: recipe.batchSize,
    seed: recipe.seed,
    optimizer: recipe.optimizer,
    ...(options.weights === undefined ? {} : { weights: options.weights }),
    ...(recipe.distillation === null ? {} : { distillationTemperature: recipe.distillation.temperature }),
    ...(recipe.logitAdjustment === 0
      ? {}
      : {
          logitOffsets: logPriors(
            labelTargets(dataset, trainRows, recipe),
            labels.length,
            recipe.logitAdjustment,
          ),
        }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  try {
    if (resume !== undefined) restore(session, resume);
    const average =
      recipe.emaDecay > 0
        ? new MovingAverage(resume?.weights ?? session.weights(), recipe.emaDecay)
        : undefined;
    const model = { graph, labels, inputRange, ...(normalization && { normalization }) };
    const saver = createCheckpointSaver({ model, recipe, identity, session, average, store, events });
    const run: Run = { recipe, session, average, batches, signal, events, trainCount: trainRows.length };
    let progress: Progress = resume?.training.progress ?? startOfEpoch(1, [], null);

    const end = (reason: TrainResult['reason']): TrainResult => {
      const { history, bestMetrics } = progress;
      const best = bestEpoch(history, recipe.monitor);
      const result: TrainResult = {
        reason,
        recipe,
        labels,
        counts: {
          training: countLabels(dataset, trainRows),
          validation: countLabels(dataset, validationRows),
        },
        history,
        best: best && {
          summary: best,
          path: store.pathOf(checkpointName(graph, best)),
          metrics: bestMetrics ?? undefined,
        },
        lastPath: saver.lastPath,
      };
      events.onEnd?.(result);
      return result;
    };

    events.onStart?.({
      trainCount: trainRows.length,
      validationCount: validationRows.length,
      unusedCount: dataset.count - trainRows.length - validationRows.length,
      batchesPerEpoch: batches.perEpoch,
      epochs: recipe.epochs,
      threads: session.threads,
      epoch: progress.epoch,
      repeatedCount: countRepeated(dataset, trainRows, validationRows),
    });
    // A process that was killed between its last two writes left a log without the last epoch.
    if (progress.history.length > 0) await store.saveLog(progress.history);

    const isDone = () => progress.epoch > recipe.epochs || isOutOfPatience(progress.history, recipe);
    while (!isDone()) {
      progress = await trainEpoch(run, progress);
      if (isAborted(signal)) {
        await saver.saveLast(progress);
        return end('aborted');
      }

      const validationStartMs = performance.now();
      const probabilities = await withModelWeights(session, average?.weights, () =>
        predictRows(session, validationPictures, validationRows, recipe.batchSize),
      );
      checkFiniteProbabilities(probabilities, progress.epoch);
      const metrics = evaluatePredictions(probabilities, truth, labels);
      const seconds = progress.seconds + (performance.now() - validationStartMs) / 1000;
      const summary = summarizeEpoch(run, { ...progress, seconds }, metrics);

      const history = [...progress.history, summary];
      const isBest = bestEpoch(history, recipe.monitor) === summary;
      progress = startOfEpoch(summary.epoch + 1, history, isBest ? metrics : progress.bestMetrics);
      events.onEpoch?.(summary);
      if (isBest) await saver.saveBest(summary, progress);
      await saver.saveLast(progress);
      await store.saveLog(history);
      if (isAborted(signal) && !isDone()) return end('aborted');
    }
    return end(isOutOfPatience(progress.history, recipe) ? 'patience' : 'finished');
  } finally {
    await session.dispose();
  }
}

/** What the updates of a run need. */
interface Run {
  readonly recipe: Recipe;
  readonly session: Trainee;
  readonly average: MovingAverage | undefined;
  readonly batches: TrainingBatches;
  readonly trainCount: number;
  readonly signal: AbortSignal | undefined;
  readonly events: TrainEvents;
}

/** Performs the updates of the epoch that `progress` is in, up to its end or until the run is aborted. */
async function trainEpoch(run: Run, start: Progress): Promise<Progress> {
  const { session, average, batches, signal, events } = run;
  const drawBatch = batches.ofEpoch(start.epoch);
  const startedMs = performance.now() - start.seconds * 1000;
  let progress = start;
  while (progress.batch < batches.perEpoch && !isAborted(signal)) {
    const { batch } = progress;
    const { inputs, targets, softTargets, count } = drawBatch(batch);
    const { lossSum, correct } = locateDivergence(progress, () =>
      session.trainStep(inputs, targets, count, rateAt(run, progress), softTargets),
    );
    average?.update(session.weights(), (progress.epoch - 1) * batches.perEpoch + batch + 1);

    progress = {
      ...progress,
      batch: batch + 1,
      lossSum: progress.lossSum + lossSum,
      correct: progress.correct + correct,
      seen: progress.seen + count,
      seconds: (performance.now() - startedMs) / 1000,
    };
    events.onBatch?.(toBatchProgress(progress, batches.perEpoch, run.trainCount));
    await yieldToEventLoop(); // lets signals arrive
  }
  return progress;
}

/** Learning rate of the next update. */
function rateAt(
  { recipe, batches: { perEpoch } }: Pick<Run, 'recipe' | 'batches'>,
  { epoch, batch, history }: Pick<Progress, 'epoch' | 'batch' | 'history'>,
): number {
  return learningRateAt(recipe, (epoch - 1) * perEpoch + batch, perEpoch, history);
}

function summarizeEpoch(run: Run, progress: Progress, metrics: ClassificationMetrics): EpochSummary {
  const { epoch, batch, lossSum, correct, seen, seconds } = progress;
  return {
    epoch,
    loss: lossSum / seen,
    accuracy: correct / seen,
    valLoss: metrics.nll,
    valAccuracy: metrics.accuracy,
    learningRate: rateAt(run, { ...progress, batch: batch - 1 }),
    seconds,
  };
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted ?? false;
}

function createSession({ network }: Recipe, options: TrainingSessionOptions): Promise<Trainee> {
  const isFrozen = network.kind === 'file' && network.trainable === 'lastLayer';
  return isFrozen ? createFrozenSession(options) : createTrainingSession(options);
}

/** Number of pictures of each label. */
function countLabels(dataset: Dataset, rows: Rows): number[] {
  const counts = dataset.labelNames.map(() => 0);
  for (const row of rows) {
    const label = labelOf(dataset, row);
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}

/** Runs `work` with other weights in the session, then restores its state. */
async function withModelWeights<T>(
  session: Trainee,
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

function startOfEpoch(
  epoch: number,
  history: readonly EpochSummary[],
  bestMetrics: ClassificationMetrics | null,
): Progress {
  return { epoch, batch: 0, lossSum: 0, correct: 0, seen: 0, seconds: 0, history, bestMetrics };
}

function restore(session: Trainee, { weights, training }: Checkpoint): void {
  session.load(training.trainedWeights ?? weights, {
    step: training.optimizerStep,
    tensors: new Map(training.optimizerTensors),
  });
}
