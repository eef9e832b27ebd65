import type { Tensor } from '@mien/core/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { toHdf5, type Hdf5Writer } from '../hdf5/hdf5-writer.js';
import { HDF5_PATH, loadHdf5Library } from '../hdf5/load-hdf5-library.js';
import { everyKerasLayer } from '../testing/every-keras-layer.js';
import { createUniform, makeWeights } from '../testing/synthetic-numbers.js';
import { parseKerasHdf5, toKerasHdf5 } from './keras-hdf5.js';
import { toKerasConfig } from './to-config.js';

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
