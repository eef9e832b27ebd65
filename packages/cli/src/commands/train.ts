/** `mien train`: a labelled collection in, checkpoints of a network out. */
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { MienError } from '@mien/core';
import { miniXception } from '@mien/core/nn';
import {
  combineEvents,
  createTensorBoardLog,
  LAST_CHECKPOINTS,
  LOG_FILE,
  MONITORS,
  parseRecipe,
  PRESETS,
  readCheckpoint,
  readFer2013,
  SCHEDULES,
  trainModel,
  type Checkpoint,
  type PresetName,
  type Recipe,
  type TrainResult,
} from '@mien/train';
import type { CommandContext } from '../command-context.js';
import { createRunReport, REPORT_FILE } from '../report/run-report.js';
import { createTrainProgress, VERBOSITIES, type Verbosity } from '../train-progress.js';

interface RecipeOptions {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly schedule?: Recipe['schedule'];
  readonly warmupEpochs?: number;
  readonly labelSmoothing?: number;
  readonly ema?: number;
  readonly augment?: 'on' | 'off';
  readonly patience?: number;
  readonly monitor?: Recipe['monitor'];
  readonly validationSplit?: number;
  readonly valSplit?: string;
  readonly seed?: number;
}

interface TrainCommandOptions extends RecipeOptions {
  readonly data: string;
  readonly preset: PresetName;
  readonly inputSize: number;
  readonly out?: string;
  readonly resume?: string;
  readonly threads?: number;
  readonly verbose: Verbosity;
}

/** Within the folder of the run. */
const TENSORBOARD_FOLDER = 'tensorboard';

const HELP = `
Data is FER2013's CSV (emotion,pixels,Usage), plain or gzipped. Presets:
  paper    Table 1 of the paper: batches of 32, 50 epochs, Adam 0.001, the last 20 % of Training for validation
  fer2013  all of Training, validated on PublicTest, falling learning rate, averaged weights

The folder --out receives a checkpoint whenever the validation improves (_mini_XCEPTION.<epoch>-<accuracy>.hdf5, a
Keras 2 model that analyze and evaluate read as well), ${LAST_CHECKPOINTS[0]} to go on from, ${LOG_FILE}, ${REPORT_FILE} (curves,
confusion, surest mistakes; it holds some of the pictures) and ${TENSORBOARD_FOLDER}/ (watch with: tensorboard --logdir runs).
Ctrl-C stops after the update under way and saves; --resume goes on as if it had never stopped.

Examples:
  $ mien train --data fer2013.csv --preset paper
  $ mien train --data fer2013.csv.gz --preset fer2013 --out runs/mine --seed 7
  $ mien train --data fer2013.csv.gz --resume runs/mine/${LAST_CHECKPOINTS[0]}`;

/** Options that choose a recipe; a resumed run has one already. */
const RECIPE_OPTIONS = [
  'preset',
  'epochs',
  'batchSize',
  'learningRate',
  'schedule',
  'warmupEpochs',
  'labelSmoothing',
  'ema',
  'augment',
  'patience',
  'monitor',
  'validationSplit',
  'valSplit',
  'seed',
  'inputSize',
] as const satisfies (keyof TrainCommandOptions)[];

