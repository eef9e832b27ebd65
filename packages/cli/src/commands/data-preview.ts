/** `mien data preview`: draws training pictures with the augmentation of each epoch. */
import { extname } from 'node:path';
import { MienError } from '@mien/core';
import { drawContactSheet, type ContactSheet } from '@mien/node/drawing';
import {
  chooseRows,
  createBatchInputs,
  createRandom,
  labelOf,
  randomOfEpoch,
  sourceOf,
  type Dataset,
  type Random,
  type Recipe,
  type Rows,
} from '@mien/train';
import { writeFileWhole } from '@mien/train/write-file';
import { overrideRecipe, PRESET_NAMES } from '@mien/train/recipe';
import { Command, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import { addDatasetOptions, openDataset, type DatasetOptions } from '../datasets/dataset-options.js';
import { checkOutput } from '../options/check-output.js';
import { wholeNumber } from '../options/whole-number.js';
import { readRecipe, type RecipeSource } from '../training/read-recipe.js';

interface PreviewOptions extends RecipeSource, DatasetOptions {
  readonly data: string;
  readonly out: string;
  readonly seed?: number;
  readonly pictures: number;
  readonly epochs: number;
}

/** Bounds the size of the sheet; more pictures would be too small to see. */
const MAX_COUNT = 20;

const HELP = `
Each row of the sheet is one training picture, from each label in turn: first as it is read, then as the first epochs of
mien train see it with this recipe and seed. Pictures have the size of the recipe's inputSize. Mixup, which blends two
pictures, is not shown.

Examples:
  $ mien data preview --data fer2013.csv.gz --preset robust --out sheet.png
  $ mien data preview --data faces/ --recipe mine.json --out sheet.png --pictures 12 --epochs 6`;

export function createPreviewCommand(context: CommandContext): Command {
  const command = new Command('preview')
    .description('draw training pictures with the augmentation of a recipe onto one sheet')
    .requiredOption('--data <path>', "FER2013's CSV (plain or .gz), or a folder of pictures")
    .option('--recipe <file>', 'the recipe with the augmentation to show: a JSON file')
    .addOption(new Option('--preset <name>', 'settings to start from (default: paper)').choices(PRESET_NAMES))
    .requiredOption('--out <file>', 'the sheet: a .png file')
    .option('--seed <number>', 'decides which pictures are shown, and how they are augmented', wholeNumber())
    .option('--pictures <count>', 'how many pictures', wholeNumber(1, MAX_COUNT), 8)
    .option('--epochs <count>', 'how many epochs of each picture', wholeNumber(1, MAX_COUNT), 8);
  return addDatasetOptions(command, "the recipe's inputSize")
    .addHelpText('after', HELP)
    .action((options: PreviewOptions) => preview(context, options));
}

async function preview(context: CommandContext, options: PreviewOptions): Promise<void> {
  const { data, out, seed, pictures: count, epochs } = options;
  if (extname(out).toLowerCase() !== '.png') {
    throw new MienError(
      'USAGE',
      `data preview: the sheet is a PNG, got ${out}; choose a name that ends in .png`,
    );
  }
  await checkOutput(out, [data, options.recipe, options.ferplus, options.labelMap]);
  const recipe = overrideRecipe(await readRecipe(options, 'data preview'), { seed }, 'data preview');
  const dataset = await openDataset(context, data, options, {
    width: recipe.inputSize,
    height: recipe.inputSize,
    channels: 1,
  });
  const { trainRows } = chooseRows(dataset, recipe.validation);
  const rows = choosePictures(dataset, trainRows, count, createRandom(recipe.seed).fork('preview'));
  const sheet = await drawContactSheet(await toSheet(dataset, rows, recipe, epochs));
  await writeFileWhole(out, sheet);
  context.stdout.write(
    `${out}: ${rows.length} of ${trainRows.length} training pictures, as read and in epochs 1 to ${epochs}\n`,
  );
}

/** One picture of each label in turn, while there are any. */
function choosePictures(dataset: Dataset, rows: Rows, count: number, random: Random): Rows {
  const byLabel = dataset.labelNames.map((_, label) =>
    Array.from(rows).filter((row) => labelOf(dataset, row) === label),
  );
  const chosen: number[] = [];
  while (chosen.length < Math.min(count, rows.length)) {
    for (const left of byLabel) {
      if (left.length > 0) chosen.push(...left.splice(random.uniformInt(left.length), 1));
    }
  }
  return Uint32Array.from(chosen.slice(0, count));
}

/** The same pictures as in training, which depend on seed, epoch and row. */
async function toSheet(dataset: Dataset, rows: Rows, recipe: Recipe, epochs: number): Promise<ContactSheet> {
  const { augmentation, inputSize: side } = recipe;
  if (augmentation === null) {
    throw new MienError('USAGE', 'data preview: the recipe has no augmentation (it is null); choose another one'); // prettier-ignore
  }
  const greys = { inputShape: [side, side, 1], inputRange: [0, 255] } as const;
  const inputs = await createBatchInputs(dataset, greys, rows.length);
  const random = createRandom(recipe.seed);
  const columns = [
    inputs.plain(rows).slice(),
    ...Array.from({ length: epochs }, (_, index) =>
      inputs.augmented(rows, augmentation, randomOfEpoch(random, index + 1)).slice(),
    ),
  ];
  return {
    side,
    columns: ['as read', ...Array.from({ length: epochs }, (_, index) => `epoch ${index + 1}`)],
    rows: Array.from(rows, (row, index) => ({
      name: `${dataset.labelNames[labelOf(dataset, row)] ?? ''}, ${shorten(sourceOf(dataset, row))}`,
      pictures: columns.map((column) => column.subarray(index * side ** 2, (index + 1) * side ** 2)),
    })),
  };
}

/** The end of a long path says more than its start. */
function shorten(source: string): string {
  return source.length > 24 ? `…${source.slice(-23)}` : source;
}
