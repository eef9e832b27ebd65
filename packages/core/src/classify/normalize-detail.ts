/**
 * Smooths pictures that are noisier than nearly all that a network was trained on, and sharpens softer ones; others stay as
 * they are, to the last bit.
 *
 * Noise hides what a network looks for, and a soft picture shows it faintly: a camera in a dim room, a face far away or out of
 * focus. What a filter can bring back is read better than what it cannot: docs/LOG.md, "Noisy and soft faces". The further
 * outside a picture is, the more is done, from nothing at the limit, so the readings of a video do not jump.
 */
import type { DetailRange, InputContract } from '../model/input-contract.js';
import { measureExposure } from './normalize-exposure.js';

/** Variance of the smoothing Gaussian in pixels², by how much noise there is beyond the limit. */
const SMOOTHING_PX2 = 2.56;
/** Most of that variance: beyond, the taps would no longer fall off, and from 4 on the passes would amplify. */
const MAX_SMOOTHING_PX2 = 2.7;
/** Variance in pixels² of the Gaussian whose difference from the picture sharpens it. */
const SHARPENING_PX2 = 2.25;
/** How much of the difference is added, by how much steeper the picture should be. */
const SHARPENING = 4;
/** Most of the difference that is added: the blocks of JPEG and what is left of noise are sharpened too. */
const MAX_SHARPENING = 6;

type PictureShape = Pick<InputContract, 'width' | 'height' | 'channels'>;

/**
 * @param inputs float32 `[count, height, width, channels]` in the input's range
 * @returns `inputs` themselves where there is nothing to do, otherwise a copy
 */
export function normalizeDetail(
  inputs: Float32Array,
  { width, height, channels, range: [low, high] }: PictureShape & Pick<InputContract, 'range'>,
  { maxNoise, minSlope }: DetailRange,
): Float32Array {
  const shape = { width, height, channels };
  const length = width * height * channels;
  const [least, most] = [Math.min(low, high), Math.max(low, high)];
  let result = inputs;
  for (let start = 0; start < inputs.length; start += length) {
    const picture = inputs.subarray(start, start + length);
    const { noise, slope } = measureDetail(picture, shape);
    const isSoft = slope > 0 && slope < minSlope;
    if (!(noise > maxNoise) && !isSoft) continue;
    if (result === inputs) result = Float32Array.from(inputs);
    const changed = result.subarray(start, start + length);
    if (noise > maxNoise) {
      const beyond = Math.sqrt(noise ** 2 - maxNoise ** 2);
      changed.set(smooth(changed, shape, Math.min(SMOOTHING_PX2 * beyond, MAX_SMOOTHING_PX2)));
    }
    if (isSoft) {
      const amount = Math.min(SHARPENING * (minSlope / slope - 1), MAX_SHARPENING);
      const smoothed = smooth(changed, shape, SHARPENING_PX2);
      for (let i = 0; i < length; i++) {
        const sharpened = changed[i]! + amount * (changed[i]! - smoothed[i]!);
        changed[i] = Math.min(Math.max(sharpened, least), most);
      }
    }
  }
  return result;
}

/**
 * Both in shares of the standard deviation of the picture's samples, so that contrast does not count; 0 for a picture of one
 * shade or of fewer than 3×3 pixels.
 *
 * - `noise`: standard deviation of its noise, estimated from what differs from a plane in each 3×3 pixels. Texture counts as
 *   well. Ref: Immerkær 1996, "Fast Noise Variance Estimation".
 * - `slope`: root mean square of the differences between pixels that are two apart, along rows and columns, a pixel
 */
export function measureDetail(
  picture: Float32Array | Uint8Array,
  { width, height, channels }: PictureShape,
): { noise: number; slope: number } {
  const { contrast: deviation } = measureExposure(picture, [0, 1]);
  if (deviation === 0 || width < 3 || height < 3) return { noise: 0, slope: 0 };
  const row = width * channels;
  /** Second differences along the columns, of one row: those along the row of these are what differs from a plane. */
  const bends = new Float64Array(row);
  let residuals = 0;
  let slopes = 0;
  for (let y = 1; y < height - 1; y++) {
    const start = y * row;
    for (let x = 0; x < row; x++) {
      const at = start + x;
      bends[x] = picture[at - row]! - 2 * picture[at]! + picture[at + row]!;
    }
    for (let x = channels; x < row - channels; x++) {
      const at = start + x;
      const across = picture[at + channels]! - picture[at - channels]!;
      const down = picture[at + row]! - picture[at - row]!;
      residuals += Math.abs(bends[x - channels]! - 2 * bends[x]! + bends[x + channels]!);
      slopes += across * across + down * down;
    }
  }
  const count = (width - 2) * (height - 2) * channels;
  return {
    noise: (Math.sqrt(Math.PI / 2) * residuals) / (6 * count) / deviation,
    slope: Math.sqrt(slopes / count) / 2 / deviation,
  };
}

/** So many passes of three taps along rows and columns are a Gaussian; `exp`, which engines round differently, is not needed. */
const PASSES = 4;

/** @param variancePx2 at most `MAX_SMOOTHING_PX2` */
function smooth(
  picture: Float32Array,
  { width, height, channels }: PictureShape,
  variancePx2: number,
): Float32Array {
  const tap = variancePx2 / (2 * PASSES);
  const result = Float32Array.from(picture);
  const alongRows = new Float32Array(picture.length);
  for (let pass = 0; pass < PASSES; pass++) {
    smoothLines(result, alongRows, width, channels, tap);
    smoothLines(alongRows, result, height, width * channels, tap);
  }
  return result;
}

/** One pass over lines of `count` samples that lie `step` apart; samples at the ends repeat. */
function smoothLines(from: Float32Array, to: Float32Array, count: number, step: number, tap: number): void {
  for (let block = 0; block < from.length; block += count * step) {
    for (let place = 0; place < count; place++) {
      const back = place === 0 ? 0 : step;
      const ahead = place === count - 1 ? 0 : step;
      const start = block + place * step;
      // `step` lines lie beside each other.
      for (let i = start; i < start + step; i++) {
        to[i] = from[i]! + tap * (from[i - back]! - 2 * from[i]! + from[i + ahead]!);
      }
    }
  }
}
