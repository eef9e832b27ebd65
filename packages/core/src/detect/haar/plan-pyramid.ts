/**
 * The levels at which a picture is searched: the picture shrinks, the window stays.
 *
 * All numbers here are OpenCV's, including where it rounds to float32 and to even, so that the same positions are
 * looked at. Ref: OpenCV, CascadeClassifier::detectMultiScale, by experiment against 4.6.
 */

/** One level of the search. */
export interface PyramidLevel {
  /** Picture pixels per sample of this level, float32. */
  readonly scale: number;
  /** Size of the shrunken picture. */
  readonly width: number;
  readonly height: number;
  /** Samples from one position to the next, in both directions. */
  readonly step: 1 | 2;
  /** Positions of the window. */
  readonly columns: number;
  readonly rows: number;
}

export interface PyramidOptions {
  /** Side of the cascade's window in samples. */
  readonly side: number;
  /** Each level is this much coarser than the one before, above 1. */
  readonly scaleFactor: number;
  /** Smallest and largest side of a face in pixels. */
  readonly minSize: number;
  readonly maxSize: number;
}

/**
 * Levels from the finest to the coarsest; none when the picture is smaller than the window. When there are levels
 * but the limits rule all of them out, the one whose faces come closest to `minSize` is searched.
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

/** OpenCV deals every level out to its threads in as many stripes as the finest one is wide in this many samples. */
const STRIPE_POSITIONS = 32;

/**
 * Rows of positions that are visited when `samples` of them lie one sample apart. Steps of 2 are counted rounding
 * down, a stripe's share of them rounding up: an odd last row is visited only where the second made up for it.
 */
function visitedRows(samples: number, step: 1 | 2, stripes: number): number {
  const share = Math.max(1, Math.ceil(Math.floor(samples / step) / stripes));
  return Math.min(Math.ceil(samples / step), share * stripes);
}

/** C's rint: halves go to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * The taps of an exact bilinear resize along one axis, two words for each output sample: the first of two
 * neighbouring source samples, and their weights (of 256) as two int16, the first one's in the low half.
 * Sample centres are half a sample in; outside of the outermost centres the border sample is repeated.
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
