/** Layers of other people's networks, each against its formula. */
import { createNetwork, type Tensor } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { sequentialConfig, toBigEndian, toKerasFile, type TestLayer } from '../testing/keras-file.js';
import { createUniform } from '../testing/synthetic-numbers.js';
import { parseKerasHdf5 } from './keras-hdf5.js';

const [HEIGHT, WIDTH, CHANNELS] = [4, 6, 2];
const uniform = createUniform(7);
const numbers = (...shape: readonly number[]): Tensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, uniform),
});
const picture = Float32Array.from({ length: HEIGHT * WIDTH * CHANNELS }, () => 2 * uniform());

async function run(layers: readonly TestLayer[], input = picture): Promise<number[]> {
  const file = await toKerasFile(sequentialConfig([HEIGHT, WIDTH, CHANNELS], layers), layers);
  const { graph, weights } = await parseKerasHdf5(file, 'test.h5');
  return [...(await createNetwork(graph, weights)).predict(input, 1)];
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, index) => {
    expect(actual[index]).toBeCloseTo(value, 5);
  });
}

const layer = (className: string, config: object = {}): TestLayer => ({
  className,
  name: 'one',
  config: { ...config },
});
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('a layer upon single values is its formula', () => {
  it.each<[string, TestLayer, (x: number) => number]>([
    ['LeakyReLU', layer('LeakyReLU', { alpha: 0.25 }), (x) => (x > 0 ? x : 0.25 * x)],
    ['LeakyReLU of Keras 3', layer('LeakyReLU', { negative_slope: 0.1 }), (x) => (x > 0 ? x : 0.1 * x)],
    ['LeakyReLU whose alpha is an array', layer('LeakyReLU', { alpha: { class_name: '__numpy__', config: { value: 0.5 } } }), (x) => (x > 0 ? x : 0.5 * x)], // prettier-ignore
    ['ReLU with a slope and a bound', layer('ReLU', { negative_slope: 0.1, max_value: 1 }), (x) => Math.min(x > 0 ? x : 0.1 * x, 1)], // prettier-ignore
    ['ELU', layer('ELU', { alpha: 0.7 }), (x) => (x > 0 ? x : 0.7 * Math.expm1(x))],
    ['elu', layer('Activation', { activation: 'elu' }), (x) => (x > 0 ? x : Math.expm1(x))],
    ['swish', layer('Activation', { activation: 'swish' }), (x) => x * sigmoid(x)],
    [
      'silu',
      layer('Activation', { activation: { class_name: 'function', config: 'silu' } }),
      (x) => x * sigmoid(x),
    ],
    ['selu', layer('Activation', { activation: 'selu' }), (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))], // prettier-ignore
    ['hard_sigmoid of Keras 2', layer('Activation', { activation: 'hard_sigmoid' }), (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1)], // prettier-ignore
    ['Rescaling', layer('Rescaling', { scale: 1 / 127.5, offset: -1 }), (x) => x / 127.5 - 1],
    ['RandomFlip, which is inert', layer('RandomFlip', { mode: 'horizontal' }), (x) => x],
  ])('%s', async (_, one, formula) => {
    expectClose(await run([one]), Array.from(picture, formula));
  });
});

describe('layers upon pictures', () => {
  const at = (row: number, column: number, channel: number): number =>
    picture[(row * WIDTH + column) * CHANNELS + channel]!;

  it('Normalization subtracts the means that were measured, and divides by their deviations', async () => {
    const [mean, variance] = [Float32Array.of(0.3, -0.2), Float32Array.of(0.25, 4)];
    const weights = {
      mean: { shape: [2], data: mean },
      variance: { shape: [2], data: variance },
      count: { shape: [], data: Float32Array.of(9) },
    };
    const expected = Array.from(picture, (x, i) => (x - mean[i % 2]!) / Math.sqrt(variance[i % 2]!));
    expectClose(await run([{ ...layer('Normalization', { axis: [-1] }), weights }]), expected);
    expectClose(
      await run([layer('Normalization', { mean: [[[0.3, -0.2]]], variance: [0.25, 4] })]),
      expected,
    );
  });

  it('GlobalMaxPooling2D is the largest value of each channel', async () => {
    const largest = [0, 1].map((channel) => Math.max(...picture.filter((_, i) => i % 2 === channel)));
    expectClose(await run([layer('GlobalMaxPooling2D')]), largest);
  });

  it('UpSampling2D repeats rows and columns', async () => {
    const expected = Array.from({ length: 2 * HEIGHT * 3 * WIDTH * CHANNELS }, (_, i) => {
      const [channel, pixel] = [i % CHANNELS, Math.floor(i / CHANNELS)];
      const [row, column] = [Math.floor(pixel / (3 * WIDTH)), pixel % (3 * WIDTH)];
      return at(Math.floor(row / 2), Math.floor(column / 3), channel);
    });
    expectClose(await run([layer('UpSampling2D', { size: [2, 3] })]), expected);
  });

  it('Reshape works out the side that is left', async () => {
    expectClose(await run([layer('Reshape', { target_shape: [-1, 4] }), { ...layer('Flatten'), name: 'two' }]), [...picture]); // prettier-ignore
  });

  it('Conv2D with a dilation looks at pixels that are apart', async () => {
    const [kernel, bias] = [numbers(2, 2, CHANNELS, 3), numbers(3)];
    const config = { filters: 3, kernel_size: [2, 2], dilation_rate: [2, 3], padding: 'valid' };
    const actual = await run([{ ...layer('Conv2D', config), weights: { kernel, bias } }]);
    const expected: number[] = [];
    for (let row = 0; row < HEIGHT - 2; row++) {
      for (let column = 0; column < WIDTH - 3; column++) {
        for (let filter = 0; filter < 3; filter++) {
          let sum = bias.data[filter]!;
          for (const [y, x, c] of [0, 1].flatMap((a) =>
            [0, 1].flatMap((b) => [0, 1].map((d) => [a, b, d] as const)),
          )) {
            sum +=
              at(row + 2 * y, column + 3 * x, c) * kernel.data[((y * 2 + x) * CHANNELS + c) * 3 + filter]!;
          }
          expected.push(sum);
        }
      }
    }
    expectClose(actual, expected);
  });
});

