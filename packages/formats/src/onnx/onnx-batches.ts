import { MienError } from '@mien/core';
import type { PictureInput } from './picture-input.js';

/** The input of one run of an ONNX session. */
export interface OnnxBatch {
  /** Pictures in the layout of the model. */
  readonly data: Float32Array;
  /** Dims of the input tensor, the batch first. */
  readonly dims: readonly number[];
}

export interface OnnxBatchOptions {
  readonly picture: PictureInput;
  /** Probabilities per picture. */
  readonly classes: number;
  /** Name for error messages, such as the file's path. */
  readonly source: string;
}

/**
 * Runs a model on pictures in batches that it accepts: all at once, or one by one if its batch is fixed.
 *
 * It yields the input of each run and takes the first output, so that blocking and asynchronous sessions share it.
 *
 * @param inputs float32 `[count, height, width, channels]`
 * @returns probabilities `[count, classes]`
 * @throws MienError `MODEL_INVALID` if the model returns another number of probabilities
 */
export function* runOnnxBatches(
  { picture, classes, source }: OnnxBatchOptions,
  inputs: Float32Array,
  count: number,
): Generator<OnnxBatch, Float32Array, Float32Array> {
  const [batch] = picture.dims;
  const maxBatch = typeof batch === 'number' && batch > 0 ? batch : Infinity;
  const [height, width, channels] = picture.shape;
  const length = height * width * channels;
  const outputs = new Float32Array(count * classes);
  for (let done = 0; done < count;) {
    const pictures = Math.min(maxBatch, count - done);
    const data = toLayout(inputs.slice(done * length, (done + pictures) * length), picture);
    const dims = [pictures, 1, 1, 1];
    picture.axes.forEach((axis, index) => (dims[axis] = picture.shape[index] ?? 1));
    const output = yield { data, dims };
    if (output.length !== pictures * classes) {
      throw new MienError(
        'MODEL_INVALID',
        `${source}: gives ${output.length / pictures} numbers for a picture and has ${classes} labels`,
      );
    }
    outputs.set(output, done * classes);
    done += pictures;
  }
  return outputs;
}

/** Converts `[count, height, width, channels]` to the model's order of axes. */
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
