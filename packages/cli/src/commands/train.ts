/** `mien train`: trains a network on labelled pictures. */
import { basename, extname, join } from 'node:path';
import { MienError } from '@mien/core';
import type { ModelSettings } from '@mien/formats/model-file';
import { REPORT_FILE } from '@mien/node/training';
import { toCounted } from '@mien/results';
import { LAST_CHECKPOINTS, type TrainResult } from '@mien/train';
import { checkDatasetPath, LOG_FILE } from '@mien/train/node';
import { PRESET_NAMES } from '@mien/train/recipe';
import { Command, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import { addDatasetOptions, type DatasetOptions } from '../datasets/dataset-options.js';
import { addContractOptions } from '../options/contract-options.js';
import { toJson } from '../options/report-format.js';
import { toFlag } from '../options/to-flag.js';
import { decimal } from '../options/decimal.js';
import { wholeNumber } from '../options/whole-number.js';
import { defaultFolder, toRecipe, type RecipeOptions } from '../training/recipe-options.js';
import { describeExtension, findRun, toResumedRecipe } from '../training/resume-run.js';
import { QUEUE_RESULTS, runQueue } from '../training/run-queue.js';
import { runTraining, TENSORBOARD_FOLDER } from '../training/run-training.js';
import { stoppable } from '../training/stoppable.js';
import { VERBOSITIES, type Verbosity } from '../training/train-progress.js';

interface TrainCommandOptions extends RecipeOptions, DatasetOptions, ModelSettings {
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
Data is FER2013's CSV (emotion,pixels,Usage), plain or gzipped, or a folder of pictures; mien data check --help lists the
layouts. The first split is the training split.

Presets:
  paper     Table 1 of the paper: batches of 32, 50 epochs, Adam 0.001, the last 20 % of Training for validation
  original  the training script of the network's authors: 64×64, ReduceLROnPlateau, EarlyStopping after 50 epochs
  fer2013   all of Training, validation on PublicTest, cosine learning rate, averaged weights
  robust    fer2013 with augmentation of light, quality and erasing (mien data preview shows examples)

A recipe is a JSON file with a preset and the fields that differ from it: the network (mini-xception, big-xception,
nano, base, residual, or any model file to fine-tune), the optimizer (adam, adamw, sgd), schedule, augmentation, mixup,
class weights, distillation and more. @mien/train/recipe.schema.json describes all fields for editors; --print-recipe
prints them. Command-line options take precedence.
  {"preset": "fer2013", "epochs": 80, "mixup": {"alpha": 0.2}, "classWeights": "balanced"}

The folder --out contains a checkpoint for each best epoch so far (_mini_XCEPTION.<epoch>-<accuracy>.hdf5, a Keras 2
model that analyze and evaluate also read), ${LAST_CHECKPOINTS[0]} to resume from, ${LOG_FILE}, ${REPORT_FILE} (curves, confusion,
most confident mistakes; it contains some of the pictures) and ${TENSORBOARD_FOLDER}/ (tensorboard --logdir runs).
Ctrl-C stops after the current update, saves a checkpoint and exits with 130; --resume continues with the same result as
without the interruption. --resume with more --epochs extends a run.

A queue file lists runs, each with a recipe file or a preset, what differs from it, and seeds:
  {"runs": [{"name": "wide", "recipe": "wide.json", "seeds": [1, 2]},
            {"name": "small", "preset": "fer2013", "overrides": {"epochs": 80}}]}
They are trained one after the other into folders of --out (wide-1, wide-2, small-1), next to ${QUEUE_RESULTS[0]} and
${QUEUE_RESULTS[1]} with the table of results. The same command resumes started runs and skips complete ones. A failed run is
recorded, the others continue, and the exit code is 1; after Ctrl-C it is 130. As a distillation teacher (or the file of
a network), run:wide-1 is the best model of that earlier run.

Examples:
  $ mien train --data fer2013.csv --preset paper
  $ mien train --data fer2013.csv.gz --recipe mine.json --seed 7
  $ mien train --preset fer2013 --print-recipe > mine.json
  $ mien train --data fer2013.csv.gz --resume runs/mine
  $ mien train --data fer2013.csv.gz --resume runs/mine --epochs 80
  $ mien train --data fer2013.csv.gz --queue queue.json --out runs/queue`;

/** Options of a new run, which are stored in its checkpoints. */
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
  'inputMean',
  'inputStd',
  'channelOrder',
  'inputLayout',
  'outputs',
  'out',
] as const satisfies (keyof TrainCommandOptions)[];

/** Options that a queue file sets for each run. */
const QUEUE_CONFLICTS = [
  ...START_OPTIONS.filter((name) => name !== 'out'),
  'resume',
  'printRecipe',
] as const satisfies (keyof TrainCommandOptions)[];

/** Options that select the data; needed again to resume a run. */
const DATA_OPTIONS = [
  'data',
  'layout',
  'ferplus',
  'ferplusShare',
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
    .option('--out <folder>', 'folder for checkpoints and log (default: runs/<recipe or preset>)')
    .option('--resume <path>', 'continue an earlier run: its folder, or a checkpoint in it')
    .option('--queue <file>', 'train the runs that a JSON file lists, one after the other')
    .option('--epochs <count>', 'maximum number of epochs', wholeNumber())
    .option('--batch-size <count>', 'pictures per update', wholeNumber())
    .option('--learning-rate <rate>', 'peak learning rate', decimal())
    .option('--patience <epochs>', 'stop after this many epochs without improvement', wholeNumber())
    .addOption(
      new Option('--validation-split <part>', 'validate on the last part of the training split, such as 0.2')
        .argParser(decimal())
        .conflicts(['heldOut', 'valSplit']),
    )
    .addOption(
      new Option('--held-out <part>', 'validate on about this share of the training split, chosen by a hash of the pixels') // prettier-ignore
        .argParser(decimal())
        .conflicts('valSplit'),
    )
    .option('--val-split <name>', 'validate on this split')
    .option('--seed <number>', 'seed of initial weights, order and augmentation', wholeNumber())
    .option('--input-size <pixels>', "width and height of the network's input", wholeNumber())
    .option('--threads <count>', 'number of threads (default: all cores)', wholeNumber(1, MAX_THREADS))
    .addOption(
      new Option('--verbose <level>', '0 nothing, 1 progress, 2 one line per epoch')
        .choices(VERBOSITIES)
        .default('1'),
    )
    .option('--print-recipe', 'print the recipe with all fields and exit')
    .allowExcessArguments()
    .addHelpText('after', HELP)
    .action(async (options: TrainCommandOptions) => {
      if (options.data !== undefined && options.printRecipe !== true) await checkDatasetPath(options.data);
      const [surplus] = command.args;
      if (surplus !== undefined) {
        throw new MienError('USAGE', `train: unexpected argument ${surplus}; give the pictures to train on with --data <path>`); // prettier-ignore
      }
      const given = START_OPTIONS.filter(
        (name) => name !== 'epochs' && command.getOptionValueSource(name) === 'cli',
      );
      if (options.resume !== undefined && given.length > 0) {
        const flags = given.map(toFlag);
        throw new MienError('USAGE', `train: ${flags.join(', ')} cannot be changed when a run is resumed; start a new run without --resume`); // prettier-ignore
      }
      if (options.queue === undefined) {
        await train(context, options);
        return;
      }
      const unfit = QUEUE_CONFLICTS.filter((name) => command.getOptionValueSource(name) === 'cli');
      if (unfit.length > 0) {
        throw new MienError('USAGE', `train: ${unfit.map(toFlag).join(', ')} cannot be used with --queue; set it in the queue file, or leave it out`); // prettier-ignore
      }
      await trainQueue(context, options);
    });
  return addContractOptions(addDatasetOptions(command, "that of the network's input"));
}

async function train(context: CommandContext, options: TrainCommandOptions): Promise<void> {
  const resumed = options.resume === undefined ? undefined : await findRun(options.resume);
  const resume = resumed?.checkpoint;
  const recipe = resume === undefined ? await toRecipe(options) : toResumedRecipe(resume, options);
  if (options.printRecipe === true) {
    context.stdout.write(toJson(recipe));
    return;
  }
  const { data } = options;
  if (data === undefined) throw new MienError('USAGE', 'train: give the pictures to train on: --data <path>');
  const outputDir = resumed?.folder ?? options.out ?? defaultFolder(options);
  if (resume !== undefined && options.verbose !== '0')
    context.stderr.write(describeExtension(resume, recipe));
  const result = await stoppable(context, (signal) =>
    runTraining(context, { ...options, data, recipe, outputDir, resume, signal }),
  );
  context.stdout.write(toReport(result, options));
}

async function trainQueue(context: CommandContext, options: TrainCommandOptions): Promise<void> {
  const { data, queue = '', out = join('runs', basename(queue, extname(queue))) } = options;
  if (data === undefined) throw new MienError('USAGE', 'train: give the pictures to train on: --data <path>');
  await stoppable(context, (signal) =>
    runQueue(context, { ...options, data, queue, outputDir: out, signal }),
  );
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
    patience: `stopped after ${done}: no further improvement`,
    aborted: `stopped after ${done}; resume with: ${resume}`,
  };
  if (best === undefined) return `${endings[reason]}\n`;
  const { epoch, valLoss, valAccuracy } = best.summary;
  const figures = `val_loss ${valLoss.toFixed(4)}, val_accuracy ${valAccuracy.toFixed(4)}`;
  return `${endings[reason]}\nbest epoch ${epoch}: ${figures}\n${best.path}\n`;
}
