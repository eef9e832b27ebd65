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
import { beforeAll, describe, expect, it } from 'vitest';
import { toHdf5, type Hdf5Writer } from '../hdf5/hdf5-writer.js';
import { HDF5_PATH, loadHdf5Library } from '../hdf5/load-hdf5-library.js';
import type { ExportableModel } from '../imported-model.js';
import { everyKerasLayer, makeAdam } from '../testing/every-keras-layer.js';
import { findData } from '../testing/find-data.js';
import { createUniform, makeWeights } from '../testing/synthetic-numbers.js';
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

describe('a damaged or hostile file', () => {
  let good: Uint8Array;
  beforeAll(async () => {
    const graph = everyKerasLayer();
    good = await toKerasHdf5({ graph, weights: makeWeights(graph), labels: ['a', 'b', 'c', 'd'] });
  });

  it('is refused at any length', async () => {
    const lengths = [0, 1, 7, 8, 9, 47, 95, 96, 97, 511, 512, 2048, 10_000];
    for (let part = 1; part < 40; part++) lengths.push(Math.floor((good.length * part) / 40));
    for (const length of [...lengths, good.length - 1]) {
      const error: unknown = await parseKerasHdf5(good.slice(0, length), 'cut.hdf5').catch(
        (cause: unknown) => cause,
      );
      expect(error, String(length)).toMatchObject({ code: 'MODEL_INVALID' });
      expect((error as Error).message).toMatch(/^cut\.hdf5: not a readable HDF5 file, [^\n]+$/);
    }
  });

  it('is read or refused, but nothing worse, with any bytes changed', async () => {
    const uniform = createUniform(5);
    const below = (count: number): number => Math.floor((uniform() + 1) * 0.5 * count);
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 150; round++) {
      const bytes = good.slice();
      for (let change = below(12); change >= 0; change--) {
        // Most of what can go wrong is in the first kilobytes; numbers that hold weights can be anything.
        bytes[below(round % 2 === 0 ? 4096 : bytes.length)] = [0, 255, 128, below(256)][below(4)] ?? 0;
      }
      const outcome = await parseKerasHdf5(bytes, 'changed.hdf5').then(
        () => 'read',
        (error: unknown) => (error as { code?: string }).code ?? String(error),
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect(['MODEL_INVALID', 'UNSUPPORTED', 'read']).toEqual(expect.arrayContaining([...outcomes.keys()]));
    expect(outcomes.size).toBeGreaterThan(1);
    const { h5 } = await loadHdf5Library();
    expect(h5.HEAPU8.length).toBeLessThan(128 * 2 ** 20);
    await expect(parseKerasHdf5(good.slice(), 'good')).resolves.toMatchObject({
      labels: ['a', 'b', 'c', 'd'],
    });
  }, 300_000);

  const graph = everyKerasLayer();
  const config = JSON.stringify(toKerasConfig(graph, 2).config);
  const write = (work: (root: Hdf5Writer) => void) => toHdf5(1000, 'made', work);
  const expectRefusal = async (bytes: Uint8Array, message: RegExp, code = 'MODEL_INVALID'): Promise<void> => {
    const error: unknown = await parseKerasHdf5(bytes, 'bad.hdf5').catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
  };

  it.each<[string, (root: Hdf5Writer) => void, RegExp, string?]>([
    ['nothing in it', () => undefined, /^bad\.hdf5: holds no Keras model/],
    ['weights only', (root) => root.texts('layer_names', ['a']), /holds weights without their network/],
    [
      'a list for a text',
      (root) => root.texts('model_config', ['{', '}']),
      /attribute model_config of \/ is no single text/,
    ],
    ['no JSON', (root) => root.text('model_config', '{'), /model_config: is not JSON/],
    [
      'JSON of great depth',
      (root) => root.text('model_config', '['.repeat(100_000) + ']'.repeat(100_000)),
      /expected named values, got a list of 1/,
    ],
    [
      'great depth inside',
      (root) =>
        root.text(
          'model_config',
          config.replace('"filters":8', `"filters":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
        ),
      /filters or nb_filter must be a number, got named values/,
    ],
    ['no weights', (root) => root.text('model_config', config), /layer conv needs 2 weights and has none/],
    [
      'a huge network',
      (root) => root.text('model_config', config.replaceAll('"units":6', '"units":1000000')),
      /describes \d+ weights, more than its \d+ bytes can hold/,
    ],
    [
      'Theano',
      (root) => {
        root.text('model_config', config);
        root.text('backend', 'theano');
      },
      /was saved on Theano/,
      'UNSUPPORTED',
    ],
    [
      'labels that are none',
      (root) => {
        root.text('model_config', config);
        root.text('mien_labels', '"a"');
      },
      /mien_labels must be a list of 1 to 1000 texts, got "a"/,
    ],
  ])('is refused with %s', async (_, work, message, code) => {
    await expectRefusal(await write(work), message, code);
  });

  it('is refused with a weight missing, of another shape, or not finite', async () => {
    const changed = (change: (weights: Map<string, Tensor>) => void) => {
      const weights = makeWeights(graph);
      change(weights);
      return write((root) => {
        root.text('model_config', config);
        for (const { name } of graph.layers) {
          const own = [...weights].filter(([key]) => key.startsWith(`${name}/`));
          const group = root.group(`model_weights/${name}`);
          group.texts(
            'weight_names',
            own.map(([key]) => key),
          );
          for (const [key, { shape, data }] of own) {
            group.tensor(key, { shape: key === 'slopes/alpha' ? [1, 1, ...shape] : shape, data });
          }
        }
      });
    };
    const one: Tensor = { shape: [1], data: new Float32Array(1) };
    await expectRefusal(await changed((w) => w.delete('norm/beta')), /layer norm needs 3 weights and has 2/);
    await expectRefusal(await changed((w) => w.set('norm/beta', one)), /norm\/beta must be \[8\], got \[1\]/);
    const nan = new Float32Array(8).fill(NaN);
    await expectRefusal(
      await changed((w) => w.set('norm/beta', { shape: [8], data: nan })),
      /norm\/beta holds a value that is no number/,
    );
  });

  it('is refused with a weight of petabytes', async () => {
    const library = await loadHdf5Library();
    // A chunked array without a single chunk takes no room, whatever its shape.
    const bytes = library.run(1000, undefined, () => {
      const file = new library.File(HDF5_PATH, 'w');
      file.create_attribute('model_config', config, [], 'A');
      const group = file.create_group('model_weights').create_group('conv');
      group.create_attribute('weight_names', ['kernel', 'bias'], [2], 'A6');
      const options = { name: 'kernel', data: new Float32Array(1), shape: [1], dtype: '<f' };
      const array = group.create_dataset({ ...options, maxshape: [null], chunks: [1] });
      array.resize([2 ** 50]);
      file.close();
      return library.fileSystem.readFile(HDF5_PATH);
    });
    await expectRefusal(bytes, /conv\/kernel must be \[3, 2, 3, 8\], got \[1125899906842624\]/);
  });

  it('is refused with a text that is not UTF-8', async () => {
    const bytes = await write((root) => root.text('model_config', 'x'.repeat(1000)));
    const at = Buffer.from(bytes).indexOf('x'.repeat(1000));
    bytes[at + 10] = 0xff;
    await expectRefusal(bytes, /attribute model_config of \/ is not UTF-8/);
  });
});
