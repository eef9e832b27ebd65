/** `mien train`: a labelled collection in, checkpoints of a network out. */
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { MienError } from '@mien/core';
import type { ModelContract } from '@mien/formats/model-file';
import { isThere } from '@mien/node/files';
import { REPORT_FILE } from '@mien/node/training';
import { toCounted } from '@mien/results';
import { LAST_CHECKPOINTS, type Recipe, type TrainResult } from '@mien/train';
import { LOG_FILE, readCheckpoint } from '@mien/train/node';
import { overrideRecipe, PRESET_NAMES } from '@mien/train/recipe';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import { addDatasetOptions, type DatasetOptions } from '../datasets/dataset-options.js';
import { addContractOptions } from '../options/contract-options.js';
import { toJson } from '../options/report-format.js';
import { wholeNumber } from '../options/whole-number.js';
import { readRecipe, type RecipeSource } from '../training/read-recipe.js';
import { QUEUE_RESULTS, runQueue } from '../training/run-queue.js';
import { refuseUsedFolder, runTraining, TENSORBOARD_FOLDER, toFlag } from '../training/run-training.js';
import { VERBOSITIES, type Verbosity } from '../training/train-progress.js';

interface RecipeOptions extends RecipeSource {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly patience?: number;
  readonly validationSplit?: number;
  readonly heldOut?: number;
  readonly valSplit?: string;
  readonly seed?: number;
  readonly inputSize?: number;
}

interface TrainCommandOptions extends RecipeOptions, DatasetOptions, ModelContract {
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly queue?: string;
  readonly printRecipe?: true;
  readonly threads?: number;
  readonly verbose: Verbosity;
}

const MAX_THREADS = 64;

const HELP = `
Data is FER2013's CSV (emotion,pixels,Usage), plain or gzipped, or a folder of pictures; mien data check --help names the
layouts. Its first split is trained on.

Presets:
  paper     Table 1 of the paper: batches of 32, 50 epochs, Adam 0.001, the last 20 % of Training for validation
  original  the training script of the network's authors: 64×64, ReduceLROnPlateau, EarlyStopping after 50 epochs
  fer2013   all of Training, validated on PublicTest, falling learning rate, averaged weights
  robust    fer2013, with other light, low quality and erasing (mien data preview shows what that does)

A recipe is a JSON file that names a preset and what differs from it: the network (mini-xception, big-xception,
nano, base, residual, or any model file to go on from), the optimizer (adam, adamw, sgd), schedule, augmentation, mixup, class
weights, distillation and more. @mien/train/recipe.schema.json describes every field to editors; --print-recipe shows
them all. Options of the command line take precedence over it.
  {"preset": "fer2013", "epochs": 80, "mixup": {"alpha": 0.2}, "classWeights": "balanced"}

The folder --out receives a checkpoint whenever the validation improves (_mini_XCEPTION.<epoch>-<accuracy>.hdf5, a
Keras 2 model that analyze and evaluate read as well), ${LAST_CHECKPOINTS[0]} to go on from, ${LOG_FILE}, ${REPORT_FILE} (curves,
confusion, surest mistakes; it holds some of the pictures) and ${TENSORBOARD_FOLDER}/ (watch with: tensorboard --logdir runs).
Ctrl-C stops after the update under way and saves; --resume goes on as if it had never stopped.

A queue file lists runs, each with a recipe file or a preset, what differs from it, and seeds:
  {"runs": [{"name": "wide", "recipe": "wide.json", "seeds": [1, 2]},
            {"name": "small", "preset": "fer2013", "overrides": {"epochs": 80}}]}
They are trained one after the other into folders of --out (wide-1, wide-2, small-1), beside ${QUEUE_RESULTS[0]} and
${QUEUE_RESULTS[1]}, the table of results. The same command resumes what was begun and skips what is done. A run that fails is
recorded, the others go on, and the exit code is 1; after Ctrl-C it is 130. A distillation teacher (or the file of a
network) written run:wide-1 is the best model of that earlier run.

Examples:
  $ mien train --data fer2013.csv --preset paper
  $ mien train --data fer2013.csv.gz --recipe mine.json --seed 7
  $ mien train --preset fer2013 --print-recipe > mine.json
  $ mien train --data fer2013.csv.gz --resume runs/mine
  $ mien train --data fer2013.csv.gz --queue queue.json --out runs/queue`;

