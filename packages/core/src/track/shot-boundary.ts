/**
 * Finds the cuts of a video: frames that show another shot than the frame before.
 *
 *   frame → signature (32×18 cells of mean colour) → similarity to the last signature → cut or not
 *
 * Two frames belong to one shot if one of five things is alike: the picture in place, the picture after a shift (the camera
 * pans), the colours (something large moves), most cells (people move before a plain wall, which correlates with nothing), or
 * what a flash has not made white. Similarity is the correlation of brightness, so a fade or a flash that
 * leaves the picture visible changes nothing. Frames that show almost nothing, black, white or noise, are passed over: after
 * a flash the picture is compared with the one before it. A dissolve is no cut, because each of its frames is like the last.
 *
 * Ref: Lienhart, "Reliable transition detection in videos", 2001 (measures of shot boundaries; ours works online, without
 * the frames that follow).
 */
import type { Frame } from '../frame.js';

const COLUMNS = 32;
const ROWS = 18;
const CELLS = COLUMNS * ROWS;
/** Samples of a cell, along each side. */
const SAMPLES = 4;
/** The largest shift of a pan between two frames, in cells. */
const MAX_SHIFT_X = 12;
const MAX_SHIFT_Y = 6;
/** Standard deviation of brightness (0…255) below which a frame shows nothing. */
const MIN_CONTRAST = 6;
/** … and below which one that is neither dark nor bright does: a small face before a plain wall has 6. */
const MIN_CONTRAST_OF_GREY = 3;
const GREY = [48, 192] as const;
/** Correlation of a picture with itself, shifted by a cell, below which it is noise. Views of photographs have 0.55 or more. */
const MIN_SMOOTHNESS = 0.3;
/** Brightness is divided into so many bins, each of the two colour differences into this many. */
const BRIGHTNESS_BINS = 8;
const COLOUR_BINS = 6;
/** In the same shot if the correlation reaches this. Measured: see docs/LOG.md. */
const SAME_PICTURE = 0.6;
/** … or this at some shift: more, because there is always a shift that fits by chance. */
const SHIFTED_PICTURE = 0.75;
/** … or, with as many colours in common, this. */
const RELATED_PICTURE = 0.35;
const SAME_COLOURS = 0.6;
/** … or if this share of the cells stayed as bright, within this much (0…255). */
const SAME_CELLS = 0.6;
const SAME_BRIGHTNESS = 4;
/** … or, with its brightest cells made equally bright from one of these shares on, as much as a shifted one. */
const WHITE_FROM = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8];

/** What a frame shows, as far as the test needs it. Floats of 32 bits, which JSON keeps exactly. */
export interface ShotView {
  /** Mean of each cell, 0…255, row by row. */
  readonly brightness: ArrayLike<number>;
  /** Share of the cells with each colour, 0…1. */
  readonly colours: ArrayLike<number>;
}

/** Means of the cells, row by row. */
interface Signature extends ShotView {
  readonly brightness: Float32Array;
  /** Mean and standard deviation of brightness. */
  readonly mean: number;
  readonly contrast: number;
}

export class ShotBoundaryDetector {
  #last: ShotView | undefined;

  /** The last frame that shows something; `undefined` until there is one. */
  get view(): ShotView | undefined {
    return this.#last;
  }

  /** Whether the next frame begins another shot; false for the first one. */
  next(frame: Frame): boolean {
    const signature = toSignature(frame);
    if (!showsSomething(signature)) return false;
    const last = this.#last;
    this.#last = signature;
    return last !== undefined && !isSameShot(last, signature);
  }
}

/** Neither plain nor noise, in which neighbouring cells have nothing to do with each other. */
function showsSomething({ brightness, mean, contrast }: Signature): boolean {
  const isGrey = mean >= GREY[0] && mean <= GREY[1];
  const least = isGrey ? MIN_CONTRAST_OF_GREY : MIN_CONTRAST;
  return contrast >= least && correlate(brightness, brightness, 1, 0) >= MIN_SMOOTHNESS;
}

