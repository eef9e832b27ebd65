/** Damaged model files of every format. */
import { GraphBuilder } from '@mien/core/nn';
import {
  toKerasArchive,
  toKerasHdf5,
  toModelSafetensors,
  toOnnx,
  toTensorflowJs,
  toTflite,
} from '@mien/formats';
import { importModelFile } from '@mien/formats/model-file';
import { describe, it } from 'vitest';
import {
  sequentialConfig,
  toWeightsFile,
  type TestLayer,
} from '../../packages/formats/src/testing/keras-file.js';
import { makeWeights } from '../../packages/formats/src/testing/synthetic-numbers.js';
import { toTfliteFile } from '../../packages/formats/src/testing/tflite-file.js';
import { readDamaged } from './read-damaged.js';

const g = new GraphBuilder('fuzzed', [12, 12, 1]);
const same = { kernelSize: [3, 3], padding: 'same' } as const;
let x = g.activation(g.batchNormalization(g.conv2d(g.input, { filters: 4, ...same })), 'elu');
x = g.add(g.separableConv2d(x, { filters: 4, ...same }), x);
x = g.activation(g.maxPooling2d(x, { poolSize: [2, 2] }), 'tanh');
const graph = g.build(g.softmax(g.dense(g.flatten(x), { units: 7 })));
const model = { graph, weights: makeWeights(graph, 5), labels: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] };
const { json, shards } = toTensorflowJs(model);

const layers: readonly TestLayer[] = [
  { className: 'LeakyReLU', name: 'bend' },
  { className: 'Flatten', name: 'flat' },
  { className: 'Dense', name: 'out', config: { units: 2, use_bias: false }, weights: { kernel: { shape: [4, 2], data: new Float32Array(8) } } }, // prettier-ignore
];
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const quantization = { scale: [0.01], zeroPoint: [-128] };
const integers = toTfliteFile(
  [
    { name: 'x', dims: [1, 2, 2, 1], type: 9, quantization },
    {
      name: 'w',
      dims: [2, 1, 1, 1],
      type: 9,
      values: Int8Array.of(3, -4),
      quantization: { scale: [0.1, 0.2], zeroPoint: [0, 0] },
    },
    { name: 'y', dims: [1, 2, 2, 2], type: 9, quantization },
  ],
  [
    {
      code: 3,
      inputs: [0, 1],
      outputs: [2],
      options: [{ int8: 1 }, { int32: 1 }, { int32: 1 }, { int8: 0 }],
    },
  ],
);
const dim = [-1, 6, 6, 1].map((size) => ({ size: String(size) }));
const graphModel = text({
  format: 'graph-model',
  modelTopology: {
    node: [
      { name: 'x', op: 'Placeholder', attr: { shape: { shape: { dim } } } },
      { name: 'pool', op: 'MaxPool', input: ['x'], attr: { ksize: { list: { i: ['1', '2', '2', '1'] } }, strides: { list: { i: ['1', '2', '2', '1'] } }, padding: { s: btoa('SAME') } } }, // prettier-ignore
      { name: 'y', op: 'Elu', input: ['pool'] },
    ],
  },
  weightsManifest: [{ paths: [], weights: [] }],
});

const FILES: readonly (readonly [string, string, () => Uint8Array | Promise<Uint8Array>])[] = [
  ['Keras 2', 'a.hdf5', () => toKerasHdf5(model)],
  ['Keras 3', 'a.keras', () => toKerasArchive(model)],
  ['a file of weights beside a description', 'pair.h5', () => toWeightsFile(layers)],
  ['a description beside a file of weights', 'net.json', () => text(sequentialConfig([2, 2, 1], layers))],
  ['ONNX', 'a.onnx', () => toOnnx(model)],
  ['TFLite', 'a.tflite', () => toTflite(model)],
  ['TFLite of integers', 'b.tflite', () => integers],
  ['TensorFlow.js, layers', 'model.json', () => json],
  ['TensorFlow.js, operators', 'graph.json', () => graphModel],
  ['safetensors', 'a.safetensors', () => toModelSafetensors(model)],
];

describe('damaged files', () => {
  it.each(FILES)('%s', { timeout: 600_000 }, async (format, path, make) => {
    const beside = new Map([...shards, ['pair.json', text(sequentialConfig([2, 2, 1], layers))], ['net.h5', await toWeightsFile(layers)]]); // prettier-ignore
    const neighbours = {
      readBeside: (name: string) => Promise.resolve(beside.get(name)),
      listBeside: () => Promise.resolve([...beside.keys()]),
    };
    await readDamaged(format, await make(), (bytes) => importModelFile({ path, bytes, ...neighbours }));
  });
});
