/**
 * Training and inference against values from PyTorch in float64 (golden/make-golden.py, which shares no code with
 * ours). Weights, inputs and targets come from a formula that both sides state.
 *
 * Tolerances: we compute in float32 (2⁻²⁴ ≈ 6e-8 per operation) and a gradient of mini_Xception passes about twenty
 * layers, each a sum of up to ten thousand products; measured, it ends within 2e-6 of its norm, and may be off by
 * 1e-5. A wrong padding, constant or sign is off by 1e-2 or more.
 */
import { readFileSync } from 'node:fs';
import { MienError } from '@mien/core';
import {
  createKernels,
  createNetwork,
  describeGraph,
  elementCount,
  GraphBuilder,
  KERNEL_BUILDS,
  miniXception,
  type Graph,
  type KernelBuild,
  type Symbolic,
  type Tensor,
  type Weights,
} from '@mien/core/nn';
import { describe, expect, test } from 'vitest';
import type { OptimizerConfig } from './optimizer.js';
import { createTrainingSession } from './training-session.js';

interface Digest {
  readonly norm: number;
  readonly sum: number;
  /** Values at the indices ⌊i · length / 16⌋. */
  readonly spread: readonly number[];
}

interface Golden {
  readonly inference: readonly number[];
  readonly training: readonly number[];
  readonly crossEntropy: number;
  readonly gradients: Readonly<Record<string, Digest>>;
  readonly moving: Readonly<Record<string, Digest>>;
}

interface NetworkGolden extends Golden {
  readonly adam: {
    readonly steps: number;
    readonly inference: readonly number[];
    readonly weights: Readonly<Record<string, Digest>>;
  };
}

const readGolden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'));
const networkGolden = readGolden('mini-xception') as NetworkGolden;
const layerGoldens = readGolden('layers') as Readonly<Record<string, Golden>>;

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
    case 'moving_mean':
      return [-0.3, 0.3];
    case 'moving_variance':
      return [1, 4];
    default:
      throw new MienError('UNSUPPORTED', `the formula has no range for a ${role}`);
  }
}

function formulaWeights(graph: Graph): Weights {
  const weights = [...describeGraph(graph).layers.values()].flatMap((layer) => layer.weights);
  return new Map(
    weights.map(({ name, shape }): [string, Tensor] => {
      const role = name.slice(name.indexOf('/') + 1);
      return [name, { shape, data: uniform(name, elementCount(shape), ...weightRange(role, shape)) }];
    }),
  );
}

