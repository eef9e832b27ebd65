/**
 * Plans the levels of a search: the picture shrinks, the window keeps its size.
 *
 * All numbers are OpenCV's, including its rounding to float32 and to even, so that the same positions are searched. Ref: OpenCV, CascadeClassifier::detectMultiScale, by experiment against 4.6.
 */

/** One level of the search. */
export interface PyramidLevel {
  /** Picture pixels per sample of this level, float32. */
  readonly scale: number;
  /** Size of the shrunken picture. */
  readonly width: number;
  readonly height: number;
  /** Distance between window positions in samples, in both directions. */
  readonly step: 1 | 2;
  /** Number of window positions. */
  readonly columns: number;
  readonly rows: number;
}

export interface PyramidOptions {
  /** Side of the cascade's window in samples. */
  readonly side: number;
  /** Scale between consecutive levels, above 1. */
  readonly scaleFactor: number;
  /** Smallest and largest side of a face in pixels. */
  readonly minSize: number;
  readonly maxSize: number;
}

/**
 * Levels from the finest to the coarsest; none if the picture is smaller than the window. If the limits exclude all
 * levels, the one whose faces are closest to `minSize` is used.
 */
export function planPyramid(width: number, height: number, options: PyramidOptions): PyramidLevel[] {
  const { side, scaleFactor, minSize, maxSize } = options;
  const candidates: { factor: number; faceSide: number }[] = [];
  for (let factor = 1; ; factor *= scaleFactor) {
    const faceSide = roundHalfEven(side * factor);
    if (faceSide > Math.min(width, height)) break;
    candidates.push({ factor, faceSide });
  }
  const within = candidates.filter(({ faceSide }) => faceSide >= minSize && faceSide <= maxSize);
  const distance = (candidate: { faceSide: number }): number => Math.abs(candidate.faceSide - minSize);
  const nearest = candidates.toSorted((a, b) => distance(a) - distance(b)).slice(0, 1);
  const levels = within.length > 0 ? within : nearest;
  const finest = levels[0];
  if (finest === undefined) return [];
  const stripes = Math.max(1, Math.ceil((levelSize(width, finest.factor) + 1 - side) / STRIPE_POSITIONS));

  return levels.map(({ factor }) => {
    const scale = Math.fround(factor);
    const step = scale >= 2 ? 1 : 2;
    const [levelWidth, levelHeight] = [levelSize(width, factor), levelSize(height, factor)];
    const columns = Math.ceil((levelWidth + 1 - side) / step);
    const rows = visitedRows(levelHeight + 1 - side, step, stripes);
    return { scale, width: levelWidth, height: levelHeight, step, columns, rows };
  });
}

/** One side of the picture on the level of a factor. */
function levelSize(size: number, factor: number): number {
  return roundHalfEven(Math.fround(size / Math.fround(factor)));
}

/** OpenCV splits every level into stripes for threads; their number is the width of the finest level over this. */
const STRIPE_POSITIONS = 32;

/**
 * Rows of window positions that OpenCV visits, of `samples` rows one sample apart. It rounds the number of steps of 2
 * down, and the share of a stripe up, so it visits an odd last row only if the second rounding makes up for the first.
 */
function visitedRows(samples: number, step: 1 | 2, stripes: number): number {
  const share = Math.max(1, Math.ceil(Math.floor(samples / step) / stripes));
  return Math.min(Math.ceil(samples / step), share * stripes);
}

/** C's `rint`: rounds halves to even. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Taps of an exact bilinear resize along one axis, two words per output sample: the index of the first of two
 * neighbouring source samples, and their weights (in 1/256) as two int16, the first one in the low half. Sample centres
 * are at half samples; beyond the outermost centres, the border sample is repeated.
 */
export function planTaps(sourceSize: number, size: number): Int32Array {
  const taps = new Int32Array(2 * size);
  const ratio = sourceSize / size;
  for (let i = 0; i < size; i++) {
    const centre = (i + 0.5) * ratio - 0.5;
    const sample = Math.floor(centre);
    const [first, second] =
      sample < 0
        ? [0, 0]
        : sample >= sourceSize - 1
          ? [sourceSize - 2, 256]
          : [sample, roundHalfEven((centre - sample) * 256)];
    taps[2 * i] = first;
    taps[2 * i + 1] = (256 - second) | (second << 16);
  }
  return taps;
}
