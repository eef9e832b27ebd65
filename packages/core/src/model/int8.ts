/**
 * Weights as int8: a quarter of float32, half of float16. Each kernel is stored as whole numbers from −127 to 127 and one
 * factor a channel; everything else (biases, normalisation), which is small, stays float16. Only storage: a network
 * computes in float32.
 *
 *   value = integer · scale of its channel
 *
 * In a file, the scales of a tensor `name` are a tensor `name:scale` with the shape of the tensor, but 1 on all axes
 * other than the channels'.
 *
 * Ref: Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference", sections 2.1 and 3.1
 * (symmetric, per channel).
 */
import type { Tensor, Weights } from '../nn/tensor.js';
import { halfToFloat32, toHalfBits } from './half-float.js';

/** What the name of a tensor's scales ends in. */
const SCALE = ':scale';
const LARGEST = 127;
/** Smaller tensors gain nothing. */
const MIN_VALUES = 256;

/**
 * Splits kernels into whole numbers and scales. Channels are the last axis, or the one before if the last is 1, as in
 * depthwise kernels `[height, width, channels, 1]`.
 *
 * @returns the tensors to store: those to store as int8 (their values are whole numbers), and all others
 */
export function quantize(weights: Weights): { readonly int8: Weights; readonly others: Weights } {
  const int8 = new Map<string, Tensor>();
  const others = new Map<string, Tensor>();
  for (const [name, tensor] of weights) {
    const { shape, data } = tensor;
    if (shape.length < 2 || data.length < MIN_VALUES || !data.every(Number.isFinite)) {
      others.set(name, tensor);
      continue;
    }
    // A last axis of 1 does not move the channels of the flat data.
    const axis = shape.at(-1) === 1 ? shape.length - 2 : shape.length - 1;
    const channels = shape[axis]!;
    const largest = new Float32Array(channels);
    data.forEach((value, i) => {
      const channel = i % channels;
      largest[channel] = Math.max(largest[channel]!, Math.abs(value));
    });
    // As the file will hold them, so that rounding the scales costs nothing.
    const scales = largest.map((value) => halfToFloat32(toHalfBits(value / LARGEST)));
    const whole = data.map((value, i) => {
      const scale = scales[i % channels]!;
      return scale === 0 ? 0 : Math.max(-LARGEST, Math.min(LARGEST, Math.round(value / scale)));
    });
    int8.set(name, { shape, data: whole });
    others.set(name + SCALE, { shape: shape.map((side, i) => (i === axis ? side : 1)), data: scales });
  }
  return { int8, others };
}

/**
 * Multiplies whole numbers by their scales, in place, and removes the scales.
 *
 * @param names of the tensors that were stored as int8
 * @param fail called with what is wrong
 */
export function dequantize(
  tensors: Map<string, Tensor>,
  names: readonly string[],
  fail: (problem: string) => Error,
): void {
  for (const name of names) {
    const { shape, data } = tensors.get(name)!;
    const scales = tensors.get(name + SCALE);
    if (scales === undefined) throw fail(`tensor "${name}" holds int8 without "${name}${SCALE}"`);
    const axis = scales.shape.findIndex((side) => side !== 1);
    const fits =
      scales.shape.length === shape.length &&
      scales.shape.every((side, i) => side === 1 || (i === axis && side === shape[i]));
    if (!fits) throw fail(`"${name}${SCALE}" [${scales.shape.join(', ')}] is no scale per channel of [${shape.join(', ')}]`); // prettier-ignore
    const inner =
      axis === -1 ? data.length : shape.slice(axis + 1).reduce((product, side) => product * side, 1);
    const channels = scales.data.length;
    for (let i = 0; i < data.length; i++) {
      data[i] = data[i]! * scales.data[Math.floor(i / inner) % channels]!;
    }
    tensors.delete(name + SCALE);
  }
}
