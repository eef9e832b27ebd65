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
 * is left to be done. Where hardly anything shrinks, a bilinear sample is all.
 */
import { scaleOf, transformPoint, type SimilarityTransform } from './similarity-transform.js';
import type { Kernels } from '../backend/kernels.js';
import type { Frame } from '../frame.js';
import { copyChannel, type Region } from '../image/copy-region.js';
import { PILLOW_GREY, writeGrey } from '../image/write-grey.js';
import type { InputContract } from '../model/manifest.js';

/**
 * Samples of a pixel of the crop, along a row: at least as many as narrow triangles need, one to every two pixels of the
 * frame, which a bilinear sample spans; in faces of more than 48·32 pixels some pixels are passed over, and the mean of 256
 * samples hardly knows.
 */
const MIN_SAMPLES = 4;
const MAX_SAMPLES = 16;
/** With less of a radius left, a triangle falls between the samples. */
const LEAST_RADIUS = 1 / MIN_SAMPLES;

/**
 * What `place` shows, float32 `[height, width, channels]` in the input's range. Beyond the frame its edge is repeated.
 *
 * @param place from pixels of the crop to pixels of the frame
 * @param kernels whose memory from here on is free
 * @returns a view of that memory
 */
export function sampleTurned(
  kernels: Kernels,
  frame: Frame,
  place: SimilarityTransform,
  { width, height, channels, range }: InputContract,
): Float32Array {
  const step = scaleOf(place);
  const radius = Math.sqrt(Math.max(0, 1 - 1 / step ** 2));
  const isShrunk = radius >= LEAST_RADIUS;
  const samples = isShrunk ? Math.min(Math.max(Math.ceil(step / 2), MIN_SAMPLES), MAX_SAMPLES) : 1;
  // The triangles of the outermost pixels reach half a pixel beyond the crop.
  const margin = isShrunk ? 0.5 : 0;
  const columns = (width + 2 * margin) * samples;
  const rows = (height + 2 * margin) * samples;
  const region = regionAround(frame, place, { width, height }, margin);
  const weights = isShrunk ? triangle(samples, radius) : new Float32Array(0);

  const floats = (count: number): number => kernels.allocate(count * Float32Array.BYTES_PER_ELEMENT);
  const output = floats(height * width * channels);
  const matrix = floats(6);
  const weightsOffset = floats(weights.length);
  const scratch = floats(columns + 4);
  const grid = floats(columns * rows);
  const patchBytes = region.width * region.height;
  const patch = kernels.allocate(patchBytes);
  const { a, b } = place;
  // The kernel counts centres of pixels as whole numbers, ours lie at a half.
  const first = transformPoint(place, { x: 0.5 / samples - margin, y: 0.5 / samples - margin });
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

/** Weights of the samples within a pixel of a pixel's centre to both sides, summing to 1; zeros up to a multiple of 4. */
function triangle(samples: number, radius: number): Float32Array {
  const weights = new Float32Array(Math.ceil((2 * samples) / 4) * 4);
  for (let i = 0; i < 2 * samples; i++) {
    weights[i] = Math.max(0, 1 - Math.abs((i + 0.5) / samples - 1) / radius);
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
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
