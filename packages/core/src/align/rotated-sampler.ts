/**
 * Crops a rotated rectangle from a frame, with the same filter as level crops, along the crop's own rows and columns.
 *
 * frame → the pixels around the rectangle → bilinear samples on a fine grid → weighted mean around each pixel of the crop.
 *
 * The weights are a triangle filter, as in `cropResize`. A bilinear sample is a triangle filter already, with a radius of
 * one pixel of the frame. Variances of filters in sequence add up, and the variance of a triangle grows with its radius
 * squared. The target radius is 1 pixel of the crop, which is `step` pixels of the frame, so the mean needs a radius of
 * √(1 − 1/step²). If the crop is hardly smaller than the rectangle, the bilinear samples alone are the crop.
 */
import { scaleOf, transformPoint, type SimilarityTransform } from './similarity-transform.js';
import type { Kernels } from '../backend/kernels.js';
import type { Frame } from '../frame.js';
import { copyChannel, type Region } from '../image/copy-region.js';
import { PILLOW_GREY, writeGrey } from '../image/write-grey.js';
import type { InputContract } from '../model/input-contract.js';

/**
 * Samples per pixel of the crop, along a row: one for every two pixels of the frame, which a bilinear sample spans, and at
 * least as many as narrow triangles need. In faces larger than 48·32 pixels, the maximum leaves some pixels unused; the
 * mean of 256 samples hardly changes.
 */
const MIN_SAMPLES = 4;
const MAX_SAMPLES = 16;
/** A smaller triangle falls between the samples. */
const MIN_RADIUS = 1 / MIN_SAMPLES;

/**
 * Samples a crop, float32 `[height, width, channels]` in the input's range. Beyond the frame, the pixels at its border are
 * repeated.
 *
 * @param kernels allocates scratch memory, which the caller releases
 * @param transform from pixels of the crop to pixels of the frame
 * @returns a view of the scratch memory
 */
export function sampleRotated(
  kernels: Kernels,
  frame: Frame,
  transform: SimilarityTransform,
  { width, height, channels, range }: InputContract,
): Float32Array {
  const step = scaleOf(transform);
  const radius = Math.sqrt(Math.max(0, 1 - 1 / step ** 2));
  const isShrunk = radius >= MIN_RADIUS;
  const samples = isShrunk ? Math.min(Math.max(Math.ceil(step / 2), MIN_SAMPLES), MAX_SAMPLES) : 1;
  // The filters of the outermost pixels reach half a pixel beyond the crop.
  const margin = isShrunk ? 0.5 : 0;
  const columns = (width + 2 * margin) * samples;
  const rows = (height + 2 * margin) * samples;
  const region = regionAround(frame, transform, { width, height }, margin);
  const weights = isShrunk ? triangle(samples, radius) : new Float32Array(0);

  const floats = (count: number): number => kernels.allocate(count * Float32Array.BYTES_PER_ELEMENT);
  const output = floats(height * width * channels);
  const matrix = floats(6);
  const weightsOffset = floats(weights.length);
  const scratch = floats(columns + 4);
  const grid = floats(columns * rows);
  const patchBytes = region.width * region.height;
  const patch = kernels.allocate(patchBytes);
  const { a, b } = transform;
  // In the kernel's coordinates, pixel centres are whole numbers; ours lie at one half.
  const first = transformPoint(transform, { x: 0.5 / samples - margin, y: 0.5 / samples - margin });
  const [x, y] = [first.x - region.left - 0.5, first.y - region.top - 0.5];
  kernels.f32(matrix, 6).set([a / samples, -b / samples, x, b / samples, a / samples, y]);
  kernels.f32(weightsOffset, weights.length).set(weights);

  const [low, high] = range;
  for (let channel = 0; channel < channels; channel++) {
    if (channels === 1) writeGrey(kernels, frame, region, PILLOW_GREY, patch);
    else copyChannel(frame, region, channel, kernels.u8(patch, patchBytes));
    const { warpAffine, downsampleGrid, copyBlocks } = kernels.exports;
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
    const plane = output + channel * Float32Array.BYTES_PER_ELEMENT;
    if (isShrunk) {
      downsampleGrid(
        grid,
        weightsOffset,
        scratch,
        plane,
        width,
        samples,
        weights.length,
        channels,
        0,
        height,
      );
    } else {
      copyBlocks(grid, 0, 1, output, channel, channels, 1, 0, height * width);
    }
  }
  return kernels.f32(output, height * width * channels);
}

/** Triangle weights of the samples within one pixel on both sides of a pixel's centre; they sum to 1. Padded to a multiple of 4. */
function triangle(samples: number, radius: number): Float32Array {
  const weights = new Float32Array(Math.ceil((2 * samples) / 4) * 4);
  for (let i = 0; i < 2 * samples; i++) {
    weights[i] = Math.max(0, 1 - Math.abs((i + 0.5) / samples - 1) / radius);
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The frame's pixels that the crop depends on; for a crop beyond the frame, those at the border. */
function regionAround(
  frame: Frame,
  transform: SimilarityTransform,
  { width, height }: { readonly width: number; readonly height: number },
  margin: number,
): Region {
  const corners = [-margin, width + margin].flatMap((x) =>
    [-margin, height + margin].map((y) => transformPoint(transform, { x, y })),
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
