/**
 * What is worth knowing of a collection before a network is trained on it: how many pictures of what, which of them
 * repeat each other, which show nothing.
 *
 *   exact  pictures with equal pixels, found by a hash and compared byte for byte
 *   near   pictures that look the same (cropped, brightened or compressed otherwise), found by a perceptual hash:
 *          at most 7 of its 128 bits differ, directly or over pictures between them
 *
 * Seven, because then at least one of the hash's eight words is equal, and only pictures that share a word need to be
 * compared: FER2013's 32,298 rows take seconds instead of 500 million comparisons. Of its 844 such pairs, 50 of the 95
 * whose pixels agree least (correlation below 0.9) were looked at: all were the same photograph.
 */
import type { OnProgress } from '../progress.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import { DistinctPictures, imageOf, isLeftOut, type Dataset } from './dataset.js';
import { HASH_WORDS, hashDistance, hashPicture } from './perceptual-hash.js';

/** Bits of 128 in which near duplicates may differ. */
export const NEAR_DISTANCE = HASH_WORDS - 1;

export interface DuplicateGroup {
  readonly kind: 'exact' | 'near';
  /** Two or more, ascending. */
  readonly rows: readonly number[];
  /** Whether the rows do not all have one label. */
  readonly labelsDiffer: boolean;
  /** Whether the rows are in more than one split. */
  readonly acrossSplits: boolean;
}

export interface DatasetCheck {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly labelNames: readonly string[];
  /** Pictures of each split by label, in the order of `labelNames`, for splits that have rows. */
  readonly splits: readonly {
    readonly split: string;
    readonly counts: readonly number[];
    readonly leftOut: number;
  }[];
  /** Largest over smallest class of the first split; infinite where a class is empty. */
  readonly imbalance: number;
  /** Rows whose pixels all have one value. */
  readonly blank: readonly number[];
  /** Groups of equal pictures, and groups of pictures that look the same but are not all equal, blank ones apart. */
  readonly duplicates: readonly DuplicateGroup[];
  /** `repeats[a][b]`: rows of split a that are also, byte for byte, another row of split b. */
  readonly repeats: readonly (readonly number[])[];
  /** Rows of each of `splitNames` that would go if one of each picture stayed in it. */
  readonly surplus: readonly number[];
}

/** Rows between two looks at other work. */
const PORTION = 1024;

/** @param onProgress told of rows done; every row counts once for its pixels and once for its comparison */
export async function checkDataset(dataset: Dataset, onProgress?: OnProgress): Promise<DatasetCheck> {
  const { count, width, height, labelNames, splitNames } = dataset;
  const blank: number[] = [];
  const pictures = new DistinctPictures(dataset);
  /** Rows with equal pixels, by the first of them. */
  const byPicture = new Map<number, number[]>();
  const total = 2 * count;
  const breathe = async (done: number): Promise<void> => {
    if (done % PORTION !== 0) return;
    onProgress?.({ done, total });
    await yieldToEventLoop();
  };
  for (let row = 0; row < count; row++) {
    await breathe(row);
    if (isBlank(imageOf(dataset, row))) blank.push(row);
    const first = pictures.add(row);
    if (first === row) byPicture.set(row, [row]);
    else byPicture.get(first)?.push(row);
  }

  // Blank pictures equal each other; what they look like says nothing.
  const isShowing = ([first = 0]: readonly number[]): boolean => !isBlank(imageOf(dataset, first));
  const different = [...byPicture.values()].filter(isShowing);
  const alike = await groupAlike(dataset, different.map(([first = 0]) => first), (done) => breathe(count + done)); // prettier-ignore
  const toGroup = (kind: DuplicateGroup['kind'], rows: readonly number[]): DuplicateGroup => ({
    kind,
    rows,
    labelsDiffer: new Set(rows.map((row) => dataset.labels[row])).size > 1,
    acrossSplits: new Set(rows.map((row) => dataset.splits[row])).size > 1,
  });
  const near = alike.map((places) => places.flatMap((place) => different[place] ?? []).sort((a, b) => a - b));
  const equal = [...byPicture.values()].filter((rows) => rows.length > 1);
  onProgress?.({ done: total, total });

  const present = new Set(dataset.splits);
  const splits = splitNames.flatMap((split, index) =>
    present.has(index) ? [{ split, ...countLabels(dataset, index) }] : [],
  );
  return {
    count,
    width,
    height,
    labelNames,
    splits,
    imbalance: toImbalance(splits[0]?.counts ?? []),
    blank,
    duplicates: [
      ...equal.map((rows) => toGroup('exact', rows)),
      ...near.map((rows) => toGroup('near', rows)),
    ],
    repeats: countRepeats(dataset, equal),
    surplus: splitNames.map((_, split) =>
      equal.reduce((sum, rows) => sum + Math.max(0, countIn(dataset, rows, split) - 1), 0),
    ),
  };
}

