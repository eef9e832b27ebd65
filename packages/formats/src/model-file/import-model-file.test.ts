/** A model file is known by its bytes, and may need the files beside it. */
import { createNetwork, GraphBuilder, miniXception, bigXception, type Graph } from '@mien/core/nn';
import {
  toKerasArchive,
  toKerasHdf5,
  toModelSafetensors,
  toOnnx,
  toTensorflowJs,
  toTflite,
} from '@mien/formats';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { sequentialConfig, toWeightsFile, type TestLayer } from '../testing/keras-file.js';
import { makeWeights } from '../testing/synthetic-numbers.js';
import { contractOfPaper } from './contract-of-paper.js';
import { importModelFile } from './import-model-file.js';
import { readModelFile } from './read-model-file.js';

const g = new GraphBuilder('small', [6, 6, 1]);
const graph = g.build(g.softmax(g.dense(g.flatten(g.input), { units: 3 })));
const weights = makeWeights(graph, 2);
const model = { graph, weights };

/** A folder of files. */
function folderOf(files: Readonly<Record<string, Uint8Array>>) {
  return {
    readBeside: (name: string) => Promise.resolve(files[name]),
    listBeside: () => Promise.resolve(Object.keys(files)),
  };
}

describe('a model file is known by its bytes', () => {
  it.each([
    ['Keras 2', () => toKerasHdf5(model), 'model.keras'],
    ['Keras 3', () => toKerasArchive(model), 'model.h5'],
    ['ONNX', () => Promise.resolve(toOnnx(model)), 'model.tflite'],
    ['TFLite', () => Promise.resolve(toTflite(model)), 'model'],
    ['safetensors', () => Promise.resolve(toModelSafetensors(model)), 'model.onnx'],
  ] as const)('%s, by a wrong name', async (_, write, path) => {
    const read = await importModelFile({ path, bytes: await write() });
    const picture = new Float32Array(36).fill(0.5);
    const expected = (await createNetwork(graph, weights)).predict(picture, 1);
    const actual = (await createNetwork(read.graph, read.weights)).predict(picture, 1);
    expected.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 5));
  });

  it.each([
    ['a zip of PyTorch', zipSync({ 'archive/data.pkl': Uint8Array.of(1) })],
    ['a pickle', Uint8Array.of(0x80, 2, 0x63, 0x74)],
  ])('%s is refused with what to do', async (_, bytes) => {
    await expect(importModelFile({ path: 'model.pt', bytes })).rejects.toThrow(
      /^model\.pt: is PyTorch's own .*torch\.onnx\.export/,
    );
  });

  it('anything else is no model', async () => {
    const bytes = new TextEncoder().encode('not a model');
    await expect(importModelFile({ path: 'notes.txt', bytes })).rejects.toThrow(
      'notes.txt: is no model file',
    );
    const json = new TextEncoder().encode('{"a": 1}');
    await expect(importModelFile({ path: 'a.json', bytes: json })).rejects.toThrow(
      'neither a network of Keras',
    );
  });
});