/** Whether two frames that follow each other show the same shot. */
export function isSameShot(a: ShotView, b: ShotView): boolean {
  const inPlace = correlate(a.brightness, b.brightness, 0, 0);
  // A negative is the same picture too: stage lights and screens invert brightness.
  if (Math.abs(inPlace) >= SAME_PICTURE) return true;
  if (unchangedCells(a.brightness, b.brightness) >= SAME_CELLS * CELLS) return true;
  const colours = commonColours(a.colours, b.colours);
  if (colours >= SAME_COLOURS && inPlace >= RELATED_PICTURE) return true;
  if (isOverexposed(a.brightness, b.brightness) || isOverexposed(b.brightness, a.brightness)) return true;
  for (let y = -MAX_SHIFT_Y; y <= MAX_SHIFT_Y; y++) {
    for (let x = -MAX_SHIFT_X; x <= MAX_SHIFT_X; x++) {
      if (correlate(a.brightness, b.brightness, x, y) >= SHIFTED_PICTURE) return true;
    }
  }
  return false;
}

/** Whether `b` is `a` in a light too strong for the camera, as in a flash: what is brighter than some level has become white. */
function isOverexposed(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  const levels = Float32Array.from(a).sort();
  return WHITE_FROM.some((share) => {
    const level = levels[Math.floor(share * CELLS)] ?? 0;
    const clipped = Float32Array.from(a, (value) => Math.min(value, level));
    return correlate(clipped, b, 0, 0) >= SHIFTED_PICTURE;
  });
}

/** Pearson's correlation of two pictures over their common part, the second one shifted; −1…1. */
function correlate(a: ArrayLike<number>, b: ArrayLike<number>, shiftX: number, shiftY: number): number {
  const [left, right] = [Math.max(0, -shiftX), Math.min(COLUMNS, COLUMNS - shiftX)];
  const [top, bottom] = [Math.max(0, -shiftY), Math.min(ROWS, ROWS - shiftY)];
  const count = (right - left) * (bottom - top);
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const valueA = a[y * COLUMNS + x]!;
      const valueB = b[(y + shiftY) * COLUMNS + x + shiftX]!;
      sumA += valueA;
      sumB += valueB;
      squaresA += valueA * valueA;
      squaresB += valueB * valueB;
      products += valueA * valueB;
    }
  }
  const [varianceA, varianceB] = [squaresA - sumA ** 2 / count, squaresB - sumB ** 2 / count];
  const least = count * (MIN_CONTRAST / 2) ** 2;
  if (varianceA < least || varianceB < least) return 0;
  return (products - (sumA * sumB) / count) / Math.sqrt(varianceA * varianceB);
}

function unchangedCells(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let count = 0;
  for (let cell = 0; cell < CELLS; cell++) if (Math.abs(a[cell]! - b[cell]!) <= SAME_BRIGHTNESS) count++;
  return count;
}

/** The share of their colours that two pictures have in common, 0…1. */
function commonColours(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let common = 0;
  for (let i = 0; i < a.length; i++) common += Math.min(a[i]!, b[i]!);
  return common;
}

function toSignature({ width, height, channels, data }: Frame): Signature {
  const brightness = new Float32Array(CELLS);
  const colours = new Float32Array(BRIGHTNESS_BINS * COLOUR_BINS ** 2);
  let [sum, squares] = [0, 0];
  for (let cell = 0; cell < CELLS; cell++) {
    const [column, row] = [cell % COLUMNS, Math.floor(cell / COLUMNS)];
    let [red, green, blue] = [0, 0, 0];
    for (let sample = 0; sample < SAMPLES ** 2; sample++) {
      const [across, down] = [sample % SAMPLES, Math.floor(sample / SAMPLES)];
      const x = Math.floor(((column + (across + 0.5) / SAMPLES) * width) / COLUMNS);
      const y = Math.floor(((row + (down + 0.5) / SAMPLES) * height) / ROWS);
      const at = (y * width + x) * channels;
      red += data[at]!;
      green += data[channels === 1 ? at : at + 1]!;
      blue += data[channels === 1 ? at : at + 2]!;
    }
    const count = SAMPLES ** 2;
    const luma = (0.299 * red + 0.587 * green + 0.114 * blue) / count;
    brightness[cell] = luma;
    sum += luma;
    squares += luma ** 2;
    const bin =
      (toBin(luma, 0, 256, BRIGHTNESS_BINS) * COLOUR_BINS + toBin(red / count - luma, -96, 96, COLOUR_BINS)) *
        COLOUR_BINS +
      toBin(blue / count - luma, -96, 96, COLOUR_BINS);
    colours[bin]! += 1 / CELLS;
  }
  const mean = sum / CELLS;
  return { brightness, colours, mean, contrast: Math.sqrt(Math.max(0, squares / CELLS - mean ** 2)) };
}

function toBin(value: number, low: number, high: number, bins: number): number {
  return Math.max(0, Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins)));
}
