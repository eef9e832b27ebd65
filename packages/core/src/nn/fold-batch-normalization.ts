import type { BatchNormalizationLayer } from './graph.js';
import type { Tensor, Weights } from './tensor.js';
import { requireWeight } from './weights.js';

/** A batch normalisation in inference: y = x · scale + shift per channel. */
export interface ChannelAffine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** Converts a layer's statistics to factors, in float64, so that folding them into weights rounds only once. */
export function toChannelAffine(
  layer: BatchNormalizationLayer,
  channels: number,
  weights: Weights,
): ChannelAffine {
  const mean = requireWeight(weights, `${layer.name}/moving_mean`, [channels]).data;
  const variance = requireWeight(weights, `${layer.name}/moving_variance`, [channels]).data;
  const gamma = layer.scale ? requireWeight(weights, `${layer.name}/gamma`, [channels]).data : undefined;
  const beta = layer.center ? requireWeight(weights, `${layer.name}/beta`, [channels]).data : undefined;
  const scale = Float64Array.from(variance, (v, i) => (gamma?.[i] ?? 1) / Math.sqrt(v + layer.epsilon));
  const shift = Float64Array.from(mean, (m, i) => (beta?.[i] ?? 0) - m * (scale[i] ?? 0));
  return { scale, shift };
}

/**
 * Folds a normalisation into the kernel and bias before it.
 *
 * (Σ w·x + b)·s + t = Σ (w·s)·x + (b·s + t), with s and t per output channel. That is the last axis of the kernel, or the
 * second to last one of a depthwise kernel, which has the same order in memory.
 */
export function foldIntoKernel(
  kernel: Tensor,
  bias: Tensor | undefined,
  { scale, shift }: ChannelAffine,
): { kernel: Float32Array; bias: Float32Array } {
  const channels = scale.length;
  return {
    kernel: kernel.data.map((value, index) => value * (scale[index % channels] ?? 0)),
    bias: Float32Array.from(shift, (t, i) => (bias?.data[i] ?? 0) * (scale[i] ?? 0) + t),
  };
}
