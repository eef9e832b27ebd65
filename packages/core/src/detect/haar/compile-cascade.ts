/**
 * Turns a cascade into the program that the kernel `haarEvaluate` runs; the kernels' `haar.ts` describes its layout.
 *
 * Two steps: compiling once writes everything that belongs to the cascade (order of the stumps, sums in fixed
 * point); placing writes the corners of the rectangles as byte offsets into an integral image of one stride, which
 * is all that changes with the size of the picture.
 */
import type { Cascade, Stage, Stump } from './cascade.js';

export interface CompiledCascade {
  /** The program with every corner's offset at zero. */
  readonly program: Uint8Array;
  /** Where the offsets belong in the program, in bytes, and the corners' places in the window. */
  readonly corners: readonly PlacedCorner[];
}

interface Corner {
  readonly x: number;
  readonly y: number;
}

interface PlacedCorner extends Corner {
  readonly at: number;
}

/** What a stump reads from the integral image. */
interface Operands {
  readonly corners: readonly Corner[];
  readonly weights: readonly number[];
}

const HEADER_BYTES = 32;
const STUMP_HEADER_BYTES = 16;
/** The forms of stumps in the order of the program: edges, pairs, triples. */
const FORMS = [
  { corners: 6, weights: 0 },
  { corners: 8, weights: 1 },
  { corners: 12, weights: 2 },
] as const;

/** How often an edge (a rectangle against one of its halves) counts its corners. */
const EDGE_COUNTS = [-2, -1, -1, 1, 1, 2];

/** OpenCV lowers every stage threshold by this much, in float32. */
const STAGE_MARGIN = Math.fround(1e-5);

export function compileCascade(cascade: Cascade): CompiledCascade {
  const stages = cascade.stages.map(compileStage);
  const program = new Uint8Array(stages.reduce((sum, stage) => sum + stage.program.length, 0));
  const corners: PlacedCorner[] = [];
  let start = 0;
  for (const stage of stages) {
    program.set(stage.program, start);
    for (const { at, x, y } of stage.corners) corners.push({ at: start + at, x, y });
    start += stage.program.length;
  }
  return { program, corners };
}

/**
 * Writes the program for integral images of `stride` columns (even) into `target`.
 *
 * @param split whether even and odd columns are kept apart in each row
 */
export function placeProgram(
  compiled: CompiledCascade,
  stride: number,
  split: boolean,
  target: Uint8Array,
): void {
  target.set(compiled.program);
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  for (const { at, x, y } of compiled.corners) {
    const column = split ? (x & 1) * (stride / 2) + (x >> 1) : x;
    view.setUint32(at, 4 * (y * stride + column), true);
  }
}

function compileStage(stage: Stage): CompiledCascade {
  const stumps = stage.stumps.map((stump) => ({ stump, ...toOperands(stump) }));
  const forms = FORMS.map(({ corners }) => stumps.filter((stump) => stump.corners.length === corners));
  const sizes = FORMS.map(
    ({ corners, weights }, i) => (STUMP_HEADER_BYTES + 4 * (corners + weights)) * (forms[i]?.length ?? 0),
  );
  const program = new Uint8Array(sizes.reduce((sum, size) => sum + size, HEADER_BYTES));
  const view = new DataView(program.buffer);

  const threshold = Math.fround(stage.threshold - STAGE_MARGIN);
  const { base, unit, low, high } = toFixedPoint(stage.stumps, threshold);
  [...sizes, base, low, high].forEach((word, i) => view.setInt32(4 * i, word, true));
  view.setFloat32(24, threshold, true);

  const placed: PlacedCorner[] = [];
  let at = HEADER_BYTES;
  for (const { stump, corners, weights } of forms.flat()) {
    view.setFloat32(at, stump.threshold, true);
    view.setInt32(at + 4, Math.round((stump.left - stump.right) * unit), true);
    view.setFloat32(at + 8, stump.left, true);
    view.setFloat32(at + 12, stump.right, true);
    at += STUMP_HEADER_BYTES;
    for (const { x, y } of corners) {
      placed.push({ at, x, y });
      at += 4;
    }
    for (const weight of weights) {
      view.setInt32(at, weight, true);
      at += 4;
    }
  }
  return { program, corners: placed };
}

/** Four corners of each rectangle and the weights of all but the first; of an edge, the six that it needs. */
function toOperands({ rectangles }: Stump): Operands {
  const counted = rectangles.flatMap(({ x, y, width, height, weight }) => [
    { x, y, count: weight },
    { x: x + width, y, count: -weight },
    { x, y: y + height, count: -weight },
    { x: x + width, y: y + height, count: weight },
  ]);
  const merged = rectangles.length === 2 ? mergeCorners(counted) : [];
  if (merged.length === EDGE_COUNTS.length && merged.every(({ count }, i) => count === EDGE_COUNTS[i])) {
    return { corners: merged, weights: [] };
  }
  return { corners: counted, weights: rectangles.slice(1).map(({ weight }) => weight) };
}

/** Corners that fall on the same place add up, or cancel out; in ascending order of their counts. */
function mergeCorners(corners: readonly (Corner & { readonly count: number })[]) {
  const merged: { x: number; y: number; count: number }[] = [];
  for (const { x, y, count } of corners) {
    const same = merged.find((corner) => corner.x === x && corner.y === y);
    if (same === undefined) merged.push({ x, y, count });
    else same.count += count;
  }
  return merged.filter(({ count }) => count !== 0).sort((a, b) => a.count - b.count);
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
