/** Labelled pictures in memory: the result of every dataset reader and the input of the trainer. */
import { MienError } from '@mien/core';
import { sha256Words } from './sha256.js';

/** Name of a split, such as `Training` or `test`: one of the dataset's own `splitNames`. */
export type Split = string;

export interface Dataset {
  /** Number of pictures. */
  readonly count: number;
  /** Size of every picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** 3 for red, green and blue; default 1, grey. */
  readonly channels?: 1 | 3;
  /** `count × height × width × channels` values 0…255. */
  readonly images: Uint8Array;
  /** One index into `labelNames` per picture. */
  readonly labels: Uint8Array;
  readonly labelNames: readonly string[];
  /** One index into `splitNames` per picture. */
  readonly splits: Uint8Array;
  /** The first is the training split; a split may have no rows. */
  readonly splitNames: readonly Split[];
  /**
   * `[count, labels]`, the label distribution of each picture: each row sums to 1, or is all zeros where the votes
   * exclude the picture. Excluded rows stay in the arrays, so that rows keep their numbers, but belong to no split.
   */
  readonly softLabels?: Float32Array;
  /** Path of each picture within the collection; absent for CSV files. */
  readonly sources?: readonly string[];
}

/** Rows of the dataset (0-based) in the order of the file. */
export type Rows = Uint32Array;

/** Values of a pixel. */
export function channelsOf({ channels = 1 }: Pick<Dataset, 'channels'>): 1 | 3 {
  return channels;
}

/** The pixels of one row `[height, width, channels]`, a view. */
export function imageOf(dataset: Dataset, row: number): Uint8Array {
  const size = dataset.width * dataset.height * channelsOf(dataset);
  return dataset.images.subarray(row * size, (row + 1) * size);
}

/** The grey values of one row `[height, width]`: a view, or for colours a copy by ITU-R 601. */
export function greyImageOf(dataset: Dataset, row: number): Uint8Array {
  const pixels = imageOf(dataset, row);
  if (channelsOf(dataset) === 1) return pixels;
  return Uint8Array.from({ length: pixels.length / 3 }, (_, at) => {
    const [red, green, blue] = [pixels[3 * at]!, pixels[3 * at + 1]!, pixels[3 * at + 2]!];
    return Math.floor(0.299 * red + 0.587 * green + 0.114 * blue + 0.5);
  });
}

/** The label of one row. */
export function labelOf(dataset: Dataset, row: number): number {
  const label = dataset.labels[row];
  if (label === undefined)
    throw new MienError(
      'USAGE',
      `dataset: there is no row ${row}; rows are numbered from 0 to ${dataset.count - 1}`,
    );
  return label;
}

/** The name of a row in messages: its file, or its number counted from 1. */
export function sourceOf(dataset: Dataset, row: number): string {
  return dataset.sources?.[row] ?? `row ${row + 1}`;
}

/** Whether votes exclude a picture: see {@link Dataset.softLabels}. */
export function isLeftOut({ softLabels, labelNames }: Dataset, row: number): boolean {
  if (softLabels === undefined) return false;
  const classes = labelNames.length;
  return softLabels.subarray(row * classes, (row + 1) * classes).every((part) => part === 0);
}

/** All rows except excluded ones. */
export function allRows(dataset: Dataset): Rows {
  return Uint32Array.from({ length: dataset.count }, (_, row) => row).filter(
    (row) => !isLeftOut(dataset, row),
  );
}

/** The rows of one split; none when the dataset does not have it. */
export function rowsOfSplit(dataset: Dataset, split: Split): Rows {
  const index = dataset.splitNames.indexOf(split);
  return allRows(dataset).filter((row) => dataset.splits[row] === index);
}

/** The splits that have rows, in the order of `splitNames`. */
export function splitsOf(dataset: Dataset): Split[] {
  const present = new Set(dataset.splits);
  return dataset.splitNames.filter((_, index) => present.has(index));
}

/**
 * The rows of `split` whose pixels also occur, byte for byte, in another split. A score on them says nothing about new
 * pictures: FER2013 repeats 280 PublicTest pictures in Training.
 */
export function rowsRepeatedElsewhere(dataset: Dataset, split: Split): Rows {
  const index = dataset.splitNames.indexOf(split);
  const pictures = new DistinctPictures(dataset);
  const firstRows = Array.from({ length: dataset.count }, (_, row) => pictures.add(row));
  const others = new Set(firstRows.filter((_, row) => dataset.splits[row] !== index));
  return rowsOfSplit(dataset, split).filter((row) => others.has(firstRows[row] ?? -1));
}

/** How many of `rows` have the pixels of one of the `others`. */
export function countRepeated(dataset: Dataset, others: Rows, rows: Rows): number {
  const pictures = new DistinctPictures(dataset);
  const known = new Set(Array.from(others, (row) => pictures.add(row)));
  return rows.filter((row) => known.has(pictures.add(row))).length;
}

/** Finds rows with equal pixels while rows are added one by one. */
export class DistinctPictures {
  /** The first rows of distinct pictures, by the hash of their pixels. */
  readonly #byHash = new Map<number, number[]>();

  constructor(readonly dataset: Dataset) {}

  /** @returns the first row that was added with the same pixels: `row` itself when there is none */
  add(row: number): number {
    const pixels = imageOf(this.dataset, row);
    const hash = hashOf(pixels);
    const candidates = this.#byHash.get(hash);
    if (candidates === undefined) {
      this.#byHash.set(hash, [row]);
      return row;
    }
    const first = candidates.find((candidate) => areEqual(imageOf(this.dataset, candidate), pixels));
    if (first === undefined) candidates.push(row);
    return first ?? row;
  }
}

/** Ref: FNV-1a (Fowler, Noll, Vo), 32 bits. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * SHA-256 over size, pixels, labels and splits: identifies the data that a run was trained on, however its file was
 * packed.
 */
export async function datasetSha256(dataset: Dataset): Promise<string> {
  const { count, height, width, labelNames, images, labels, splits, softLabels } = dataset;
  const colours = channelsOf(dataset) === 1 ? '' : '×3';
  const parts = [
    new TextEncoder().encode(`${count}×${height}×${width}${colours} ${labelNames.join(',')}\n`),
    images,
    labels,
    splits,
    ...(softLabels === undefined
      ? []
      : [new Uint8Array(softLabels.buffer, softLabels.byteOffset, softLabels.byteLength)]),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return toHex(await sha256(bytes));
}

/** The eight 32-bit words of the hash. Web Crypto is faster, but missing in pages that are not secure contexts. */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<number[]> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  if (subtle === undefined) return [...sha256Words(bytes)];
  const view = new DataView(await subtle.digest('SHA-256', bytes));
  return Array.from({ length: 8 }, (_, word) => view.getUint32(4 * word));
}

function toHex(words: readonly number[]): string {
  return words.map((word) => word.toString(16).padStart(8, '0')).join('');
}
