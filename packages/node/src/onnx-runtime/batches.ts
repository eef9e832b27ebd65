/** Between our batches, `[count, height, width, channels]` of any size, and those that an ONNX model accepts. */
import { MienError } from '@mien/core';
import type { PictureInput } from '@mien/formats';
import type { Question } from './session-messages.js';

/** The questions for a batch, each of as many pictures as the model takes at once. */
export function toQuestions(inputs: Float32Array, count: number, picture: PictureInput): Question[] {
  const [batch] = picture.dims;
  const atOnce = typeof batch === 'number' && batch > 0 ? batch : Infinity;
  const [height, width, channels] = picture.shape;
  const length = height * width * channels;
  const questions: Question[] = [];
  for (let done = 0; done < count; done += atOnce) {
    const pictures = Math.min(atOnce, count - done);
    const dims = [pictures, 1, 1, 1];
    picture.axes.forEach((axis, index) => (dims[axis] = picture.shape[index] ?? 1));
    questions.push({
      data: toLayout(inputs.slice(done * length, (done + pictures) * length), picture),
      dims,
    });
  }
  return questions;
}

/**
 * The answers of all questions as `[count, classes]`.
 *
 * @throws MienError `MODEL_INVALID` if the model returns another number of values
 */
export function joinOutputs(
  outputs: readonly Float32Array[],
  questions: readonly Question[],
  { classes, source }: { readonly classes: number; readonly source: string },
): Float32Array {
  const pictures = questions.map(({ dims: [count = 0] }) => count);
  const all = new Float32Array(pictures.reduce((sum, count) => sum + count, 0) * classes);
  let at = 0;
  outputs.forEach((output, index) => {
    const count = pictures[index] ?? 0;
    if (output.length !== count * classes) {
      throw new MienError(
        'MODEL_INVALID',
        `${source}: gives ${output.length / count} numbers for a picture and has ${classes} labels`,
      );
    }
    all.set(output, at);
    at += output.length;
  });
  return all;
}

/** `[count, height, width, channels]` with the axes in the model's order. */
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