export function createTrainCommand(context: CommandContext): Command {
  const command = new Command('train')
    .description('train the network of the paper on labelled pictures')
    .requiredOption('--data <file>', "FER2013's CSV, plain or .gz")
    .addOption(
      new Option('--preset <name>', 'settings to start from')
        .choices(Object.keys(PRESETS))
        .default('paper' satisfies PresetName),
    )
    .option('--out <folder>', 'where checkpoints and log go (default: runs/<preset>)')
    .option('--resume <checkpoint>', 'go on from a checkpoint of an earlier run, with its settings')
    .option('--epochs <count>', 'epochs at most', parseWhole)
    .option('--batch-size <count>', 'pictures in one update', parseWhole)
    .option('--learning-rate <rate>', "Adam's learning rate", parseNumber)
    .addOption(new Option('--schedule <name>', 'course of the learning rate').choices(SCHEDULES))
    .option('--warmup-epochs <count>', 'epochs over which the rate rises at first', parseNumber)
    .option('--label-smoothing <part>', 'part of each target spread over all classes', parseNumber)
    .option('--ema <decay>', 'average the weights with this decay; 0 for none', parseNumber)
    .addOption(new Option('--augment <choice>', 'rotate, shift, zoom and flip').choices(['on', 'off']))
    .option('--patience <epochs>', 'stop after so many epochs without improvement', parseWhole)
    .addOption(new Option('--monitor <figure>', 'what improvement means').choices(MONITORS))
    .addOption(
      new Option('--validation-split <part>', 'validate on this last part of Training')
        .argParser(parseNumber)
        .conflicts('valSplit'),
    )
    .addOption(
      new Option('--val-split <name>', 'validate on this split').choices(['PublicTest', 'PrivateTest']),
    )
    .option('--seed <number>', 'decides initial weights, order and augmentation', parseWhole)
    .option('--input-size <pixels>', "width and height of the network's input", parseInputSize, 48)
    .option('--threads <count>', 'threads to compute with (default: all cores)', parseThreads)
    .addOption(
      new Option('--verbose <level>', '0 nothing, 1 progress, 2 one line an epoch')
        .choices(VERBOSITIES)
        .default('1'),
    )
    .helpOption('--help', 'print this help')
    .addHelpText('after', HELP)
    .action(async (options: TrainCommandOptions) => {
      const given = RECIPE_OPTIONS.filter((name) => command.getOptionValueSource(name) === 'cli');
      if (options.resume !== undefined && given.length > 0) {
        const flags = given.map(
          (name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
        );
        throw new MienError('USAGE', `train: ${flags.join(', ')} cannot change a run that is resumed; leave out --resume to start a new one`); // prettier-ignore
      }
      await train(context, options);
    });
  return command;
}

async function train(context: CommandContext, options: TrainCommandOptions): Promise<void> {
  const resume = options.resume === undefined ? undefined : await readCheckpoint(options.resume);
  const recipe = resume?.training.recipe ?? toRecipe(PRESETS[options.preset], options);
  const outputDir =
    options.out ?? (options.resume === undefined ? join('runs', recipe.preset) : dirname(options.resume));
  if (resume === undefined) await refuseUsedFolder(outputDir);
  const dataset = await readFer2013(options.data);

  const graph = resume?.graph ?? toGraph(options.inputSize, dataset.labelNames.length);
  const report = createRunReport({ data: options.data, dataset, graph, recipe, outputDir, resume });
  const events = combineEvents(
    createTrainProgress(context.stderr, options.verbose),
    createTensorBoardLog({
      folder: join(outputDir, TENSORBOARD_FOLDER),
      batchSize: recipe.batchSize,
      ...(resume === undefined ? {} : { resume }),
    }),
    report.events,
  );

  const stop = new AbortController();
  // Once only: a second Ctrl-C ends the process at once, as without this handler.
  const onSignal = (): void => {
    context.stderr.write('\nmien: stopping after this update; Ctrl-C again to quit without saving\n');
    stop.abort();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const result = await trainModel(
      {
        dataset,
        graph,
        ...(resume === undefined ? {} : toContinuation(resume)),
        recipe,
        outputDir,
        signal: stop.signal,
        ...(options.threads === undefined ? {} : { threads: options.threads }),
      },
      events,
    );
    await report.write(result.reason);
    context.stdout.write(toReport(result, options));
  } catch (error) {
    // That the page cannot be written would hide why the run ended.
    if (error instanceof MienError && error.code === 'DIVERGED')
      await report.write('diverged').catch(() => undefined);
    throw error;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function toGraph(inputSize: number, classes: number): ReturnType<typeof miniXception> {
  return miniXception({ inputShape: [inputSize, inputSize, 1], classes });
}

function toContinuation(resume: Checkpoint): { resume: Checkpoint; inputRange: Checkpoint['inputRange'] } {
  return { resume, inputRange: resume.inputRange };
}

/** The preset with what the command line changes about it. */
function toRecipe(preset: Recipe, options: RecipeOptions): Recipe {
  const augmentation = { on: PRESETS.paper.augmentation, off: null };
  return parseRecipe(
    {
      ...preset,
      seed: options.seed ?? preset.seed,
      epochs: options.epochs ?? preset.epochs,
      batchSize: options.batchSize ?? preset.batchSize,
      learningRate: options.learningRate ?? preset.learningRate,
      schedule: options.schedule ?? preset.schedule,
      // A preset's warm-up must not make a short trial impossible.
      warmupEpochs:
        options.warmupEpochs ?? Math.min(preset.warmupEpochs, (options.epochs ?? preset.epochs) / 2),
      labelSmoothing: options.labelSmoothing ?? preset.labelSmoothing,
      emaDecay: options.ema ?? preset.emaDecay,
      augmentation: options.augment === undefined ? preset.augmentation : augmentation[options.augment],
      patience: options.patience ?? preset.patience,
      monitor: options.monitor ?? preset.monitor,
      validation:
        options.valSplit !== undefined
          ? { split: options.valSplit }
          : options.validationSplit !== undefined
            ? { fraction: options.validationSplit }
            : preset.validation,
    },
    'train',
  );
}

/** Two runs in one folder would mix their checkpoints and replace each other's log. */
async function refuseUsedFolder(folder: string): Promise<void> {
  const exists = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    );
  for (const name of [LOG_FILE, ...LAST_CHECKPOINTS]) {
    const path = join(folder, name);
    if (!(await exists(path))) continue;
    const last = await Promise.all(LAST_CHECKPOINTS.map((checkpoint) => exists(join(folder, checkpoint))));
    const resume = join(folder, LAST_CHECKPOINTS[Math.max(0, last.indexOf(true))] ?? '');
    throw new MienError('USAGE', `train: ${path} is there already; choose another --out, or go on with --resume ${resume}`); // prettier-ignore
  }
}

function toReport({ reason, best, lastPath, history }: TrainResult, { data }: TrainCommandOptions): string {
  const done = `${history.length} ${history.length === 1 ? 'epoch' : 'epochs'}`;
  const resume = `mien train --data ${data} --resume ${lastPath}`;
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

function parseWhole(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return Number(text);
}

/** The network halves its input four times after two convolutions without padding; below 20 nothing is left. */
function parseInputSize(text: string): number {
  const value = parseWhole(text);
  if (value < 20 || value > 512) throw new InvalidArgumentError('It must be a whole number from 20 to 512.');
  return value;
}

function parseThreads(text: string): number {
  const value = parseWhole(text);
  if (value < 1 || value > 64) throw new InvalidArgumentError('It must be a whole number from 1 to 64.');
  return value;
}