describe('files that belong together', () => {
  const layers: readonly TestLayer[] = [
    { className: 'Flatten', name: 'flat' },
    {
      className: 'Dense',
      name: 'out',
      config: { units: 3, activation: 'softmax' },
      weights: { kernel: weights.get('dense_1/kernel')!, bias: weights.get('dense_1/bias')! },
    },
  ];
  const description = new TextEncoder().encode(JSON.stringify(sequentialConfig([6, 6, 1], layers)));
  const parameters = weights.get('dense_1/kernel')!.data;

  it.each([
    ['weights.h5', 'weights.json'],
    ['model_weights.h5', 'model.json'],
    ['fer.weights.h5', 'fer.json'],
    ['only.h5', 'architecture.json'],
  ])('%s and %s, whichever is named', async (weightsName, jsonName) => {
    const files = { [weightsName]: await toWeightsFile(layers), [jsonName]: description };
    for (const path of [weightsName, jsonName]) {
      const read = await importModelFile({ path, bytes: files[path]!, ...folderOf(files) });
      expect(read.weights.get('out/kernel')?.data).toEqual(parameters);
    }
  });

  it('weights alone say what is missing', async () => {
    const bytes = await toWeightsFile(layers);
    await expect(importModelFile({ path: 'w.h5', bytes })).rejects.toThrow(
      'w.h5: holds weights without their network; put the file that model.to_json() gives beside it',
    );
    const twice = { 'a.h5': bytes, 'b.h5': bytes };
    await expect(
      importModelFile({ path: 'net.json', bytes: description, ...folderOf(twice) }),
    ).rejects.toThrow('several files of weights (a.h5, b.h5) are beside it');
  });

  it("TensorFlow.js' model.json and its shards", async () => {
    const { json, shards } = toTensorflowJs(model);
    const files = Object.fromEntries(shards);
    const read = await importModelFile({ path: 'web/model.json', bytes: json, ...folderOf(files) });
    expect(read.weights.get('dense_1/kernel')?.data).toEqual(parameters);
    await expect(importModelFile({ path: 'model.json', bytes: json, ...folderOf({}) })).rejects.toThrow(
      'model.json: its weights lie in group1-shard1of1.bin, which is not beside it',
    );
  });

  it('a name that leads out of the folder is never read', async () => {
    const text = new TextDecoder()
      .decode(toTensorflowJs(model).json)
      .replace('group1-shard1of1.bin', '../secret');
    const asked: string[] = [];
    const readBeside = (name: string) => {
      asked.push(name);
      return Promise.resolve(new Uint8Array(1000));
    };
    const file = { path: 'model.json', bytes: new TextEncoder().encode(text), readBeside };
    await expect(importModelFile(file)).rejects.toThrow(
      'its weights lie in ../secret, which is not beside it',
    );
    expect(asked).toEqual([]);
  });
});

describe("the paper's networks", () => {
  const renamed = (of: Graph): Graph => ({
    ...of,
    layers: of.layers.map((layer) => ({
      ...layer,
      name: `a_${layer.name}`,
      inputs: layer.inputs.map((name) => `a_${name}`),
    })),
    outputs: of.outputs.map((name) => `a_${name}`),
  });

  it.each([
    ['mini_XCEPTION', miniXception({ inputShape: [64, 64, 1] }), 'fer2013_mini_XCEPTION.102-0.66.hdf5', true],
    ['big_XCEPTION', bigXception(), 'fer2013_big_XCEPTION.54-0.66.hdf5', true],
    ['big_XCEPTION', renamed(bigXception()), 'mine.h5', false],
    ['mini_XCEPTION', renamed(miniXception()), 'raf.hdf5', false],
  ])('%s is known by its layers, and by its name beyond doubt', (network, of, name, isNamed) => {
    expect(contractOfPaper(of, name)).toMatchObject({ network, isNamed });
  });

  it.each([
    ['of eight classes', miniXception({ classes: 8 })],
    ['of colours', miniXception({ inputShape: [48, 48, 3] })],
    ['of other layers', graph],
  ])('one %s is none of them', (_, of) => {
    expect(contractOfPaper(of, 'fer2013_mini_XCEPTION.102-0.66.hdf5')).toBeUndefined();
  });

  it('labels of a look-alike are said to be assumed', async () => {
    const own = miniXception();
    const bytes = await toKerasHdf5({ graph: own, weights: makeWeights(own, 4) });
    const read = (path: string) => readModelFile({ path, bytes, manifest: undefined, contract: {} });
    const like = await read('runs/mine.hdf5');
    expect(like.labels).toHaveLength(7);
    expect(like.notices).toEqual([
      'does not say its labels (angry, disgust, fear, happy, sad, surprise, neutral; --labels) and its input range (-1, 1; --input-range): ' +
        'assumed, since its network is mini_XCEPTION',
    ]);
    expect((await read('fer2013_mini_XCEPTION.00-0.47.hdf5')).notices).toBeUndefined();
  });
});