function formulaBatch(step: number, count: number, { inputShape }: Graph, classes: number) {
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

function toDigest(values: Float32Array): Digest {
  const { length } = values;
  return {
    norm: Math.sqrt(values.reduce((total, value) => total + value * value, 0)),
    sum: values.reduce((total, value) => total + value, 0),
    spread: Array.from({ length: 16 }, (_, index) => values[Math.floor((index * length) / 16)] ?? NaN),
  };
}

/** `relative` is measured against the tensor's norm, its sum against that of equal values of this norm. */
function expectDigest(name: string, { data }: Tensor, expected: Digest, relative: number): void {
  const actual = toDigest(data);
  // A bias before a batch normalization has a gradient of exactly 0; in float32 it is a sum of rounding errors.
  const scale = expected.norm < 1e-9 ? 0.1 : expected.norm;
  expect(Math.abs(actual.norm - expected.norm) / scale, `${name}: norm`).toBeLessThan(relative);
  expect(Math.abs(actual.sum - expected.sum) / (scale * Math.sqrt(data.length)), `${name}: sum`).toBeLessThan(
    relative,
  );
  actual.spread.forEach((value, index) => {
    const error = Math.abs(value - (expected.spread[index] ?? NaN)) / scale;
    expect(error, `${name}: value ${index} of 16`).toBeLessThan(relative);
  });
}

function tensorOf(tensors: Weights, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor is named ${name}`);
  return tensor;
}

function expectDigests(actual: Weights, expected: Readonly<Record<string, Digest>>, relative: number): void {
  for (const [name, digest] of Object.entries(expected)) {
    expectDigest(name, tensorOf(actual, name), digest, relative);
  }
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? NaN))));
  expect(worst).toBeLessThan(tolerance);
}

function createSession(graph: Graph, batchSize: number, build: KernelBuild, optimizer: OptimizerConfig) {
  const weights = formulaWeights(graph);
  return createTrainingSession({ graph, batchSize, weights, seed: 1, optimizer, build, threads: 1 });
}

// The layers, each between a 1×1 convolution, whose gradient shows the layer's input gradient, and a dense layer ----

const same = { padding: 'same' } as const;
const layers: Readonly<Record<string, (g: GraphBuilder, x: Symbolic) => Symbolic>> = {
  'conv2d valid': (g, x) => g.conv2d(x, { filters: 5, kernelSize: [3, 3] }),
  'conv2d same': (g, x) => g.conv2d(x, { filters: 5, kernelSize: [3, 3], ...same }),
  'conv2d valid, stride 2': (g, x) => g.conv2d(x, { filters: 5, kernelSize: [3, 3], strides: 2 }),
  'conv2d same, stride 2': (g, x) => g.conv2d(x, { filters: 5, kernelSize: [3, 3], strides: 2, ...same }),
  'conv2d 1×1 same, stride 2': (g, x) =>
    g.conv2d(x, { filters: 5, kernelSize: [1, 1], strides: 2, useBias: false, ...same }),
  'depthwiseConv2d same': (g, x) => g.depthwiseConv2d(x, { kernelSize: [3, 3], ...same }),
  'depthwiseConv2d same, stride 2': (g, x) =>
    g.depthwiseConv2d(x, { kernelSize: [3, 3], strides: 2, ...same }),
  'separableConv2d same': (g, x) => g.separableConv2d(x, { filters: 6, kernelSize: [3, 3], ...same }),
  'separableConv2d valid, stride 2': (g, x) =>
    g.separableConv2d(x, { filters: 6, kernelSize: [3, 3], strides: 2, useBias: false }),
  batchNormalization: (g, x) => g.batchNormalization(x),
  'batchNormalization and relu': (g, x) => g.relu(g.batchNormalization(x)),
  relu: (g, x) => g.relu(x),
  'maxPooling2d same 3×3, stride 2': (g, x) => g.maxPooling2d(x, { poolSize: [3, 3], strides: 2, ...same }),
  'maxPooling2d valid 2×2': (g, x) => g.maxPooling2d(x, { poolSize: [2, 2] }),
  add: (g, x) => g.add(g.conv2d(x, { filters: 4, kernelSize: [3, 3], ...same }), x),
};

function layerGraph(name: string): Graph {
  const g = new GraphBuilder(name, [7, 6, 3]);
  const classify = (features: Symbolic) => g.build(g.softmax(g.dense(features, { units: 3 })));
  if (name === 'globalAveragePooling2d') {
    return classify(g.globalAveragePooling2d(g.conv2d(g.input, { filters: 4, kernelSize: [3, 3] })));
  }
  const layer = layers[name];
  if (layer === undefined) throw new Error(`make-golden.py has a layer that this test lacks: ${name}`);
  return classify(g.flatten(layer(g, g.conv2d(g.input, { filters: 4, kernelSize: [1, 1] }))));
}

describe.each(KERNEL_BUILDS)('%s kernels', (build) => {
  describe.each(Object.entries(layerGoldens))('%s', (name, golden) => {
    const graph = layerGraph(name);
    const { inputs, targets } = formulaBatch(1, 2, graph, 3);

    test('inference', async () => {
      const network = await createNetwork(graph, formulaWeights(graph), {
        kernels: await createKernels({ build }),
      });
      expectClose(network.predict(inputs, 2), golden.inference, 2e-6);
    });

    test('loss and gradients', async () => {
      const session = await createSession(graph, 2, build, { kind: 'sgd' });
      const { lossSum } = session.computeGradients(inputs, targets, 2);
      expect(lossSum / 2).toBeCloseTo(golden.crossEntropy, 5);
      expectDigests(session.gradients(), golden.gradients, 1e-5);
      expectDigests(session.weights(), golden.moving, 1e-6);
    });
  });

  describe('mini_Xception', () => {
    const graph = miniXception();
    const { inputs, targets } = formulaBatch(1, 4, graph, 7);

    test('inference', async () => {
      const network = await createNetwork(graph, formulaWeights(graph), {
        kernels: await createKernels({ build }),
      });
      expectClose(network.predict(inputs, 4), networkGolden.inference, 1e-5);
    });

    test('loss, gradients of every weight and moving statistics', async () => {
      const session = await createSession(graph, 4, build, { kind: 'sgd' });
      const { lossSum, correct } = session.computeGradients(inputs, targets, 4);
      expect(lossSum / 4).toBeCloseTo(networkGolden.crossEntropy, 4);
      expect(correct).toBe(countCorrect(networkGolden.training, targets, 7));
      expect([...session.gradients().keys()].sort()).toEqual(Object.keys(networkGolden.gradients).sort());
      expectDigests(session.gradients(), networkGolden.gradients, 1e-5);
      expectDigests(session.weights(), networkGolden.moving, 1e-6);
    });

    test('three steps of Adam', async () => {
      const session = await createSession(graph, 4, build, { kind: 'adam' });
      const { steps, weights, inference } = networkGolden.adam;
      for (let step = 1; step <= steps; step++) {
        const batch = formulaBatch(step, 4, graph, 7);
        session.trainStep(batch.inputs, batch.targets, 4, 0.001);
      }
      const actual = session.weights();
      expect([...actual.keys()].sort()).toEqual(Object.keys(weights).sort());
      // Adam divides a gradient by its own size: where it is nearly 0, rounding decides about a share of the step.
      // Three steps of 0.001 are compared to within a tenth of one; measured, the worst is off by 5e-5.
      for (const [name, { spread }] of Object.entries(weights)) {
        expectClose(toDigest(tensorOf(actual, name).data).spread, spread, 1e-4);
      }
      expectClose(session.predict(inputs, 4), inference, 1e-3);
    });
  });
});

function countCorrect(probabilities: readonly number[], targets: Float32Array, classes: number): number {
  const argmax = (row: readonly number[]) => row.indexOf(Math.max(...row));
  return Array.from({ length: targets.length / classes }, (_, index) => index * classes).filter(
    (start) =>
      argmax(probabilities.slice(start, start + classes)) ===
      argmax([...targets.subarray(start, start + classes)]),
  ).length;
}
