/**
 * The golden values of session/golden: the formula for weights, inputs and targets, and the comparison of tensors with
 * their digests.
 */
import { readFileSync } from 'node:fs';
import { MienError } from '@mien/core';
import { describeGraph, elementCount, type Graph, type Tensor, type Weights } from '@mien/core/nn';

/** Summary of a tensor. */
export interface Digest {
  readonly norm: number;
  readonly sum: number;
  /** Values at the indices ⌊i · length / 16⌋. */
  readonly spread: readonly number[];
}

/** A network in inference and in one training step. */
export interface Golden {
  readonly inference: readonly number[];
  readonly training: readonly number[];
  readonly crossEntropy: number;
  readonly gradients: Readonly<Record<string, Digest>>;
  readonly moving: Readonly<Record<string, Digest>>;
}

export const readGolden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../session/golden/${name}.json`, import.meta.url), 'utf8'));

// The formula, as in make-golden.py -------------------------------------------------------------------------------

/** `count` float32 in low…high: a 32-bit linear congruential generator, seeded with the FNV-1a hash of `name`. */
function uniform(name: string, count: number, low: number, high: number): Float32Array {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) state = Math.imul(state ^ byte, 0x01000193);
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return low + (high - low) * ((state >>> 8) / 16777216);
  });
}

function weightRange(role: string, shape: readonly number[]): readonly [low: number, high: number] {
  const fanIn = elementCount(role === 'depthwise_kernel' ? shape.slice(0, 2) : shape.slice(0, -1));
  switch (role) {
    case 'kernel':
    case 'depthwise_kernel':
    case 'pointwise_kernel':
      return [-Math.sqrt(3 / fanIn), Math.sqrt(3 / fanIn)];
    case 'gamma':
      return [0.5, 1.5];
    case 'beta':
    case 'bias':
      return [-0.5, 0.5];
    case 'alpha':
      return [0.1, 0.5];
    case 'moving_mean':
      return [-0.3, 0.3];
    case 'moving_variance':
      return [1, 4];
    default:
      throw new MienError('UNSUPPORTED', `the formula has no range for a ${role}`);
  }
}

/** Weights of every layer of a graph. */
export function formulaWeights(graph: Graph): Weights {
  const weights = [...describeGraph(graph).layers.values()].flatMap((layer) => layer.weights);
  return new Map(
    weights.map(({ name, shape }): [string, Tensor] => {
      const role = name.slice(name.indexOf('/') + 1);
      return [name, { shape, data: uniform(name, elementCount(shape), ...weightRange(role, shape)) }];
    }),
  );
}

/** Inputs in −1 … 1 and soft targets whose rows sum to one. */
export function formulaBatch(step: number, count: number, { inputShape }: Graph, classes: number) {
  const inputs = uniform(`inputs ${step}`, count * elementCount(inputShape), -1, 1);
  const targets = uniform(`targets ${step}`, count * classes, 0, 1);
  for (let start = 0; start < targets.length; start += classes) {
    const row = targets.subarray(start, start + classes);
    const sum = row.reduce((total, value) => total + value, 0);
    row.forEach((value, index) => (row[index] = value / sum));
  }
  return { inputs, targets };
}

// Comparison ------------------------------------------------------------------------------------------------------

export function toDigest(values: Float32Array): Digest {
  const { length } = values;
  return {
    norm: Math.sqrt(values.reduce((total, value) => total + value * value, 0)),
    sum: values.reduce((total, value) => total + value, 0),
    spread: Array.from({ length: 16 }, (_, index) => values[Math.floor((index * length) / 16)] ?? NaN),
  };
}

/**
 * How far a tensor is from its golden digest: the worst of norm, sum and values, relative to the norm (the sum to that
 * of equal values of this norm).
 */
function digestError({ data }: Tensor, expected: Digest): number {
  const actual = toDigest(data);
  // A bias before a batch normalization has a gradient of exactly 0; in float32 it is a sum of rounding errors.
  const scale = expected.norm < 1e-9 ? 0.1 : expected.norm;
  return Math.max(
    Math.abs(actual.norm - expected.norm) / scale,
    Math.abs(actual.sum - expected.sum) / (scale * Math.sqrt(data.length)),
    largestDifference(actual.spread, expected.spread) / scale,
  );
}

/** Names and errors of the tensors that differ from their digest by more than `limit`. */
export function tensorsBeyond(
  limit: number,
  actual: Weights,
  expected: Readonly<Record<string, Digest>>,
): readonly (readonly [name: string, error: number])[] {
  return Object.entries(expected)
    .map(([name, digest]) => [name, digestError(tensorOf(actual, name), digest)] as const)
    .filter(([, error]) => !(error < limit));
}

/** Infinite when the lengths differ or a value is NaN. */
export function largestDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  const worst = Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? NaN))));
  return Number.isNaN(worst) ? Infinity : worst;
}

export function tensorOf(tensors: Weights, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor is named ${name}`);
  return tensor;
}
