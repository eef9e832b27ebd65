import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createNetwork, describeGraph, miniXception, type Tensor } from '@mien/core/nn';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { everyKerasLayer, makeAdam } from '../testing/every-keras-layer.js';
import { makeWeights } from '../testing/synthetic-numbers.js';
import { mutationsOf } from '../testing/mutations.js';
import { parseKerasArchive, toKerasArchive } from './keras-archive.js';
import { toSnakeCase } from './read-weights.js';

const golden = (name: string): string => fileURLToPath(new URL(`golden/${name}`, import.meta.url));

interface Golden {
  readonly probabilities: readonly number[];
  readonly parameters: number;
  readonly step: number;
  readonly lastOfState: readonly number[];
}

describe.each([
  ['functional', 'adam', 'adam/v/dense_1/bias'],
  ['sequential', 'sgd', 'sgd/velocity/dense_2/bias'],
] as const)("Keras 3's own %s file", (name, kind, last) => {
  it('is read with every layer and the state, and computes the same', async () => {
    const path = golden(`${name}.keras`);
    const expected = (JSON.parse(await readFile(golden('keras3.json'), 'utf8')) as Record<string, Golden>)[
      name
    ];
    if (expected === undefined) throw new Error(`keras3.json has no ${name}`);
    const { graph, weights, optimizer, metadata } = await parseKerasArchive(await readFile(path), path);
    expect(metadata).toEqual({ kerasVersion: '3.15.1' });
    expect(describeGraph(graph).parameterCount).toBe(expected.parameters);
    const network = await createNetwork(graph, weights);
    const [height, width, channels] = graph.inputShape;
    const picture = Float32Array.from({ length: height * width * channels }, (_, index) => {
      const [c, x] = [index % channels, Math.floor(index / channels) % width];
      const y = Math.floor(index / channels / width);
      return ((7 * x + 13 * y + 5 * c + x * y) % 64) / 64 - 0.5;
    });
    const actual = network.predict(picture, 1);
    for (const [label, probability] of expected.probabilities.entries()) {
      expect(Math.abs((actual[label] ?? NaN) - probability)).toBeLessThan(1e-5);
    }
    expect(optimizer).toMatchObject({ kind, step: expected.step });
    expect(Array.from(optimizer?.tensors.get(last)?.data ?? [])).toEqual(
      expected.lastOfState.map(Math.fround),
    );
  });
});

describe('a model that was written', () => {
  it('comes back bit for bit', async () => {
    const graph = everyKerasLayer();
    const model = {
      graph,
      weights: makeWeights(graph),
      labels: ['a', 'b', 'c', '鬼'],
      inputRange: [0, 255] as const,
      optimizer: makeAdam(graph),
      metadata: { note: 'ü' },
      furtherTensors: new Map<string, Tensor>([['x/y', { shape: [2], data: Float32Array.of(1, 2) }]]),
    };
    const read = await parseKerasArchive(await toKerasArchive(model), 'round');
    expect(read).toEqual({ ...model, metadata: { note: 'ü', kerasVersion: '3.0.0' } });
  });

  it('holds the three parts of the format, not compressed', async () => {
    const graph = miniXception();
    const file = await toKerasArchive({ graph, weights: makeWeights(graph) });
    const parts = unzipSync(file, {
      filter: ({ compression }) => {
        expect(compression).toBe(0);
        return true;
      },
    });
    expect(Object.keys(parts)).toEqual(['metadata.json', 'config.json', 'model.weights.h5']);
  });
});

it.each([
  ['Conv2D', 'conv2d'],
  ['SeparableConv2D', 'separable_conv2d'],
  ['GlobalAveragePooling2D', 'global_average_pooling2d'],
  ['ReLU', 're_lu'],
  ['PReLU', 'p_re_lu'],
  ['ZeroPadding2D', 'zero_padding2d'],
])('%s is stored as %s', (className, stem) => {
  expect(toSnakeCase(className)).toBe(stem);
});

describe('a damaged or hostile archive', () => {
  let good: Uint8Array;
  let parts: Record<string, Uint8Array>;
  beforeAll(async () => {
    const graph = everyKerasLayer();
    good = await toKerasArchive({ graph, weights: makeWeights(graph) });
    parts = unzipSync(good);
  });
  const expectRefusal = async (bytes: Uint8Array, message: RegExp, code = 'MODEL_INVALID'): Promise<void> => {
    const error: unknown = await parseKerasArchive(bytes, 'bad.keras').catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
  };

  it('is refused at any length', async () => {
    for (let length = 0; length < good.length; length += Math.ceil(good.length / 40)) {
      await expectRefusal(good.slice(0, length), /^bad\.keras: /);
    }
  });

  it('is refused where a part is missing or is not what it should be', async () => {
    const changed = (name: string, content: Uint8Array | undefined): Uint8Array => {
      const entries = Object.entries({ ...parts, [name]: content });
      return zipSync(
        Object.fromEntries(entries.filter((entry): entry is [string, Uint8Array] => entry[1] !== undefined)),
      );
    };
    for (const name of Object.keys(parts))
      await expectRefusal(changed(name, undefined), new RegExp(`has no ${name}`));
    await expectRefusal(changed('config.json', strToU8('{')), /config\.json: is not JSON/);
    await expectRefusal(
      changed('config.json', Uint8Array.of(0x22, 0xff, 0x22)),
      /config\.json: is not UTF-8/,
    );
    const deep = strToU8('['.repeat(100_000) + ']'.repeat(100_000));
    await expectRefusal(changed('config.json', deep), /expected named values, got a list of 1/);
    await expectRefusal(
      changed('model.weights.h5', parts['model.weights.h5']?.slice(0, 5000)),
      /model\.weights\.h5: not a readable HDF5 file/,
    );
    const config = new TextDecoder().decode(parts['config.json']);
    await expectRefusal(
      changed('config.json', strToU8(config.replace('"units":6', '"units":5'))),
      /must be \[96, 5\], got \[96, 6\]/,
    );
    await expectRefusal(
      changed('config.json', strToU8(config.replaceAll('"units":6', '"units":1000000'))),
      /more than its \d+ bytes can hold/,
    );
  });

  it('is refused before a bomb goes off', async () => {
    const bomb = zipSync({ ...parts, 'config.json': new Uint8Array(64 * 2 ** 20) });
    expect(bomb.length).toBeLessThan(2 ** 20);
    await expectRefusal(
      bomb,
      /config\.json unpacks to 67108864 bytes, the limit is 4194304/,
      'INPUT_TOO_LARGE',
    );
  });

  it('is read or refused, but nothing worse, with any bytes changed', async () => {
    const outcomes = new Set<string>();
    for (const bytes of mutationsOf(good, 120, 3)) {
      const outcome = await parseKerasArchive(bytes, 'changed.keras').then(
        () => 'read',
        (error: unknown) => (error as { code?: string }).code ?? String(error),
      );
      outcomes.add(outcome);
    }
    expect(['MODEL_INVALID', 'INPUT_TOO_LARGE', 'UNSUPPORTED', 'read']).toEqual(
      expect.arrayContaining([...outcomes]),
    );
    expect(outcomes.size).toBeGreaterThan(1);
  }, 300_000);
});
