/** Labelled grey pictures in memory: what every reader of a collection returns and the trainer works on. */
import { createHash } from 'node:crypto';
import { MienError } from '@mien/core';

/** Name of a part of a collection, such as `Training` or `test`: one of the dataset's own `splitNames`. */
export type Split = string;

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
  /** One index into `splitNames` a picture. */
  readonly splits: Uint8Array;
  /** The first is the one to train on; a split may be without rows. */
  readonly splitNames: readonly Split[];
  /**
   * `[count, labels]`, how much of each label a picture shows: each row sums to 1, or is all zeros where the votes
   * leave the picture out. Such a row stays in the arrays, so that rows keep their numbers, and is in no split.
   */
  readonly softLabels?: Float32Array;
  /** Where each picture comes from, relative to the collection; absent where rows have numbers only. */
  readonly sources?: readonly string[];
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

/** What a message calls a row: its file, or its number counted from 1. */
export function sourceOf(dataset: Dataset, row: number): string {
  return dataset.sources?.[row] ?? `row ${row + 1}`;
}

/** Whether the votes on a picture were not for any label: see {@link Dataset.softLabels}. */
export function isLeftOut({ softLabels, labelNames }: Dataset, row: number): boolean {
  if (softLabels === undefined) return false;
  const classes = labelNames.length;
  return softLabels.subarray(row * classes, (row + 1) * classes).every((part) => part === 0);
}

/** Every row but those that are left out. */
export function allRows(dataset: Dataset): Rows {
  return Uint32Array.from({ length: dataset.count }, (_, row) => row).filter(
    (row) => !isLeftOut(dataset, row),
  );
}

/** The rows of one split, none when the dataset does not have it. */
export function rowsOfSplit(dataset: Dataset, split: Split): Rows {
  const index = dataset.splitNames.indexOf(split);
  return allRows(dataset).filter((row) => dataset.splits[row] === index);
}

/** The splits that the dataset has rows of, in the order of its `splitNames`. */
export function splitsOf(dataset: Dataset): Split[] {
  const present = new Set(dataset.splits);
  return dataset.splitNames.filter((_, index) => present.has(index));
}

/** A short text that is equal for equal pixels and for no others. */
export function pixelDigest(dataset: Dataset, row: number): string {
  return createHash('sha1').update(imageOf(dataset, row)).digest('base64');
}

/**
 * The rows of `split` whose pixels also occur, byte for byte, in another split of the dataset. A figure measured on
 * them says nothing about new pictures: FER2013 repeats 280 PublicTest pictures in Training.
 */
export function rowsRepeatedElsewhere(dataset: Dataset, split: Split): Rows {
  const index = dataset.splitNames.indexOf(split);
  const others = new Set<string>();
  const digests: string[] = [];
  for (let row = 0; row < dataset.count; row++) {
    const digest = pixelDigest(dataset, row);
    digests.push(digest);
    if (dataset.splits[row] !== index) others.add(digest);
  }
  return rowsOfSplit(dataset, split).filter((row) => others.has(digests[row] ?? ''));
}

/** SHA-256 over size, pixels, labels and splits: which data a run was trained on, however its file was packed. */
export function datasetSha256(dataset: Dataset): string {
  const hash = createHash('sha256')
    .update(`${dataset.count}×${dataset.height}×${dataset.width} ${dataset.labelNames.join(',')}\n`)
    .update(dataset.images)
    .update(dataset.labels)
    .update(dataset.splits);
  if (dataset.softLabels !== undefined) hash.update(dataset.softLabels);
  return hash.digest('hex');
}
