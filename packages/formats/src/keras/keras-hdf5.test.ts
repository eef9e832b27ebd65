import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createNetwork,
  describeGraph,
  GraphBuilder,
  miniXception,
  type Graph,
  type Tensor,
} from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import type { ExportableModel } from '../imported-model.js';
import { everyKerasLayer, makeAdam } from '../testing/every-keras-layer.js';
import { findData } from '../testing/find-data.js';
import { makeWeights } from '../testing/synthetic-numbers.js';
import { findPython } from '../testing/find-python.js';
import { parseKerasArchive, toKerasArchive } from './keras-archive.js';
import { parseKerasHdf5, toKerasHdf5 } from './keras-hdf5.js';
import { toKerasOrder } from './layer-order.js';
import { toKerasConfig } from './to-config.js';

const golden = (name: string): string => fileURLToPath(new URL(`golden/${name}`, import.meta.url));
const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

describe.each(['00-0.47', '32-0.62', '102-0.66'])('the published checkpoint %s', (epoch) => {
  const path = findData(`keras/fer2013_mini_XCEPTION.${epoch}.hdf5`);

  it.skipIf(path === undefined)('is the network of the paper, with its optimiser', async () => {
    const bytes = await readFile(path ?? '');
    const { graph, weights, optimizer, metadata } = await parseKerasHdf5(bytes, 'checkpoint');
    const ours = miniXception({ inputShape: [64, 64, 1] });
    expect(new Map(graph.layers.map((layer) => [layer.name, layer.kind]))).toEqual(
      new Map(ours.layers.map((layer) => [layer.name, layer.kind])),
    );
    expect(describeGraph(graph)).toMatchObject({ parameterCount: 58_423, outputShape: [7] });
    // The file lists its layers in Keras' order, which is ours to work out.
    expect(toKerasOrder(graph)).toEqual(graph.layers);
    expect(metadata).toEqual({ kerasVersion: '2.0.5' });
    expect(optimizer?.kind).toBe('adam');
    expect(optimizer?.settings?.['beta_1']).toBeCloseTo(0.9, 6);
    expect(optimizer?.tensors.size).toBe(2 * 52);
    // The second moment of a normalisation's offset is of the order of its squared gradient: none is negative.
    for (const [name, { shape, data }] of optimizer?.tensors ?? []) {
      expect(shape).toEqual(weights.get(name.slice('adam/m/'.length))?.shape);
      if (name.startsWith('adam/v/')) expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('an independent forward pass', () => {
  it.skipIf(findData('keras') === undefined)('gives the same probabilities', async () => {
    const { checkpoint, probabilities } = (await readJson(golden('golden.json'))) as {
      checkpoint: string;
      probabilities: number[][];
    };
    const path = findData(`keras/${checkpoint}`) ?? '';
    const { graph, weights } = await parseKerasHdf5(await readFile(path), path);
    const network = await createNetwork(graph, weights);
    for (const [k, expected] of probabilities.entries()) {
      const picture = Float32Array.from({ length: 64 * 64 }, (_, index) => {
        const [x, y] = [index % 64, Math.floor(index / 64)];
        return (((7 * x + 13 * y + (k + 1) * x * y + Math.floor((x * x * (k + 2)) / 5)) % 256) / 255) * 2 - 1;
      });
      const actual = network.predict(picture, 1);
      for (const [label, probability] of expected.entries()) {
        expect(Math.abs((actual[label] ?? NaN) - probability)).toBeLessThan(1e-4);
      }
    }
  });
});

describe("Keras 3's own file of the older format", () => {
  it('is read with every layer, and computes the same', async () => {
    const { functional } = (await readJson(golden('keras3.json'))) as {
      functional: { probabilities: number[]; parameters: number };
    };
    const { graph, weights } = await parseKerasHdf5(await readFile(golden('functional.h5')), 'functional.h5');
    expect(describeGraph(graph).parameterCount).toBe(functional.parameters);
    const network = await createNetwork(graph, weights);
    const actual = network.predict(makePicture(graph), 1);
    for (const [label, probability] of functional.probabilities.entries()) {
      expect(Math.abs((actual[label] ?? NaN) - probability)).toBeLessThan(1e-5);
    }
  });
});

/** As make-keras3.py makes it. */
function makePicture({ inputShape: [height, width, channels] }: Graph): Float32Array {
  return Float32Array.from({ length: height * width * channels }, (_, index) => {
    const c = index % channels;
    const x = Math.floor(index / channels) % width;
    const y = Math.floor(index / channels / width);
    return ((7 * x + 13 * y + 5 * c + x * y) % 64) / 64 - 0.5;
  });
}

function makeModel(graph = everyKerasLayer()): Required<ExportableModel> {
  return {
    graph,
    weights: makeWeights(graph),
    labels: ['a', 'ä', '鬼', '"'],
    inputRange: [-1, 1],
    normalization: { mean: [0.1, 0.25, 0.5], std: [0.5, 0.5, 2], channelOrder: 'BGR' },
    outputs: 'logits',
    crop: { scale: 1.5, offsetX: 0, offsetY: 0.125 },
    metadata: { recipe: 'x'.repeat(200_000), note: 'ünïcode' },
    optimizer: makeAdam(graph),
    furtherTensors: new Map<string, Tensor>([
      ['optimizer/weights/conv/kernel', { shape: [2, 2], data: Float32Array.of(1, -0, 3e-45, 4) }],
      ['empty', { shape: [0], data: new Float32Array() }],
      ['one', { shape: [], data: Float32Array.of(7) }],
    ]),
  };
}

describe('a model that was written', () => {
  it('comes back bit for bit', async () => {
    const model = makeModel();
    const { metadata, ...read } = await parseKerasHdf5(await toKerasHdf5(model), 'round');
    const { metadata: written, ...expected } = model;
    expect(read).toEqual(expected);
    expect(metadata).toEqual({ ...written, kerasVersion: '2.3.1' });
  });

  it('has layers of zeros for paddings by number, which are paddings again when it is read', async () => {
    const g = new GraphBuilder('padded', [9, 9, 1]);
    const around = { top: 0, left: 2, bottom: 1, right: 1 };
    let x = g.conv2d(g.input, { filters: 4, kernelSize: [3, 3], strides: 2, padding: around });
    x = g.depthwiseConv2d(x, { kernelSize: [3, 3], padding: around });
    x = g.averagePooling2d(x, { poolSize: [3, 3], strides: 1, padding: 'same', countIncludesPadding: true });
    const graph = g.build(g.softmax(g.globalAveragePooling2d(x)));
    const model = { graph, weights: makeWeights(graph) };
    const rewritten: string[] = [];
    const options = { onRewrite: (layer: string) => rewritten.push(layer) };
    const windows = graph.layers.filter((layer) => 'padding' in layer).map(({ name }) => name);
    for (const read of [
      await parseKerasHdf5(await toKerasHdf5(model, options), 'round.hdf5'),
      await parseKerasArchive(await toKerasArchive(model, options), 'round.keras'),
    ]) {
      expect(read.graph).toEqual(graph);
      expect(read.weights).toEqual(model.weights);
    }
    expect(rewritten).toEqual([...windows, ...windows]);
    const { layers } = toKerasConfig(graph, 2);
    expect(layers.filter(({ className }) => className === 'ZeroPadding2D')).toHaveLength(3);
  });

  it('comes back without what was not given', async () => {
    const graph = miniXception();
    const weights = makeWeights(graph);
    const read = await parseKerasHdf5(await toKerasHdf5({ graph, weights }), 'round');
    expect(read).toEqual({
      graph,
      weights,
      metadata: { kerasVersion: '2.3.1' },
      furtherTensors: new Map(),
    });
  });

  it('keeps the velocity of gradient descent', async () => {
    const graph = miniXception();
    const adam = makeAdam(graph);
    const velocity = [...adam.tensors].filter(([name]) => name.startsWith('adam/v/'));
    const optimizer = {
      kind: 'sgd',
      step: 3,
      learningRate: 0.25,
      settings: { momentum: 0.9, nesterov: true },
      tensors: new Map(velocity.map(([name, tensor]) => [name.replace('adam/v/', 'sgd/velocity/'), tensor])),
    } as const;
    const file = await toKerasHdf5({ graph, weights: makeWeights(graph), optimizer });
    expect((await parseKerasHdf5(file, 'sgd')).optimizer).toEqual(optimizer);
  });

  it('has lists of names that no attribute could hold', async () => {
    const layers = Array.from({ length: 900 }, (_, index) => ({
      kind: 'activation' as const,
      name: `layer_${index}_${'n'.repeat(100)}`,
      inputs: [index === 0 ? 'input' : `layer_${index - 1}_${'n'.repeat(100)}`],
      activation: 'relu' as const,
    }));
    const graph: Graph = {
      name: 'long',
      inputShape: [2, 2, 1],
      layers: [{ kind: 'input', name: 'input', inputs: [], shape: [2, 2, 1] }, ...layers],
      outputs: [layers.at(-1)?.name ?? ''],
    };
    const file = await toKerasHdf5({ graph, weights: new Map() });
    expect((await parseKerasHdf5(file, 'long')).graph).toEqual(graph);
  });

  const python = findPython('h5py');
  it.skipIf(python === undefined)('is what h5py and Keras 2 expect (needs h5py)', async () => {
    const model = makeModel();
    const folder = await mkdtemp(join(tmpdir(), 'mien-keras-'));
    try {
      const path = join(folder, 'model.hdf5');
      await writeFile(path, await toKerasHdf5(model));
      const found = JSON.parse(
        execFileSync(python ?? '', [golden('describe-hdf5.py'), path], { encoding: 'utf8' }),
      ) as Record<string, unknown>;
      const order = toKerasOrder(model.graph);
      const described = describeGraph(model.graph);
      const trainable = order.flatMap(({ name }) =>
        (described.layers.get(name)?.weights ?? []).filter((weight) => weight.trainable),
      );
      const describeTensor = ({ shape, data }: Tensor, kerasShape = shape) => ({
        shape: kerasShape,
        dtype: 'float32',
        sha256: createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex'),
      });
      const kerasShape = (name: string, shape: readonly number[]): readonly number[] =>
        name === 'slopes/alpha' ? [1, 1, ...shape] : shape;
      const state = (slot: string) =>
        trainable.map(({ name, shape }) =>
          describeTensor(model.optimizer.tensors.get(`adam/${slot}/${name}`)!, kerasShape(name, shape)),
        );
      expect(found).toMatchObject({
        keras_version: '2.3.1',
        class_name: 'Model',
        layer_names: order.map(({ name }) => name),
        optimizer: {
          class_name: 'Adam',
          config: { learning_rate: model.optimizer.learningRate, beta_1: 0.9 },
        },
        mien: { mien_labels: 28, mien_input_range: 6 },
      });
      expect(found['weights']).toEqual(
        Object.fromEntries(
          order.map(({ name }) => [
            name,
            Object.fromEntries(
              (described.layers.get(name)?.weights ?? []).map((weight) => [
                `${weight.name}:0`,
                describeTensor(model.weights.get(weight.name)!, kerasShape(weight.name, weight.shape)),
              ]),
            ),
          ]),
        ),
      );
      const [iterations, ...moments] = found['optimizer_weights'] as unknown[];
      expect(iterations).toMatchObject({ shape: [], dtype: 'int64' });
      expect(moments.slice(0, 2 * trainable.length)).toEqual([...state('m'), ...state('v')]);
      expect(moments).toHaveLength(3 * trainable.length);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('must have all its weights and a counterpart for every layer', async () => {
    const model = makeModel();
    const weights = new Map(model.weights);
    weights.delete('conv/bias');
    await expect(toKerasHdf5({ ...model, weights })).rejects.toThrow('conv/bias is missing');
    const graph: Graph = {
      name: 'hard',
      inputShape: [4, 4, 1],
      layers: [
        { kind: 'input', name: 'in', inputs: [], shape: [4, 4, 1] },
        { kind: 'activation', name: 'act', inputs: ['in'], activation: 'hardSwish' },
      ],
      outputs: ['act'],
    };
    await expect(toKerasHdf5({ graph, weights: new Map() })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(
        'layer act (activation): hardSwish has no counterpart in .hdf5 files',
      ) as string,
    });
  });
});
