/**
 * Turns a cascade into the program that the kernel `haarEvaluate` runs; the kernels' `haar.ts` describes its layout.
 *
 * Two steps: compiling once writes everything that belongs to the cascade (order of the stumps, sums in fixed
 * point); placing writes the corners of the rectangles as byte offsets into an integral image of one stride, which
 * is all that changes with the size of the picture.
 */
import type { Cascade, Stage, Stump, WeightedRectangle } from './cascade.js';

export interface CompiledCascade {
  /** The program as int32 words, with every corner's offset at zero. */
  readonly program: Int32Array;
  /** Three numbers a corner: the word of the program where its offset belongs, and its x and y in the window. */
  readonly corners: Int32Array;
}

/** What a stump reads from the integral image. */
interface Operands {
  readonly stump: Stump;
  /** x and y by turns. */
  readonly corners: readonly number[];
  readonly weights: readonly number[];
}

const HEADER_WORDS = 8;
const STUMP_HEADER_WORDS = 4;
/** Corners of the forms of stumps in the order of the program: edges, pairs, triples. */
const FORMS = [6, 8, 12] as const;

/** OpenCV lowers every stage threshold by this much, in float32. */
const STAGE_MARGIN = Math.fround(1e-5);

export function compileCascade(cascade: Cascade): CompiledCascade {
  const words: number[] = [];
  const corners: number[] = [];
  for (const stage of cascade.stages) compileStage(stage, words, corners);
  return { program: Int32Array.from(words), corners: Int32Array.from(corners) };
}

/**
 * Writes the program for integral images of `stride` columns (even) into `target`.
 *
 * @param split whether even and odd columns are kept apart in each row
 */
export function placeProgram(
  { program, corners }: CompiledCascade,
  stride: number,
  split: boolean,
  target: Int32Array,
): void {
  target.set(program);
  for (let i = 0; i < corners.length; i += 3) {
    const [at = 0, x = 0, y = 0] = [corners[i], corners[i + 1], corners[i + 2]];
    const column = split ? (x & 1) * (stride / 2) + (x >> 1) : x;
    target[at] = 4 * (y * stride + column);
  }
}

/** Appends a stage to the program; plain loops, as this is most of the time that creating a detector takes. */
function compileStage(stage: Stage, words: number[], corners: number[]): void {
  const forms = FORMS.map((): Operands[] => []);
  for (const stump of stage.stumps) {
    const operands = toOperands(stump);
    forms[FORMS.findIndex((count) => operands.corners.length === 2 * count)]?.push(operands);
  }
  const sizesBytes = forms.map((stumps) =>
    stumps.reduce((sum, it) => sum + 4 * (STUMP_HEADER_WORDS + it.corners.length / 2 + it.weights.length), 0),
  );
  const threshold = Math.fround(stage.threshold - STAGE_MARGIN);
  const { base, unit, low, high } = toFixedPoint(stage.stumps, threshold);
  const header = [...sizesBytes, base, low, high, floatBits(threshold)];
  for (let i = 0; i < HEADER_WORDS; i++) words.push(header[i] ?? 0);

  for (const stumps of forms) {
    for (const { stump, corners: places, weights } of stumps) {
      words.push(
        floatBits(stump.threshold),
        Math.round((stump.left - stump.right) * unit),
        floatBits(stump.left),
        floatBits(stump.right),
      );
      for (let i = 0; i < places.length; i += 2) {
        corners.push(words.length, places[i] ?? 0, places[i + 1] ?? 0);
        words.push(0);
      }
      for (const weight of weights) words.push(weight);
    }
  }
}

/** Four corners of each rectangle and the weights of all but the first; of an edge, the six that it needs. */
function toOperands(stump: Stump): Operands {
  const edge = toEdge(stump.rectangles);
  if (edge !== undefined) return { stump, corners: edge, weights: [] };
  const corners: number[] = [];
  const weights: number[] = [];
  for (const { x, y, width, height, weight } of stump.rectangles) {
    corners.push(x, y, x + width, y, x, y + height, x + width, y + height);
    weights.push(weight);
  }
  return { stump, corners, weights: weights.slice(1) };
}

/**
 * An edge is a rectangle that counts −1 with a part of it, along a whole side, that counts 2. Corners of both that
 * fall on the same place add up: six are left, which the kernel counts −2, −1, −1, 1, 1 and 2 times in this order.
 */
function toEdge(rectangles: readonly WeightedRectangle[]): readonly number[] | undefined {
  const [whole, part] = rectangles;
  if (whole === undefined || part === undefined || rectangles.length > 2 || part.weight !== 2)
    return undefined;
  const { x: left, y: top } = whole;
  const [right, bottom] = [left + whole.width, top + whole.height];
  if (part.y === top && part.height === whole.height) {
    const middle = part.x === left ? left + part.width : part.x;
    const outer = [left, bottom, right, bottom, left, top, right, top];
    if (part.x === left) return [middle, top, ...outer, middle, bottom];
    const turned = [left, top, right, top, left, bottom, right, bottom];
    if (part.x + part.width === right) return [middle, bottom, ...turned, middle, top];
  } else if (part.x === left && part.width === whole.width) {
    const middle = part.y === top ? top + part.height : part.y;
    const outer = [right, top, right, bottom, left, top, left, bottom];
    if (part.y === top) return [left, middle, ...outer, right, middle];
    const turned = [left, top, left, bottom, right, top, right, bottom];
    if (part.y + part.height === bottom) return [right, middle, ...turned, left, middle];
  }
  return undefined;
}

const FLOAT = new Float32Array(1);
const FLOAT_BITS = new Int32Array(FLOAT.buffer);

/** The bits of a float32 as an int32. */
function floatBits(value: number): number {
  FLOAT[0] = value;
  return FLOAT_BITS[0] ?? 0;
}

/**
 * The stage's sum in int32: base·unit + Σ delta·unit over the stumps below their thresholds. Each of its n + 1 terms
 * is rounded by at most a half, so the exact sum lies within (n + 1) / 2 of it: from `high` on it reaches the
 * threshold for certain, below `low` it does not.
 */
function toFixedPoint(stumps: readonly Stump[], threshold: number) {
  const base = stumps.reduce((sum, { right }) => sum + right, 0);
  const reach = stumps.reduce((sum, { left, right }) => sum + Math.abs(left - right), Math.abs(base));
  const error = (stumps.length + 1) / 2;
  const room = 2 ** 31 - 2 - 2 * error;
  const unit = 2 ** Math.floor(Math.log2(room / Math.max(reach, Math.abs(threshold))));
  return {
    unit,
    base: Math.round(base * unit),
    low: Math.floor(threshold * unit - error),
    high: Math.ceil(threshold * unit + error),
  };
}
