/** From pictures as our engine has them to the tensors that another engine wants for an ONNX file. */
import type { PictureInput } from './picture-input.js';

export interface PictureBatch {
  /** Float32, in the file's order of axes. */
  readonly data: Float32Array;
  readonly dims: readonly number[];
  /** Index of its first picture, and how many there are. */
  readonly first: number;
  readonly count: number;
}

/**
 * Splits pictures into batches as the file takes them: one by one where it states a batch of one, else all at once.
 *
 * @param pixels float32 `[count, height, width, channels]`; copied
 */
export function splitPictures(input: PictureInput, pixels: Float32Array, count: number): PictureBatch[] {
  const { axes, dims, shape } = input;
  const [batch] = dims;
  const atOnce = typeof batch === 'number' && batch > 0 ? batch : Infinity;
  const [height, width, channels] = shape;
  const length = height * width * channels;
  const batches: PictureBatch[] = [];
  for (let first = 0; first < count;) {
    const size = Math.min(atOnce, count - first);
    const sides = [size, 1, 1, 1];
    axes.forEach((axis, index) => (sides[axis] = shape[index] ?? 1));
    const data = toLayout(pixels.slice(first * length, (first + size) * length), input);
    batches.push({ data, dims: sides, first, count: size });
    first += size;
  }
  return batches;
}

/** `[count, height, width, channels]` as the file has its axes. */
function toLayout(pixels: Float32Array, { axes, shape }: PictureInput): Float32Array {
  const [height, width, channels] = shape;
  const isChannelsLast = axes[2] === 3;
  if (isChannelsLast || channels === 1) return pixels;
  const plane = height * width;
  const result = new Float32Array(pixels.length);
  for (let start = 0; start < pixels.length; start += plane * channels) {
    for (let channel = 0; channel < channels; channel++) {
      for (let at = 0; at < plane; at++) {
        result[start + channel * plane + at] = pixels[start + at * channels + channel] ?? 0;
      }
    }
  }
  return result;
}
