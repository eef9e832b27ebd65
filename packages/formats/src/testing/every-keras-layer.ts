import { describeGraph, type Graph, type Layer, type Tensor } from '@mien/core/nn';
import type { OptimizerState } from '../imported-model.js';
import { makeWeights } from './synthetic-numbers.js';

/** A network with every kind of layer and every activation that Keras 2 files have a place for. */
export function everyKerasLayer(): Graph {
  const window = { strides: 1, padding: 'same' } as const;
  const layers: Layer[] = [
    { kind: 'input', name: 'picture', inputs: [], shape: [12, 10, 3] },
    { kind: 'zeroPadding2d', name: 'frame', inputs: ['picture'], padding: { top: 1, bottom: 2, left: 0, right: 1 }, channelsAfter: 0 }, // prettier-ignore
    { kind: 'conv2d', name: 'shortcut', inputs: ['frame'], filters: 8, kernelSize: [1, 1], strides: 2, padding: 'same', useBias: false, groups: 1, kernelL2: 0.01 }, // prettier-ignore
    { kind: 'conv2d', name: 'conv', inputs: ['frame'], filters: 8, kernelSize: [3, 2], strides: 2, padding: 'same', useBias: true, groups: 1, kernelL2: 0 }, // prettier-ignore
    { kind: 'batchNormalization', name: 'norm', inputs: ['conv'], epsilon: 1e-4, momentum: 0.9, center: true, scale: false }, // prettier-ignore
    { kind: 'activation', name: 'act', inputs: ['norm'], activation: 'relu' },
    {
      kind: 'depthwiseConv2d',
      name: 'depthwise',
      inputs: ['act'],
      kernelSize: [3, 3],
      ...window,
      useBias: true,
    },
    { kind: 'prelu', name: 'slopes', inputs: ['depthwise'] },
    { kind: 'separableConv2d', name: 'separable', inputs: ['slopes'], filters: 8, kernelSize: [3, 3], ...window, useBias: true }, // prettier-ignore
    { kind: 'activation', name: 'six', inputs: ['separable'], activation: 'relu6' },
    { kind: 'clip', name: 'clipped', inputs: ['six'], min: 0, max: 4 },
    { kind: 'add', name: 'sum', inputs: ['clipped', 'shortcut'] },
    { kind: 'activation', name: 'gate', inputs: ['sum'], activation: 'sigmoid' },
    { kind: 'multiply', name: 'product', inputs: ['sum', 'gate'] },
    { kind: 'concatenate', name: 'both', inputs: ['sum', 'product'], axis: 2 },
    { kind: 'maxPooling2d', name: 'max', inputs: ['both'], poolSize: [2, 2], strides: 2, padding: 'valid' },
    { kind: 'averagePooling2d', name: 'mean', inputs: ['max'], poolSize: [2, 2], ...window, countIncludesPadding: false }, // prettier-ignore
    { kind: 'dropout', name: 'drop', inputs: ['mean'], rate: 0.25 },
    { kind: 'conv2d', name: 'grouped', inputs: ['drop'], filters: 8, kernelSize: [1, 1], ...window, useBias: true, groups: 2, kernelL2: 0 }, // prettier-ignore
    { kind: 'reshape', name: 'other', inputs: ['grouped'], shape: [3, 4, 8] },
    { kind: 'flatten', name: 'flat', inputs: ['other'] },
    { kind: 'dense', name: 'hidden', inputs: ['flat'], units: 6, useBias: true },
    { kind: 'activation', name: 'bend', inputs: ['hidden'], activation: 'tanh' },
    { kind: 'dense', name: 'logits', inputs: ['bend'], units: 4, useBias: false },
    { kind: 'activation', name: 'probabilities', inputs: ['logits'], activation: 'softmax' },
  ];
  return { name: 'everything', inputShape: [12, 10, 3], layers, outputs: ['probabilities'] };
}

/** Adam's state for a graph, with synthetic values. */
export function makeAdam(graph: Graph): OptimizerState {
  const trainable = new Set(
    [...describeGraph(graph).layers.values()].flatMap(({ weights }) =>
      weights.filter(({ trainable: isTrainable }) => isTrainable).map(({ name }) => name),
    ),
  );
  const tensors = new Map<string, Tensor>();
  for (const [slot, seed] of [
    ['m', 2],
    ['v', 3],
  ] as const) {
    for (const [name, tensor] of makeWeights(graph, seed)) {
      if (trainable.has(name)) tensors.set(`adam/${slot}/${name}`, tensor);
    }
  }
  return {
    kind: 'adam',
    step: 12_345,
    learningRate: 0.5 ** 10,
    settings: { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 },
    tensors,
  };
}
