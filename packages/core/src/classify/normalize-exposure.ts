/**
 * Brings pictures that are darker, brighter, flatter or harsher than nearly all that a network was trained on into that
 * range; others stay as they are, to the last bit.
 *
 *   v′ = (v − mean) · contrast′ / contrast + brightness′      contrast′, brightness′: clamped to the range
 *
 * A camera in a dim room is no other face. A network that saw such pictures rarely reads them worse than it could:
 * docs/LOG.md, "Faces in poor light". Clamping is continuous, so the readings of a video do not jump.
 */
import type { ExposureRange, InputContract } from '../model/input-contract.js';

/** Noise and the blocks of JPEG grow with the contrast, so it grows at most by this factor. */
const MAX_GAIN = 6;

/**
 * @param inputs float32 `[count, height, width, channels]` in the input's range
 * @returns `inputs` themselves where there is nothing to do, otherwise a copy
 */
export function normalizeExposure(
  inputs: Float32Array,
  {
    width,
    height,
    channels,
    range: [low, high],
  }: Pick<InputContract, 'width' | 'height' | 'channels' | 'range'>,
  { brightness, contrast }: ExposureRange,
): Float32Array {
  const length = width * height * channels;
  let result = inputs;
  for (let start = 0; start < inputs.length; start += length) {
    const picture = inputs.subarray(start, start + length);
    const { brightness: mean, contrast: deviation } = measureExposure(picture, [low, high]);
    const wanted = Math.min(clamp(deviation, contrast), MAX_GAIN * deviation);
    const middle = clamp(mean, brightness);
    if (wanted === deviation && middle === mean) continue;
    if (result === inputs) result = Float32Array.from(inputs);
    const gain = deviation > 0 ? wanted / deviation : 1;
    for (let i = 0; i < length; i++) {
      const share = ((picture[i]! - low) / (high - low) - mean) * gain + middle;
      result[start + i] = low + clamp(share, [0, 1]) * (high - low);
    }
  }
  return result;
}

/** Mean and standard deviation of a picture's samples, in shares of the range. */
export function measureExposure(
  picture: Float32Array | Uint8Array,
  [low, high]: InputContract['range'],
): { brightness: number; contrast: number } {
  let sum = 0;
  for (const value of picture) sum += value;
  const mean = sum / picture.length;
  let squares = 0;
  for (const value of picture) squares += (value - mean) ** 2;
  const extent = high - low;
  return {
    brightness: (mean - low) / extent,
    contrast: Math.sqrt(squares / picture.length) / Math.abs(extent),
  };
}

function clamp(value: number, [least, most]: readonly [number, number]): number {
  return Math.min(Math.max(value, least), most);
}
