/** Reference for the Haar kernels, one sample or window at a time, in integers, or in float64 unless noted. */
import type { Cascade, Stage, Stump } from '../../../core/src/detect/haar/cascade.js';

type Bytes = ArrayLike<number>;

/** (weights · (R, G, B) + 0x8000) >> 16 of every pixel. */
export function greyFromColor(
  pixels: Bytes,
  channels: 3 | 4,
  [red, green, blue]: [number, number, number],
): number[] {
  return Array.from({ length: pixels.length / channels }, (_, i) => {
    const [r = NaN, g = NaN, b = NaN] = [0, 1, 2].map((c) => pixels[i * channels + c]);
    return Math.floor((red * r + green * g + blue * b + 0x8000) / 0x10000);
  });
}

/** Bilinear resize whose taps are pairs of (first sample, weights of both in a word). */
export function resizeLinearExact(
  source: Bytes,
  wIn: number,
  columns: Int32Array,
  rows: Int32Array,
): number[] {
  const tap = (taps: Int32Array, i: number) => {
    const [first = NaN, weights = NaN] = taps.subarray(2 * i, 2 * i + 2);
    return { first, weights: [weights & 0xffff, weights >>> 16] };
  };
  const [w, h] = [columns.length / 2, rows.length / 2];
  return Array.from({ length: w * h }, (_, i) => {
    const [column, row] = [tap(columns, i % w), tap(rows, Math.floor(i / w))];
    let sum = 0x8000;
    row.weights.forEach((down, y) => {
      column.weights.forEach((across, x) => {
        sum += down * across * (source[(row.first + y) * wIn + column.first + x] ?? NaN);
      });
    });
    return Math.floor(sum / 0x10000);
  });
}

/** integral(x, y) = Σ of `value` over the samples left of x and above y; does not wrap. */
export function toIntegral(source: Bytes, width: number, value: (sample: number) => number) {
  const sums = new Map<number, Float64Array>([[0, new Float64Array(width + 1)]]);
  const height = source.length / width;
  for (let y = 0; y < height; y++) {
    const above = sums.get(y) ?? new Float64Array();
    const row = new Float64Array(width + 1);
    let run = 0;
    for (let x = 0; x < width; x++) {
      run += value(source[y * width + x] ?? NaN);
      row[x + 1] = run + (above[x + 1] ?? NaN);
    }
    sums.set(y + 1, row);
  }
  return (x: number, y: number): number => sums.get(y)?.[x] ?? NaN;
}

type Integral = ReturnType<typeof toIntegral>;

/** Top left corners [x, y] of the windows that pass a scan with step `step`, in scan order. */
export function scan(source: Bytes, width: number, cascade: Cascade, step: 1 | 2): [number, number][] {
  const { side, stages } = cascade;
  const height = source.length / width;
  const sum = toIntegral(source, width, (sample) => sample);
  const square = toIntegral(source, width, (sample) => sample * sample);
  const found: [number, number][] = [];
  for (let y = 0; y + side <= height; y += step) {
    for (let x = 0; x + side <= width; x += step) {
      const factor = contrastFactor(sum, square, x, y, side);
      if (factor === undefined) continue;
      const rejectedBy = stages.findIndex((stage) => !passes(stage, sum, x, y, factor));
      if (rejectedBy === -1) found.push([x, y]);
      if (rejectedBy === 0) x += step;
    }
  }
  return found;
}

function rectangleSum(integral: Integral, x: number, y: number, width: number, height: number): number {
  return integral(x + width, y + height) - integral(x, y + height) - integral(x + width, y) + integral(x, y);
}

/** 1 / (area · standard deviation) of the window without its border, as float32; undefined without contrast. */
function contrastFactor(
  sum: Integral,
  square: Integral,
  x: number,
  y: number,
  side: number,
): number | undefined {
  const inner = side - 2;
  const area = inner * inner;
  const total = rectangleSum(sum, x + 1, y + 1, inner, inner);
  const variance = area * rectangleSum(square, x + 1, y + 1, inner, inner) - total * total;
  if (variance <= 0) return undefined;
  const factor = Math.fround(1 / Math.sqrt(variance));
  return Math.fround(area * factor) < 0.1 ? factor : undefined;
}

function passes({ stumps, threshold }: Stage, sum: Integral, x: number, y: number, factor: number): boolean {
  const total = stumps.reduce((votes, stump) => votes + vote(stump, sum, x, y, factor), 0);
  return total >= Math.fround(threshold - Math.fround(1e-5));
}

function vote(
  { rectangles, threshold, left, right }: Stump,
  sum: Integral,
  x: number,
  y: number,
  factor: number,
): number {
  const value = rectangles.reduce(
    (total, at) => total + at.weight * rectangleSum(sum, x + at.x, y + at.y, at.width, at.height),
    0,
  );
  return Math.fround(Math.fround(value) * factor) < threshold ? left : right;
}
