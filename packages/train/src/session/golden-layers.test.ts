/**
 * Every kind of layer, in inference and in training, against values from PyTorch in float64 (golden/make-golden.py).
 *
 * Tolerances: float32 rounds at 6e-8 an operation; measured, gradients end within 2e-6 of their norm, and may be off by
 * 1e-5. A wrong padding, constant or sign is off by 1e-2 or more.
 */
import {
  createKernels,
  createNetwork,
  GraphBuilder,
  KERNEL_BUILDS,
  squeezeExcitation,
  type Graph,
  type Symbolic,
} from '@mien/core/nn';
import { describe, expect, test } from 'vitest';
import {
  formulaBatch,
  formulaWeights,
  largestDifference,
  readGolden,
  tensorsBeyond,
  type Golden,
} from '../testing/golden-formula.js';
import { createTrainingSession } from './training-session.js';

const goldens = readGolden('layers') as Readonly<Record<string, Golden>>;

// The layers, each between a 1×1 convolution, whose gradient shows the layer's input gradient, and a dense layer ----

const same = { padding: 'same' } as const;
const around = (amount: number) => ({ top: amount, left: amount, bottom: amount, right: amount });
/** 8·x, exactly: spreads values over the bends of relu6, hardSigmoid and hardSwish. */
function eightfold(g: GraphBuilder, x: Symbolic): Symbolic {
  for (let doubling = 0; doubling < 3; doubling++) x = g.add(x, x);
  return x;
}
const averageWithPadding = (g: GraphBuilder, x: Symbolic) =>
  g.averagePooling2d(x, { poolSize: [3, 3], strides: 1, countIncludesPadding: true, ...same });

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
  'conv2d same, 2 groups': (g, x) => g.conv2d(x, { filters: 6, kernelSize: [3, 3], groups: 2, ...same }),
  'conv2d valid, stride 2, 2 groups': (g, x) =>
    g.conv2d(x, { filters: 2, kernelSize: [3, 3], strides: 2, groups: 2, useBias: false }),
  'conv2d 1×1, 2 groups': (g, x) => g.conv2d(x, { filters: 8, kernelSize: [1, 1], groups: 2 }),
  'conv2d same, a group a channel': (g, x) =>
    g.conv2d(x, { filters: 4, kernelSize: [3, 3], groups: 4, ...same }),
  prelu: (g, x) => g.prelu(x),
  clip: (g, x) => g.clip(x, { min: -0.4, max: 0.7 }),
  relu6: (g, x) => g.activation(eightfold(g, x), 'relu6'),
  sigmoid: (g, x) => g.activation(x, 'sigmoid'),
  tanh: (g, x) => g.activation(x, 'tanh'),
  hardSigmoid: (g, x) => g.activation(eightfold(g, x), 'hardSigmoid'),
  hardSwish: (g, x) => g.activation(eightfold(g, x), 'hardSwish'),
  softmax: (g, x) => g.softmax(x),
  'averagePooling2d valid 2×2': (g, x) => g.averagePooling2d(x, { poolSize: [2, 2] }),
  'averagePooling2d same 3×3, stride 2': (g, x) =>
    g.averagePooling2d(x, { poolSize: [3, 3], strides: 2, ...same }),
  'averagePooling2d same 3×3, with padding': (g, x) => averageWithPadding(g, x),
  multiply: (g, x) => g.multiply(g.conv2d(x, { filters: 4, kernelSize: [3, 3], ...same }), x),
  'multiply by itself': (g, x) => g.multiply(x, x),
  'multiply per channel': (g, x) =>
    g.multiply(x, g.activation(g.dense(g.globalAveragePooling2d(x), { units: 4 }), 'sigmoid')),
  'squeeze-excitation': (g, x) => squeezeExcitation(g, x, 4, 2),
  'concatenate channels': (g, x) =>
    g.concatenate([
      g.conv2d(x, { filters: 3, kernelSize: [1, 1] }),
      x,
      g.conv2d(x, { filters: 5, kernelSize: [3, 3], ...same }),
    ]),
  'concatenate rows': (g, x) =>
    g.concatenate([x, g.conv2d(x, { filters: 4, kernelSize: [3, 3], ...same }), x], { axis: 0 }),
  'concatenate columns': (g, x) =>
    g.concatenate([g.conv2d(x, { filters: 4, kernelSize: [3, 3], ...same }), x], { axis: 1 }),
  'resize2d nearest, larger': (g, x) => g.resize2d(x, { size: [14, 15] }),
  'resize2d nearest, smaller': (g, x) => g.resize2d(x, { size: [3, 4] }),
  'resize2d bilinear, larger': (g, x) => g.resize2d(x, { size: [14, 15], interpolation: 'bilinear' }),
  'resize2d bilinear, smaller': (g, x) => g.resize2d(x, { size: [3, 4], interpolation: 'bilinear' }),
  zeroPadding2d: (g, x) => g.zeroPadding2d(x, { padding: { top: 1, left: 2, bottom: 3, right: 0 } }),
  'zeroPadding2d of channels': (g, x) => g.zeroPadding2d(x, { padding: around(1), channelsAfter: 3 }),
  'zeroPadding2d of channels alone': (g, x) => g.zeroPadding2d(x, { padding: around(0), channelsAfter: 2 }),
  'used twice': (g, x) => g.add(g.add(g.activation(x, 'tanh'), averageWithPadding(g, x)), g.prelu(x)),
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
  describe.each(Object.entries(goldens))('%s', (name, golden) => {
    const graph = layerGraph(name);
    const { inputs, targets } = formulaBatch(1, 2, graph, 3);

    test('inference', async () => {
      const network = await createNetwork(graph, formulaWeights(graph), {
        kernels: await createKernels({ build }),
      });
      expect(largestDifference(network.predict(inputs, 2), golden.inference)).toBeLessThan(2e-6);
    });

    test('loss and gradients', async () => {
      const session = await createTrainingSession({
        graph,
        batchSize: 2,
        weights: formulaWeights(graph),
        seed: 1,
        optimizer: { kind: 'sgd' },
        build,
        threads: 1,
      });
      const { lossSum } = session.computeGradients(inputs, targets, 2);
      expect(lossSum / 2).toBeCloseTo(golden.crossEntropy, 5);
      expect(tensorsBeyond(1e-5, session.gradients(), golden.gradients)).toEqual([]);
      expect(tensorsBeyond(1e-6, session.weights(), golden.moving)).toEqual([]);
    });
  });
});
