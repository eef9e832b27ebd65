import { describe, expect, it } from 'vitest';
import type { InputNormalization } from '../model/input-contract.js';
import { createExternalModel, createModel } from '../model/load-model.js';
import { GraphBuilder } from '../nn/graph-builder.js';
import type { Tensor } from '../nn/tensor.js';
import { createAsyncPredictor, createPredictor } from './create-predictor.js';

const LABELS = ['red', 'green', 'blue'];
/** A network whose three outputs are the means of its three channels. */
function channelMeans(end: 'none' | 'sigmoid') {
  const g = new GraphBuilder('means', [2, 2, 3]);
  const x = g.globalAveragePooling2d(g.conv2d(g.input, { filters: 3, kernelSize: [1, 1], useBias: false }));
  const graph = g.build(end === 'none' ? x : g.activation(x, end));
  const identity = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  return {
    graph,
    weights: new Map<string, Tensor>([['conv2d_1/kernel', { shape: [1, 1, 3, 3], data: identity }]]),
  };
}
const modelOf = (end: 'none' | 'sigmoid', rest: object = {}) =>
  createModel({
    ...channelMeans(end),
    manifest: undefined,
    bytes: new Uint8Array(1),
    source: 'means',
    labels: LABELS,
    inputRange: [0, 1],
    ...rest,
  });
/** One picture of one colour. */
const picture = (...colour: readonly number[]) => Float32Array.from({ length: 12 }, (_, i) => colour[i % 3]!);
const softmax = (values: readonly number[]): number[] => {
  const powers = values.map(Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
};
function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 5));
}

describe('createPredictor', () => {
  it('gives the softmax of a network that ends without one, and says so', async () => {
    const model = await modelOf('none');
    expect(model.notices).toEqual([expect.stringContaining('their softmax is taken')]);
    expectClose((await createPredictor(model)).predict(picture(1, 0, 0.5), 1), softmax([1, 0, 0.5]));
  });

  it('divides sigmoids by their sum, and says so', async () => {
    const model = await modelOf('sigmoid');
    expect(model.manifest.outputs).toBe('sigmoids');
    expect(model.notices).toEqual([expect.stringContaining('divided by their sum')]);
    const [a, b, c] = [1, 0, -2].map((value) => 1 / (1 + Math.exp(-value)));
    const sum = a! + b! + c!;
    expectClose((await createPredictor(model)).predict(picture(1, 0, -2), 1), [a! / sum, b! / sum, c! / sum]);
  });

  it('subtracts means, divides by deviations and puts blue first, as stated', async () => {
    const normalization = { mean: [0.1, 0.2, 0.3], std: [0.5, 1, 2], channelOrder: 'BGR' } as const;
    const model = await modelOf('none', { normalization });
    expect(model.manifest.input).toMatchObject(normalization);
    const inputs = picture(1, 0.5, 0.25);
    const before = inputs.slice();
    // The network's channels are blue, green, red.
    const expected = softmax([(0.25 - 0.1) / 0.5, (0.5 - 0.2) / 1, (1 - 0.3) / 2]);
    expectClose((await createPredictor(model)).predict(inputs, 1), expected);
    expect(inputs).toEqual(before);
    expectClose(await (await createAsyncPredictor(model)).predict(inputs, 1), expected);
  });

  it('smooths noise before it looks at the exposure, as stated', async () => {
    const side = 16;
    const g = new GraphBuilder('means', [side, side, 1]);
    const conv = g.conv2d(g.input, { filters: 2, kernelSize: [1, 1] });
    const graph = g.build(g.softmax(g.globalAveragePooling2d(g.relu(conv))));
    const create = (normalization: InputNormalization) =>
      createModel({
        graph,
        // What is brighter than 0.6, beside a constant.
        weights: new Map([
          ['conv2d_1/kernel', { shape: [1, 1, 1, 2], data: Float32Array.of(5, 0) }],
          ['conv2d_1/bias', { shape: [2], data: Float32Array.of(-3, 0.3) }],
        ]),
        manifest: undefined,
        bytes: new Uint8Array(1),
        source: 'means',
        labels: ['bright', 'constant'],
        inputRange: [0, 1],
        normalization,
      });
    // Single bright pixels on dark ground: smoothed, none is left.
    const specks = Float32Array.from({ length: side * side }, (_, i) => (i % 7 === 0 ? 1 : 0.2));
    const read = async (normalization: InputNormalization) =>
      (await createPredictor(await create(normalization))).predict(specks, 1)[0]!;
    const detail = { maxNoise: 0.9, minSlope: 0 };
    const [asItIs, smoothed] = [await read({}), await read({ detail })];
    expect(smoothed).toBeLessThan(asItIs - 0.05);
    // What is left is too flat; the picture with its noise is not.
    const exposure = { brightness: [0, 1], contrast: [0.27, 0.5] } as const;
    expect(await read({ detail, exposure })).toBeGreaterThan(smoothed + 0.01);
  });

  it.each([
    ['one number too few', { mean: [0.1, 0.2] }, 'input.mean must be a number for each of 3 channels'],
    ['a deviation of 0', { std: [1, 0, 1] }, 'input.std must be a number above 0'],
    ['an order of its own', { channelOrder: 'GRB' }, 'input.channelOrder must be RGB or BGR'],
    [
      'a range that ends before it begins',
      { exposure: { brightness: [0.8, 0.2], contrast: [0, 0.5] } },
      'input.exposure.brightness[1] must be',
    ],
    ['noise in other units', { detail: { maxNoise: 12, minSlope: 0.3 } }, 'input.detail.maxNoise must be'],
    ['half of a detail', { detail: { maxNoise: 0.15 } }, 'input.detail.minSlope must be'],
  ])('refuses %s', async (_, normalization, message) => {
    await expect(modelOf('none', { normalization })).rejects.toThrow(message);
  });

  it('treats what another engine gives in the same way, once', async () => {
    const external = await createExternalModel({
      manifest: undefined,
      bytes: new Uint8Array(1),
      source: 'theirs',
      labels: LABELS,
      inputRange: [0, 1],
      outputs: 'logits',
      network: { name: 'theirs', inputShape: [2, 2, 3] },
      engine: 'theirs 1',
      createPredictor: () => Promise.resolve({ predict: () => Float32Array.of(3, 2, 1) }),
    });
    expectClose((await createPredictor(external)).predict(picture(0, 0, 0), 1), softmax([3, 2, 1]));
    const again = {
      ...external,
      isPrepared: true,
      createPredictor: () => createPredictor(external),
    } as const;
    expectClose((await createPredictor(again)).predict(picture(0, 0, 0), 1), softmax([3, 2, 1]));
  });

  it('refuses a network of one output, which chooses nothing', async () => {
    await expect(
      createExternalModel({
        manifest: undefined,
        bytes: new Uint8Array(1),
        source: 'theirs',
        labels: ['happy'],
        inputRange: [0, 1],
        network: { name: 'theirs', inputShape: [2, 2, 3] },
        engine: 'theirs 1',
        createPredictor: () => Promise.reject(new Error('never started')),
      }),
    ).rejects.toThrow('has one output (happy)');
  });
});