describe('a model inside a model', () => {
  const [kernel, bias] = [numbers(CHANNELS, 3), numbers(3)];
  const gamma = { shape: [CHANNELS], data: Float32Array.of(2, 3) };
  const ones = { shape: [CHANNELS], data: Float32Array.of(1, 1) };
  const zeros = { shape: [CHANNELS], data: new Float32Array(CHANNELS) };
  const inner = {
    class_name: 'Functional',
    config: {
      name: 'base',
      layers: [
        {
          name: 'inner_input',
          class_name: 'InputLayer',
          config: { batch_input_shape: [null, HEIGHT, WIDTH, CHANNELS] },
          inbound_nodes: [],
        },
        {
          name: 'norm',
          class_name: 'BatchNormalization',
          config: { epsilon: 0.001 },
          inbound_nodes: [[['inner_input', 0, 0, {}]]],
        },
        {
          name: 'bend',
          class_name: 'Activation',
          config: { activation: 'relu' },
          inbound_nodes: [[['norm', 0, 0, {}]]],
        },
      ],
      input_layers: [['inner_input', 0, 0]],
      output_layers: [['bend', 0, 0]],
    },
  };
  const config = {
    class_name: 'Sequential',
    config: {
      name: 'whole',
      layers: [inner, { class_name: 'GlobalAveragePooling2D', config: { name: 'pool' } }, { class_name: 'Dense', config: { name: 'out', units: 3 } }], // prettier-ignore
    },
  };
  /** Keras lists what is trained before what is not, or by layer, and with or without the models' names. */
  it.each([
    [
      {
        'norm/gamma:0': gamma,
        'norm/beta:0': zeros,
        'norm/moving_mean:0': zeros,
        'norm/moving_variance:0': ones,
      },
    ],
    [
      {
        'base/norm/gamma': gamma,
        'base/norm/beta': zeros,
        'base/norm/moving_mean': zeros,
        'base/norm/moving_variance': ones,
      },
    ],
  ])('is opened, with its weights found by %j', async (weights) => {
    const layers = [
      { className: 'Functional', name: 'base', weights },
      { className: 'GlobalAveragePooling2D', name: 'pool' },
      { className: 'Dense', name: 'out', weights: { kernel, bias } },
    ];
    const { graph, weights: read } = await parseKerasHdf5(await toKerasFile(config, layers), 'test.h5');
    expect(graph.layers.map(({ name }) => name)).toEqual(['input_1', 'norm', 'bend', 'pool', 'out']);
    const means = [0, 1].map((channel) => {
      const values = picture.filter((_, i) => i % 2 === channel);
      const scale = gamma.data[channel]! / Math.sqrt(1 + 0.001);
      return values.reduce((sum, x) => sum + Math.max(x * scale, 0), 0) / values.length;
    });
    const expected = [0, 1, 2].map(
      (unit) => bias.data[unit]! + means[0]! * kernel.data[unit]! + means[1]! * kernel.data[3 + unit]!,
    );
    expectClose([...(await createNetwork(graph, read)).predict(picture, 1)], expected);
  });
});

it('reads weights of the other order of bytes', async () => {
  const [kernel, bias] = [numbers(HEIGHT * WIDTH * CHANNELS, 3), numbers(3)];
  const layers = [
    layer('Flatten'),
    { ...layer('Dense', { units: 3 }), name: 'out', weights: { kernel, bias } },
  ];
  const file = await toKerasFile(sequentialConfig([HEIGHT, WIDTH, CHANNELS], layers), layers);
  const { weights } = await parseKerasHdf5(toBigEndian(file, [kernel, bias]), 'big.h5');
  expect(weights.get('out/kernel')?.data).toEqual(kernel.data);
  expect(weights.get('out/bias')?.data).toEqual(bias.data);
});

it('names what is not known, and a layer that would need a factor for each of a million values', async () => {
  await expect(run([layer('Activation', { activation: 'mish' })])).rejects.toThrow(
    'test.h5: layer "one" (Activation): activation is "mish", supported are linear, relu',
  );
  const wide = sequentialConfig([HEIGHT, WIDTH, 70_000], [layer('LeakyReLU')]);
  await expect(parseKerasHdf5(await toKerasFile(wide, []), 'wide.h5')).rejects.toThrow(
    'at most 65536 are supported',
  );
});