function isBlank(pixels: Uint8Array): boolean {
  return pixels.every((grey) => grey === pixels[0]);
}

/** Groups of two or more places in `rows` whose pictures look the same. */
async function groupAlike(
  dataset: Dataset,
  rows: readonly number[],
  breathe: (done: number) => Promise<void>,
): Promise<number[][]> {
  const hashes = new Uint16Array(rows.length * HASH_WORDS);
  rows.forEach((row, place) => {
    const hash = hashes.subarray(place * HASH_WORDS, (place + 1) * HASH_WORDS);
    hashPicture(imageOf(dataset, row), dataset.width, dataset.height, hash);
  });
  const groups = new DisjointSets(rows.length);
  // Pictures of one hash are near to the same others: the first of them stands for all in the buckets.
  const byHash = new Map<string, number>();
  const buckets = Array.from({ length: HASH_WORDS }, () => new Map<number, number[]>());
  for (let place = 0; place < rows.length; place++) {
    await breathe(place);
    const key = String.fromCharCode(...hashes.subarray(place * HASH_WORDS, (place + 1) * HASH_WORDS));
    const same = byHash.get(key);
    if (same !== undefined) {
      groups.join(place, same);
      continue;
    }
    byHash.set(key, place);
    for (const [word, bucket] of buckets.entries()) {
      const value = hashes[place * HASH_WORDS + word] ?? 0;
      const others = bucket.get(value);
      if (others === undefined) {
        bucket.set(value, [place]);
        continue;
      }
      for (const other of others) {
        if (hashDistance(hashes, place, other) <= NEAR_DISTANCE) groups.join(place, other);
      }
      others.push(place);
    }
  }
  return groups.list().filter((places) => places.length > 1);
}

/** Ref: Tarjan 1975, union by path halving. */
class DisjointSets {
  readonly #parents: Uint32Array;

  constructor(size: number) {
    this.#parents = Uint32Array.from({ length: size }, (_, index) => index);
  }

  join(a: number, b: number): void {
    const [low, high] = [this.#root(a), this.#root(b)].sort((x, y) => x - y);
    this.#parents[high ?? 0] = low ?? 0;
  }

  /** The sets, by their smallest member. */
  list(): number[][] {
    const sets = new Map<number, number[]>();
    this.#parents.forEach((_, index) => {
      const root = this.#root(index);
      const set = sets.get(root);
      if (set === undefined) sets.set(root, [index]);
      else set.push(index);
    });
    return [...sets.values()];
  }

  #root(index: number): number {
    const parents = this.#parents;
    let at = index;
    while (parents[at]! !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  }
}

function countLabels(dataset: Dataset, split: number): { counts: number[]; leftOut: number } {
  const counts = dataset.labelNames.map(() => 0);
  let leftOut = 0;
  dataset.labels.forEach((label, row) => {
    if (dataset.splits[row] !== split) return;
    if (isLeftOut(dataset, row)) leftOut++;
    else counts[label]!++;
  });
  return { counts, leftOut };
}

function toImbalance(counts: readonly number[]): number {
  return Math.max(...counts) / Math.min(...counts);
}

/** See {@link DatasetCheck.repeats}; rows and columns are all of `splitNames`. */
function countRepeats(dataset: Dataset, groups: readonly (readonly number[])[]): number[][] {
  const repeats = dataset.splitNames.map(() => dataset.splitNames.map(() => 0));
  for (const rows of groups) {
    const inSplit = dataset.splitNames.map((_, split) => countIn(dataset, rows, split));
    for (const [a, own] of inSplit.entries()) {
      for (const [b, others] of inSplit.entries()) {
        if (a === b ? own > 1 : others > 0) repeats[a]![b]! += own;
      }
    }
  }
  return repeats;
}

function countIn(dataset: Dataset, rows: readonly number[], split: number): number {
  return rows.filter((row) => dataset.splits[row] === split).length;
}
