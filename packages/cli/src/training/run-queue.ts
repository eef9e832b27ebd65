/**
 * `mien train --queue`: trains the runs of a queue file one after the other.
 *
 * Each run has its own folder in the output folder. Started runs resume from their last checkpoint, complete runs are
 * skipped, failures are recorded. The results are rewritten before and after every run.
 */
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { MienError } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import {
  createGraph,
  isComplete,
  loadLastCheckpoint,
  RESULT_COLUMNS,
  secondsLeft,
  summarizeProgress,
  summarizeQueue,
  toQueueMarkdown,
  type Dataset,
  type RunResult,
} from '@mien/train';
import { createRunFolder, withRunFolder, writeFileWhole } from '@mien/train/node';
import { parseQueue, resolveRunReferences, type QueuedRun } from '@mien/train/recipe';
import { printError, type CommandContext } from '../command-context.js';
import { openDataset } from '../datasets/dataset-options.js';
import { checkOutput } from '../options/check-output.js';
import { toJson } from '../options/report-format.js';
import { toClock } from '@mien/results';
import { toColumns } from '../terminal/print-columns.js';
import { readRecipeFile } from './read-recipe.js';
import { runTraining, type RunTrainingOptions, type TrainingInput } from './run-training.js';

/** Within the output folder. */
export const QUEUE_RESULTS = ['results.json', 'results.md'] as const;

export interface RunQueueOptions extends Omit<RunTrainingOptions, 'recipe' | 'resume' | 'events'> {
  /** Path of the queue file. */
  readonly queue: string;
}

/** A run and its result so far. */
interface Entry {
  readonly run: QueuedRun;
  readonly folder: string;
  result: RunResult;
}

export async function runQueue(context: CommandContext, options: RunQueueOptions): Promise<void> {
  await withRunFolder(options.outputDir, () => trainRuns(context, options));
}

async function trainRuns(context: CommandContext, options: RunQueueOptions): Promise<void> {
  const { queue, outputDir, signal, verbose } = options;
  const runs = await parseQueue(await readRecipeFile(queue), queue, (path) =>
    readRecipeFile(resolve(dirname(queue), path)),
  );
  const entries: Entry[] = [];
  for (const run of runs) {
    const folder = join(outputDir, run.name);
    entries.push({ run, folder, result: await findResult(run, folder, entries) });
  }
  for (const name of QUEUE_RESULTS) {
    await checkOutput(join(outputDir, name), [queue, options.data, options.ferplus, options.labelMap]);
  }
  const saveResults = async (): Promise<void> => {
    const results = summarizeQueue(entries.map(({ result }) => result));
    await writeFileWhole(join(outputDir, QUEUE_RESULTS[0]), toJson(results));
    await writeFileWhole(join(outputDir, QUEUE_RESULTS[1]), toQueueMarkdown(results));
  };
  let dataError: unknown;
  const readData = cacheLast((input) =>
    openDataset(context, options.data, options, input).catch((error: unknown) => {
      dataError = error;
      throw error;
    }),
  );
  const say = (text: string): void => {
    if (verbose !== '0') context.stderr.write(`${text}\n`);
  };
  await saveResults();

  for (const [index, entry] of entries.entries()) {
    const { run, folder } = entry;
    const place = `run ${index + 1} of ${entries.length}, ${run.name}`;
    if (signal.aborted) break;
    if (entry.result.state === 'finished') {
      say(`${place}: already complete`);
      continue;
    }
    say(`${place}${describeTimeLeft(entries)}`);
    try {
      const recipe = resolveRunReferences(run.recipe, (name) => pathOfBest(entries, name));
      const resume = await loadLastCheckpoint(createRunFolder(folder));
      if (resume !== undefined && !isDeepStrictEqual(resume.training.recipe, recipe)) {
        throw new MienError('USAGE', `${folder}: contains a run with another recipe; rename the run, choose another --out, or remove the folder`); // prettier-ignore
      }
      entry.result = { ...entry.result, state: 'running' };
      await saveResults();
      const history = [...(resume?.training.progress.history ?? [])];
      const result = await runTraining(context, {
        ...options,
        recipe,
        outputDir: folder,
        resume,
        readData,
        events: {
          onEpoch(summary) {
            history.push(summary);
            const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
            entry.result = { ...entry.result, epochs: history.length, seconds };
            say(`  ${place}${describeTimeLeft(entries)}`);
          },
        },
      });
      const checkpoint = await loadLastCheckpoint(createRunFolder(folder));
      entry.result = {
        ...entry.result,
        ...(checkpoint === undefined
          ? {}
          : summarizeProgress(checkpoint.training.progress, { ...checkpoint, recipe, folder })),
        state: result.reason === 'aborted' ? 'interrupted' : 'finished',
      };
    } catch (error) {
      if (error === dataError) throw error; // Fails for all runs.
      printError(context, error);
      entry.result = {
        ...entry.result,
        state: 'failed',
        error: error instanceof Error ? error.message : String(error),
      };
    }
    await saveResults();
  }

  const results = entries.map(({ result }) => result);
  const rows = results.map((result) => RESULT_COLUMNS.map(({ of }) => of(result)));
  context.stdout.write(toColumns(RESULT_COLUMNS, rows));
  if (signal.aborted) {
    say(`interrupted; the same command resumes the queue`);
    context.fail(130);
  } else if (results.some(({ state }) => state === 'failed')) {
    context.fail(1);
  }
}

