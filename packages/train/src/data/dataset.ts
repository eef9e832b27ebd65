/** Labelled grey pictures in memory: what every reader of a collection returns and the trainer works on. */
import { createHash } from 'node:crypto';
import { MienError } from '@mien/core';

/** The parts of FER2013, named as its `Usage` column names them. */
export const SPLITS = ['Training', 'PublicTest', 'PrivateTest'] as const;
export type Split = (typeof SPLITS)[number];

export interface Dataset {
  /** Number of pictures. */
  readonly count: number;
  /** Size of every picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** `count × height × width` grey values 0…255. */
  readonly images: Uint8Array;
  /** One index into `labelNames` a picture. */
  readonly labels: Uint8Array;
  readonly labelNames: readonly string[];
  /** One index into {@link SPLITS} a picture. */
  readonly splits: Uint8Array;
  /** `[count, labels]`, how much of each label a picture shows: each row sums to 1, or is all zeros where it is left out. */
  readonly softLabels?: Float32Array;
}

/** Rows of the dataset (0-based) in the order of the file. */
export type Rows = Uint32Array;

/** The pixels of one row, a view. */
export function imageOf(dataset: Dataset, row: number): Uint8Array {
  const size = dataset.width * dataset.height;
  return dataset.images.subarray(row * size, (row + 1) * size);
}

/** The label of one row. */
export function labelOf(dataset: Dataset, row: number): number {
  const label = dataset.labels[row];
  if (label === undefined)
    throw new MienError('USAGE', `dataset: row ${row} of ${dataset.count} was asked for`);
  return label;
}

/** The rows of one split, none when the dataset does not have it. */
export function rowsOfSplit(dataset: Dataset, split: Split): Rows {
  const index = SPLITS.indexOf(split);
  const rows: number[] = [];
  dataset.splits.forEach((value, row) => {
    if (value === index) rows.push(row);
  });
  return Uint32Array.from(rows);
}

/** The splits that the dataset has rows of, in the order of {@link SPLITS}. */
export function splitsOf(dataset: Dataset): Split[] {
  const present = new Set(dataset.splits);
  return SPLITS.filter((_, index) => present.has(index));
}

/**
 * The rows of `split` whose pixels also occur, byte for byte, in another split of the dataset. A figure measured on
 * them says nothing about new pictures: FER2013 repeats 280 PublicTest pictures in Training.
 */
export function rowsRepeatedElsewhere(dataset: Dataset, split: Split): Rows {
  const index = SPLITS.indexOf(split);
  const own = new Set<string>();
  const others = new Set<string>();
  const digests: string[] = [];
  for (let row = 0; row < dataset.count; row++) {
    const digest = createHash('sha1').update(imageOf(dataset, row)).digest('base64');
    digests.push(digest);
    (dataset.splits[row] === index ? own : others).add(digest);
  }
  return rowsOfSplit(dataset, split).filter((row) => others.has(digests[row] ?? ''));
}

/** SHA-256 over size, pixels, labels and splits: which data a run was trained on, however its file was packed. */
export function datasetSha256(dataset: Dataset): string {
  return createHash('sha256')
    .update(`${dataset.count}×${dataset.height}×${dataset.width} ${dataset.labelNames.join(',')}\n`)
    .update(dataset.images)
    .update(dataset.labels)
    .update(dataset.splits)
    .digest('hex');
}