/** Options that decide how a run goes and where; a run that is resumed knows already. */
const START_OPTIONS = [
  'recipe',
  'preset',
  'epochs',
  'batchSize',
  'learningRate',
  'patience',
  'validationSplit',
  'heldOut',
  'valSplit',
  'seed',
  'inputSize',
  'labels',
  'inputRange',
  'out',
] as const satisfies (keyof TrainCommandOptions)[];

/** Options of a single run; a queue file says these for each of its own. */
const QUEUE_CONFLICTS = [
  ...START_OPTIONS.filter((name) => name !== 'out'),
  'resume',
  'printRecipe',
] as const satisfies (keyof TrainCommandOptions)[];

/** Options that say which data it is; a run that is resumed needs them again. */
const DATA_OPTIONS = [
  'data',
  'layout',
  'ferplus',
  'labelMap',
  'size',
  'peakFrames',
  'neutralFrames',
] as const satisfies (keyof TrainCommandOptions)[];

export function createTrainCommand(context: CommandContext): Command {
  const command = new Command('train')
    .description('train a network on labelled pictures')
    .option('--data <path>', "FER2013's CSV (plain or .gz), or a folder of pictures")
    .option('--recipe <file>', 'how to train: a JSON file')
    .addOption(new Option('--preset <name>', 'settings to start from (default: paper)').choices(PRESET_NAMES))
    .option('--out <folder>', 'where checkpoints and log go (default: runs/<recipe or preset>)')
    .option('--resume <path>', 'go on with an earlier run, as it was set: its folder, or a checkpoint in it')
    .option('--queue <file>', 'train the runs that a JSON file lists, one after the other')
    .option('--epochs <count>', 'epochs at most', wholeNumber())
    .option('--batch-size <count>', 'pictures in one update', wholeNumber())
    .option('--learning-rate <rate>', 'the highest learning rate', parseNumber)
    .option('--patience <epochs>', 'stop after so many epochs without improvement', wholeNumber())
    .addOption(
      new Option('--validation-split <part>', 'validate on this last part of the training split')
        .argParser(parseNumber)
        .conflicts(['heldOut', 'valSplit']),
    )
    .addOption(
      new Option('--held-out <part>', 'validate on about this part of the training split, chosen by a hash of the pixels') // prettier-ignore
        .argParser(parseNumber)
        .conflicts('valSplit'),
    )
    .option('--val-split <name>', 'validate on this split')
    .option('--seed <number>', 'decides all that is drawn: weights, order, augmentation', wholeNumber())
    .option('--input-size <pixels>', "width and height of the network's input", wholeNumber())
    .option('--threads <count>', 'threads to compute with (default: all cores)', wholeNumber(1, MAX_THREADS))
    .addOption(
      new Option('--verbose <level>', '0 nothing, 1 progress, 2 one line an epoch')
        .choices(VERBOSITIES)
        .default('1'),
    )
    .option('--print-recipe', 'print the recipe with all its fields, and do not train')
    .allowExcessArguments()
    .addHelpText('after', HELP)
    .action(async (options: TrainCommandOptions) => {
      const [surplus] = command.args;
      if (surplus !== undefined) {
        throw new MienError('USAGE', `train: ${surplus} stands alone; name the pictures to train on with --data <path>`); // prettier-ignore
      }
      const given = START_OPTIONS.filter((name) => command.getOptionValueSource(name) === 'cli');
      if (options.resume !== undefined && given.length > 0) {
        const flags = given.map(toFlag);
        throw new MienError('USAGE', `train: ${flags.join(', ')} cannot change a run that is resumed; leave out --resume to start a new one`); // prettier-ignore
      }
      if (options.queue === undefined) {
        await train(context, options);
        return;
      }
      const unfit = QUEUE_CONFLICTS.filter((name) => command.getOptionValueSource(name) === 'cli');
      if (unfit.length > 0) {
        throw new MienError('USAGE', `train: ${unfit.map(toFlag).join(', ')} cannot be used with --queue; write it into the queue file, or leave it out`); // prettier-ignore
      }
      await trainQueue(context, options);
    });
  return addContractOptions(addDatasetOptions(command, "that of the network's input"));
}

