/**
 * Cuts a turned square out of a frame, for faces that lean: the same filter as the upright crop's, along the crop's own
 * rows and columns.
 *
 * frame → the pixels around the square → a fine grid over it, bilinear → the mean of the grid's points around each pixel
 * of the crop.
 *
 * The mean is by a triangle, as `cropResize` weighs. A bilinear sample already is a mean by a triangle, of two pixels of
 * the frame; variances of filters that follow each other add up, and that of a triangle goes with its radius squared.
 * So of the radius 1 that is wanted, in pixels of a crop whose pixels are `step` pixels of the frame wide, √(1 − 1/step²)
 * is left to be done. Where nothing shrinks (step ≤ 1), a bilinear sample is all.
 */
import { scaleOf, transformPoint, type SimilarityTransform } from '../align/similarity-transform.js';
import type { Kernels } from '../backend/kernels.js';
import type { Frame } from '../frame.js';
import { copyChannel, copyGrey, type Region } from '../image/copy-region.js';
import type { InputContract } from '../model/manifest.js';

/**
 * Samples a pixel of the crop has at most, along a row. A face of 48·16 pixels is sampled in full; in a larger one some
 * pixels are passed over, and the mean of 256 samples hardly knows.
 */
const MAX_SAMPLES = 16;
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * Writes what `place` shows to `target`, float32 `[height, width, channels]` in the input's range. Beyond the frame its
 * edge is repeated.
 *
 * @param place from pixels of the crop to pixels of the frame
 * @param kernels whose memory from here on is free
 */
export function sampleTurned(
  kernels: Kernels,
  frame: Frame,
  place: SimilarityTransform,
  { width, height, channels, range }: InputContract,
  target: Float32Array,
): void {
  const step = scaleOf(place);
  const samples = step <= 1 ? 1 : Math.min(Math.ceil(step), MAX_SAMPLES);
  // The triangles of the outermost pixels reach half a pixel beyond the crop.
  const margin = step <= 1 ? 0 : 0.5;
  const columns = (width + 2 * margin) * samples;
  const rows = (height + 2 * margin) * samples;
  const region = regionAround(frame, place, { width, height }, margin);

  const matrix = kernels.allocate(6 * FLOAT_BYTES);
  const grid = kernels.allocate(columns * rows * FLOAT_BYTES);
  const patchBytes = region.width * region.height;
  const patch = kernels.allocate(patchBytes);
  const { a, b } = place;
  // The kernel counts centres of pixels as whole numbers, ours lie at a half.
  const first = transformPoint(place, { x: 0.5 / samples - margin, y: 0.5 / samples - margin });
  const [x, y] = [first.x - region.left - 0.5, first.y - region.top - 0.5];
  kernels.f32(matrix, 6).set([a / samples, -b / samples, x, b / samples, a / samples, y]);

  const weights = triangle(samples, Math.sqrt(Math.max(0, 1 - 1 / step ** 2)));
  const [low, high] = range;
  for (let channel = 0; channel < channels; channel++) {
    const bytes = kernels.u8(patch, patchBytes);
    if (channels === 1) copyGrey(frame, region, bytes);
    else copyChannel(frame, region, channel, bytes);
    const { warpAffine } = kernels.exports;
    warpAffine(
      patch,
      matrix,
      grid,
      region.height,
      region.width,
      rows,
      columns,
      (high - low) / 255,
      low,
      0,
      1,
    );
    const plane = meanOfSamples(kernels.f32(grid, rows * columns), { width, height, samples, weights });
    for (let pixel = 0; pixel < plane.length; pixel++) target[pixel * channels + channel] = plane[pixel]!;
  }
}

/** Weights of the samples within a pixel of a pixel's centre to both sides, summing to 1; none where one sample is all. */
function triangle(samples: number, radius: number): Float32Array | undefined {
  if (radius === 0) return undefined;
  const weights = Float32Array.from({ length: 2 * samples }, (_, i) =>
    Math.max(0, 1 - Math.abs((i + 0.5) / samples - 1) / radius),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

interface Grid {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly weights: Float32Array | undefined;
}

/** `[(height + 1)·samples, (width + 1)·samples]` → `[height, width]`, along rows and then along columns. */
function meanOfSamples(grid: Float32Array, { width, height, samples, weights }: Grid): Float32Array {
  if (weights === undefined) return grid;
  const [columns, rows] = [(width + 1) * samples, (height + 1) * samples];
  const narrow = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const from = row * columns + column * samples;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * grid[from + i]!;
      narrow[row * width + column] = sum;
    }
  }
  const plane = new Float32Array(height * width);
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < weights.length; i++) {
      const from = (row * samples + i) * width;
      for (let column = 0; column < width; column++) {
        plane[row * width + column]! += weights[i]! * narrow[from + column]!;
      }
    }
  }
  return plane;
}

/** The frame's pixels that can take part; where the square lies beyond the frame, those of the border. */
function regionAround(
  frame: Frame,
  place: SimilarityTransform,
  { width, height }: { readonly width: number; readonly height: number },
  margin: number,
): Region {
  const corners = [-margin, width + margin].flatMap((x) =>
    [-margin, height + margin].map((y) => transformPoint(place, { x, y })),
  );
  const [left, right] = span(
    corners.map(({ x }) => x),
    frame.width,
  );
  const [top, bottom] = span(
    corners.map(({ y }) => y),
    frame.height,
  );
  return { left, top, width: right - left, height: bottom - top };
}

function span(values: readonly number[], limit: number): [begin: number, end: number] {
  const begin = Math.min(Math.max(Math.floor(Math.min(...values)) - 1, 0), limit - 1);
  const end = Math.min(Math.max(Math.ceil(Math.max(...values)) + 1, begin + 1), limit);
  return [begin, end];
}