/** The result of a run by its folder; `earlier` are the runs that it may refer to. */
async function findResult(
  { name, entry, recipe }: QueuedRun,
  folder: string,
  earlier: readonly Entry[],
): Promise<RunResult> {
  const base = { name, entry, seed: recipe.seed, maxEpochs: recipe.epochs } as const;
  const waiting: RunResult = { ...base, state: 'waiting', epochs: 0, seconds: 0, best: null };
  // A checkpoint that cannot be read is reported when its run is started.
  const checkpoint = await loadLastCheckpoint(createRunFolder(folder)).catch(() => undefined);
  if (checkpoint === undefined) return waiting;
  const { progress, recipe: trained } = checkpoint.training;
  const wanted = resolveRunReferences(
    recipe,
    (run) => earlier.find(({ result }) => result.name === run)?.result.best?.checkpoint ?? '',
  );
  return {
    ...waiting,
    ...summarizeProgress(progress, { graph: checkpoint.graph, recipe: trained, folder }),
    state: isDeepStrictEqual(trained, wanted) && isComplete(progress, trained) ? 'finished' : 'interrupted',
  };
}

function pathOfBest(entries: readonly Entry[], name: string): string {
  const result = entries.find(({ run }) => run.name === name)?.result;
  if (result?.state === 'finished' && result.best !== null) return result.best.checkpoint;
  throw new MienError('NOT_FOUND', `run:${name}: this run is not finished, so it has no model yet; train it first`); // prettier-ignore
}

/** `, about 3:12:00 left for the queue`; empty before the first epoch. */
function describeTimeLeft(entries: readonly Entry[]): string {
  const seconds = secondsLeft(
    entries.flatMap(({ run, result }) => {
      const { network } = run.recipe;
      // The cost of a network in a file is unknown until it is read.
      if (network.kind === 'file') return [];
      const isOver = result.state === 'finished' || result.state === 'failed';
      return {
        macs: describeGraph(createGraph(run.recipe, CLASSES)).macs,
        trained: result.epochs,
        trainedSeconds: result.seconds,
        left: isOver ? 0 : result.maxEpochs - result.epochs,
      };
    }),
  );
  return seconds === undefined ? '' : `, about ${toClock(seconds)} left for the queue`;
}

/** Number of labels of FER2013; another number hardly changes the cost. */
const CLASSES = 7;

/** Caches the last dataset: most runs of a queue use the same size. */
function cacheLast(
  read: (input: TrainingInput) => Promise<Dataset>,
): (input: TrainingInput) => Promise<Dataset> {
  let last: { readonly key: string; readonly dataset: Promise<Dataset> } | undefined;
  return (input) => {
    const key = JSON.stringify([input.height, input.width, input.channels]);
    if (last?.key !== key) last = { key, dataset: read(input) };
    return last.dataset;
  };
}