async function train(context: CommandContext, options: TrainCommandOptions): Promise<void> {
  const resumePath = options.resume === undefined ? undefined : await findCheckpoint(options.resume);
  const resume = resumePath === undefined ? undefined : await readCheckpoint(resumePath);
  const recipe = resume?.training.recipe ?? (await toRecipe(options));
  if (options.printRecipe === true) {
    context.stdout.write(toJson(recipe));
    return;
  }
  const { data } = options;
  if (data === undefined) throw new MienError('USAGE', 'train: name the pictures to train on: --data <path>');
  const outputDir = resumePath === undefined ? (options.out ?? defaultFolder(options)) : dirname(resumePath);
  if (resume === undefined) await refuseUsedFolder(outputDir);
  const result = await stoppable(context, (signal) =>
    runTraining(context, { ...options, data, recipe, outputDir, resume, signal }),
  );
  context.stdout.write(toReport(result, options));
}

async function trainQueue(context: CommandContext, options: TrainCommandOptions): Promise<void> {
  const { data, queue = '', out = join('runs', basename(queue, extname(queue))) } = options;
  if (data === undefined) throw new MienError('USAGE', 'train: name the pictures to train on: --data <path>');
  await stoppable(context, (signal) =>
    runQueue(context, { ...options, data, queue, outputDir: out, signal }),
  );
}

/** Runs `work`; the first Ctrl-C asks it to stop. */
async function stoppable<T>(
  { stderr }: CommandContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  // Once only: a second Ctrl-C ends the process at once, as without this handler.
  const onSignal = (): void => {
    stderr.write('\nmien: stopping after this update; Ctrl-C again to quit without saving\n');
    stop.abort();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** The recipe of the file, or a preset, with what the command line changes about it. */
async function toRecipe(options: RecipeOptions): Promise<Recipe> {
  const base = await readRecipe(options, 'train');
  const { epochs, batchSize, learningRate, patience, seed, inputSize, validationSplit, heldOut, valSplit } =
    options;
  const validation =
    valSplit !== undefined
      ? { split: valSplit }
      : heldOut !== undefined
        ? { heldOut }
        : validationSplit !== undefined
          ? { fraction: validationSplit }
          : undefined;
  const changes = { epochs, batchSize, learningRate, patience, seed, inputSize, validation };
  return overrideRecipe(base, changes, 'train');
}

function defaultFolder({ recipe, preset = 'paper' }: RecipeOptions): string {
  return join('runs', recipe === undefined ? preset : basename(recipe, extname(recipe)));
}

/** A checkpoint itself, or the last one of a run's folder. */
async function findCheckpoint(path: string): Promise<string> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return path;
  for (const name of LAST_CHECKPOINTS) if (await isThere(join(path, name))) return join(path, name);
  throw new MienError('NOT_FOUND', `${path}: holds no ${LAST_CHECKPOINTS[0]} to go on from; name the folder of a run, or a checkpoint`); // prettier-ignore
}

function toReport({ reason, best, lastPath, history }: TrainResult, options: TrainCommandOptions): string {
  const done = toCounted(history.length, 'epoch');
  const data = DATA_OPTIONS.flatMap((name) => {
    const value = options[name];
    if (value === undefined) return [];
    return value === true ? [toFlag(name)] : [toFlag(name), String(value)];
  });
  const resume = ['mien train', ...data, '--resume', lastPath].join(' ');
  const endings = {
    finished: `finished after ${done}`,
    patience: `stopped after ${done}: no improvement any more`,
    aborted: `stopped after ${done}; go on with: ${resume}`,
  };
  if (best === undefined) return `${endings[reason]}\n`;
  const { epoch, valLoss, valAccuracy } = best.summary;
  const figures = `val_loss ${valLoss.toFixed(4)}, val_accuracy ${valAccuracy.toFixed(4)}`;
  return `${endings[reason]}\nbest epoch ${epoch}: ${figures}\n${best.path}\n`;
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}
