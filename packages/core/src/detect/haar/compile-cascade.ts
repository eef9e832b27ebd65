/**
 * Compiles a cascade to the program of the kernel `haarEvaluate`; the kernels' `haar.ts` describes its layout.
 *
 * There are two steps. Compiling writes everything that depends on the cascade alone (order of the stumps, sums in fixed
 * point). Placing writes the corners of the rectangles as byte offsets into an integral image, which depend on its stride.
 */
import type { Cascade, Stage, Stump } from './cascade.js';

export interface CompiledCascade {
  /** The program as int32 words; the offsets of corners are 0. */
  readonly program: Int32Array;
  /** Three numbers per corner: the index of its word in the program, and its x and y in the window. */
  readonly corners: Int32Array;
}

const HEADER_WORDS = 8;
/** Four values, twelve corners and two weights. */
const MAX_STUMP_WORDS = 18;
/** Forms of stumps in the order of the program, with six, eight or twelve corners. */
const FORMS = ['edge', 'pair', 'triple'] as const;

/** OpenCV lowers every stage threshold by this much, in float32. */
const STAGE_MARGIN = Math.fround(1e-5);

export function compileCascade(cascade: Cascade): CompiledCascade {
  const stumps = cascade.stages.reduce((sum, stage) => sum + stage.stumps.length, 0);
  const writer = new ProgramWriter(cascade.stages.length * HEADER_WORDS + stumps * MAX_STUMP_WORDS);
  for (const stage of cascade.stages) writeStage(stage, writer);
  return {
    program: writer.words.slice(0, writer.wordCount),
    corners: writer.corners.slice(0, writer.cornerCount),
  };
}

/** Appends to preallocated arrays, without an object per corner: compiling is most of a detector's start-up time. */
class ProgramWriter {
  readonly words: Int32Array;
  readonly corners: Int32Array;
  wordCount = 0;
  cornerCount = 0;
  readonly #float = new Float32Array(1);
  readonly #floatBits = new Int32Array(this.#float.buffer);

  constructor(maxWords: number) {
    this.words = new Int32Array(maxWords);
    this.corners = new Int32Array(3 * maxWords);
  }

  word(value: number): void {
    this.words[this.wordCount++] = value;
  }

  float(value: number): void {
    this.#float[0] = value;
    this.word(this.#floatBits[0] ?? 0);
  }

  corner(x: number, y: number): void {
    this.corners[this.cornerCount++] = this.wordCount;
    this.corners[this.cornerCount++] = x;
    this.corners[this.cornerCount++] = y;
    this.wordCount++;
  }
}

/**
 * Writes the program for integral images of `stride` columns (even) into `target`.
 *
 * @param split whether each row has its even columns before its odd ones
 */
export function placeProgram(
  { program, corners }: CompiledCascade,
  stride: number,
  split: boolean,
  target: Int32Array,
): void {
  target.set(program);
  for (let i = 0; i < corners.length; i += 3) {
    const x = corners[i + 1] ?? 0;
    const column = split ? (x & 1) * (stride / 2) + (x >> 1) : x;
    target[corners[i] ?? 0] = 4 * ((corners[i + 2] ?? 0) * stride + column);
  }
}

function writeStage({ stumps, threshold: stageThreshold }: Stage, writer: ProgramWriter): void {
  const threshold = Math.fround(stageThreshold - STAGE_MARGIN);
  const { base, unit, low, high } = toFixedPoint(stumps, threshold);
  const header = writer.wordCount;
  writer.wordCount += FORMS.length;
  for (const value of [base, low, high]) writer.word(value);
  writer.float(threshold);
  writer.wordCount = header + HEADER_WORDS;

  const forms = stumps.map(formOf);
  FORMS.forEach((form, index) => {
    const start = writer.wordCount;
    for (let i = 0; i < stumps.length; i++) {
      const stump = stumps[i];
      if (stump === undefined || forms[i] !== form) continue;
      writer.float(stump.threshold);
      writer.word(Math.round((stump.left - stump.right) * unit));
      writer.float(stump.left);
      writer.float(stump.right);
      if (form === 'edge') writeEdge(stump, writer);
      else writeRectangles(stump, writer);
    }
    writer.words[header + index] = 4 * (writer.wordCount - start);
  });
}

/**
 * An edge feature is a rectangle of weight −1 and a part of it along a whole side, of weight 2. Coinciding corners are
 * combined, which leaves six.
 */
function formOf({ rectangles }: Stump): (typeof FORMS)[number] {
  const [whole, part] = rectangles;
  if (rectangles.length > 2 || whole === undefined || part === undefined) return 'triple';
  const acrossHeight = part.y === whole.y && part.height === whole.height;
  const acrossWidth = part.x === whole.x && part.width === whole.width;
  const atSide =
    (acrossHeight && (part.x === whole.x || part.x + part.width === whole.x + whole.width)) ||
    (acrossWidth && (part.y === whole.y || part.y + part.height === whole.y + whole.height));
  return part.weight === 2 && atSide && !(acrossHeight && acrossWidth) ? 'edge' : 'pair';
}

/** Writes the six corners of an edge, in the order of their weights in the kernel: −2, −1, −1, 1, 1 and 2. */
function writeEdge({ rectangles }: Stump, writer: ProgramWriter): void {
  const [whole, part] = rectangles;
  if (whole === undefined || part === undefined) return;
  const { x: left, y: top } = whole;
  const [right, bottom] = [left + whole.width, top + whole.height];
  if (part.height === whole.height && part.y === top) {
    const isLeft = part.x === left;
    const middle = isLeft ? left + part.width : part.x;
    const [near, far] = isLeft ? [top, bottom] : [bottom, top];
    writer.corner(middle, near);
    writer.corner(left, far);
    writer.corner(right, far);
    writer.corner(left, near);
    writer.corner(right, near);
    writer.corner(middle, far);
  } else {
    const isTop = part.y === top;
    const middle = isTop ? top + part.height : part.y;
    const [near, far] = isTop ? [left, right] : [right, left];
    writer.corner(near, middle);
    writer.corner(far, top);
    writer.corner(far, bottom);
    writer.corner(near, top);
    writer.corner(near, bottom);
    writer.corner(far, middle);
  }
}

/** Writes the four corners of each rectangle, and the weights of all but the first one. */
function writeRectangles({ rectangles }: Stump, writer: ProgramWriter): void {
  for (const { x, y, width, height } of rectangles) {
    writer.corner(x, y);
    writer.corner(x + width, y);
    writer.corner(x, y + height);
    writer.corner(x + width, y + height);
  }
  for (let i = 1; i < rectangles.length; i++) writer.word(rectangles[i]?.weight ?? 0);
}

/**
 * The stage's sum in int32: base·unit + Σ delta·unit over the stumps below their thresholds. Each of the n + 1 terms is
 * rounded by at most 1/2, so the error is at most (n + 1) / 2: a sum of at least `high` certainly reaches the threshold, a
 * sum below `low` certainly does not.
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
