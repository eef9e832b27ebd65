import { readFileSync } from 'node:fs';
import {
  bigXception,
  createNetwork,
  describeGraph,
  GraphBuilder,
  miniXception,
  residualNetwork,
  type Graph,
} from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { parseModelSafetensors } from '../safetensors/model-safetensors.js';
import { everyKerasLayer } from '../testing/every-keras-layer.js';
import { LITERT_MISSING, runLiteRt } from '../testing/litert.js';
import { createUniform, makeWeights } from '../testing/synthetic-numbers.js';
import { denseNetwork, NETWORKS } from '../testing/networks.js';
import { FlatTable } from './flatbuffer.js';
import { parseTflite } from './parse-tflite.js';
import { OPERATOR_CODES, parseTfliteModel } from './tflite-model.js';
import { toTflite } from './to-tflite.js';

/** What TFLite has another form for than ONNX and Keras. */
const GRAPHS: Readonly<Record<string, Graph>> = {
  ...NETWORKS,
  big_XCEPTION: bigXception(),
  'a residual network as it is trained': residualNetwork({ widths: [8, 16, 32], dropout: 0.2 }),
  'what Keras files hold': everyKerasLayer(),
  'paddings without a name': paddings(),
  'bounds of every kind': bounds(),
  'normalisations that nothing takes over': normalizations(),
  'activations after everything': endings(),
  'groups of channels': groups(),
  'outputs of layers that do nothing': idleOutputs(),
};

describe.each(Object.entries(GRAPHS))('%s', (_, graph) => {
  const weights = makeWeights(graph);
  const file = toTflite({ graph, weights });
  const picture = pictureOf(graph);

  it.skipIf(LITERT_MISSING !== undefined)('is the same network in LiteRT', async () => {
    const ours = (await createNetwork(graph, weights)).run(picture, 1);
    const theirs = await runLiteRt(file, picture, [1, ...graph.inputShape]);
    expect(theirs.map(({ name }) => name)).toEqual(graph.outputs);
    for (const [index, { name, dims, data }] of theirs.entries()) {
      expect(dims).toEqual([1, ...(describeGraph(graph).layers.get(name)?.outputShape ?? [])]);
      expectClose(data, ours[index]!);
    }
  });

  it('reads back as the same network', async () => {
    const read = parseTflite(file, 'file.tflite');
    expect(read.graph.inputShape).toEqual(graph.inputShape);
    expect(read.graph.outputs).toEqual(graph.outputs);
    const before = (await createNetwork(graph, weights)).run(picture, 1);
    const after = (await createNetwork(read.graph, read.weights)).run(picture, 1);
    before.forEach((expected, index) => expectClose(after[index]!, expected));
  });
});

it('folds what TensorFlow folds, and fuses what it fuses', () => {
  const graph = miniXception();
  const { operators } = parseTfliteModel(toTflite({ graph, weights: makeWeights(graph) }), 'file.tflite');
  const counts: Record<string, number> = {};
  for (const { code } of operators) {
    const name = OPERATOR_CODES[code] ?? '';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  // Fourteen normalisations and six of seven ReLUs are gone.
  expect(counts).toEqual({
    CONV_2D: 15,
    DEPTHWISE_CONV_2D: 8,
    MAX_POOL_2D: 4,
    ADD: 4,
    MEAN: 1,
    SOFTMAX: 1,
  });
});

it('asks for no more of a runtime than it needs', () => {
  const versions = (graph: Graph, options = {}) => {
    const file = toTflite({ graph, weights: makeWeights(graph) }, options);
    const codes = FlatTable.root(file, 'file.tflite').tables(1) ?? [];
    return codes.map((code) => `${OPERATOR_CODES[code.int32(3)]} ${code.int32(2, 1)}`).sort();
  };
  expect(versions(denseNetwork(), { dtype: 'F16' })).toEqual([
    'CONV_2D 1',
    'DEQUANTIZE 3',
    'FULLY_CONNECTED 1',
    'RESHAPE 1',
    'SOFTMAX 1',
  ]);
  expect(versions(groups())).toContain('CONV_2D 6');
  expect(versions(NETWORKS['gates, grouped and resampled pictures']!)).toEqual(
    expect.arrayContaining(['RESIZE_BILINEAR 3', 'RESIZE_NEAREST_NEIGHBOR 3']),
  );
});

it('lays weights where they can be mapped into memory, and leaves the first buffer empty', () => {
  const graph = denseNetwork();
  const file = toTflite({ graph, weights: makeWeights(graph), labels: ['a', 'b', 'c'] });
  const [first, ...others] = FlatTable.root(file, 'file.tflite').tables(4) ?? [];
  expect(first?.span(0)).toBeUndefined();
  expect(others.map((buffer) => (buffer.span(0)!.byteOffset - file.byteOffset) % 16)).toEqual(
    others.map(() => 0),
  );
});

it('writes labels, input range, crop and further metadata', () => {
  const graph = denseNetwork();
  const model = {
    graph,
    weights: makeWeights(graph),
    labels: ['no', 'yes', 'peut-être'],
    inputRange: [-1, 1],
    crop: { scale: 1.2, offsetX: 0, offsetY: 0.1, upright: true },
    metadata: { licence: 'MIT', description: 'for a test' },
  } as const;
  const { labels, inputRange, crop, metadata } = parseTflite(toTflite(model), 'file.tflite');
  expect({ labels, inputRange, crop, metadata }).toEqual({
    labels: model.labels,
    inputRange: model.inputRange,
    crop: model.crop,
    metadata: model.metadata,
  });
});

it('keeps kernels as halves where asked to, and vectors and what is computed in float32', async () => {
  const graph = miniXception();
  const weights = makeWeights(graph);
  const [whole, half] = [toTflite({ graph, weights }), toTflite({ graph, weights }, { dtype: 'F16' })];
  expect(half.length).toBeLessThan(whole.length * 0.65);
  const [exact, rounded] = [parseTflite(whole, 'whole.tflite'), parseTflite(half, 'half.tflite')];
  for (const [name, { shape, data }] of rounded.weights) {
    const tolerance = shape.length > 1 ? 2 ** -11 : 0;
    const isOff = exact.weights
      .get(name)!
      .data.some((value, index) => Math.abs(value - data[index]!) > tolerance * Math.abs(value) + 2 ** -25);
    expect([name, isOff]).toEqual([name, false]);
  }
  const picture = pictureOf(graph);
  const ours = (await createNetwork(rounded.graph, rounded.weights)).predict(picture, 1);
  // Rounded by up to 2⁻¹¹ each, 23 layers of kernels still agree to three digits.
  expectClose(ours, (await createNetwork(graph, weights)).predict(picture, 1), 1e-3);
  if (LITERT_MISSING !== undefined) return;
  const [theirs] = await runLiteRt(half, picture, [1, 48, 48, 1]);
  expectClose(theirs!.data, ours);
});

it('says which layers change form', () => {
  const graph = everyKerasLayer();
  const forms = new Map<string, string>();
  toTflite({ graph, weights: makeWeights(graph) }, { onRewrite: (layer, form) => forms.set(layer, form) });
  expect(Object.fromEntries(forms)).toEqual({
    norm: 'folded into the weights of conv',
    separable: 'a DEPTHWISE_CONV_2D and a CONV_2D of 1×1',
    drop: 'left out: a network that is trained does without',
  });
});

describe('refuses', () => {
  const write = (build: (g: GraphBuilder) => Graph, options = {}, scale = 1) => {
    const graph = build(new GraphBuilder('refused', [12, 12, 1]));
    const weights = makeWeights(graph);
    for (const { data } of weights.values()) data.forEach((value, at) => (data[at] = value * scale));
    return () => toTflite({ graph, weights }, options);
  };

  it('weights that are not of the graph', () => {
    expect(() => toTflite({ graph: denseNetwork(), weights: new Map() })).toThrow(
      'conv2d_1/kernel is missing',
    );
  });

  it('a resampling whose pixels would depend on how a factor rounds', () => {
    const wider = write((g) => g.build(g.resize2d(g.input, { size: [37, 24], name: 'wider' })));
    expect(wider).toThrow('layer wider: TFLite has no sure way to resample from 12×12 to 37×24');
  });

  it('a maximum of padding alone', () => {
    const padding = { top: 2, left: 0, bottom: 0, right: 0 };
    const blind = write((g) =>
      g.build(g.maxPooling2d(g.input, { poolSize: [2, 2], padding, name: 'blind' })),
    );
    expect(blind).toThrow('layer blind: has windows that lie in its padding alone');
  });

  it('a weight that is too large for a half', () => {
    const conv = (g: GraphBuilder) => g.build(g.conv2d(g.input, { filters: 2, kernelSize: [3, 3] }));
    expect(write(conv, { dtype: 'F16' }, 1e6)).toThrow(/conv2d_1\/kernel holds .*, more than float16 can/);
    expect(write(conv, {}, 1e6)).not.toThrow();
  });
});

it.skipIf(LITERT_MISSING !== undefined)(
  'gives the probabilities of the network that ships in LiteRT',
  async () => {
    const shipped = new URL('../../../../models/mini-xception/weights.safetensors', import.meta.url);
    const model = parseModelSafetensors(readFileSync(shipped), 'mini-xception');
    const network = await createNetwork(model.graph, model.weights);
    const [whole, half] = [toTflite(model), toTflite(model, { dtype: 'F16' })];
    for (let seed = 1; seed <= 3; seed++) {
      const picture = Float32Array.from({ length: 48 * 48 }, createUniform(seed));
      const expected = network.predict(picture, 1);
      const [fromWhole] = await runLiteRt(whole, picture, [1, 48, 48, 1]);
      const [fromHalf] = await runLiteRt(half, picture, [1, 48, 48, 1]);
      expectClose(fromWhole!.data, expected, 1e-5);
      // Its weights are halves already; those of the folded normalisations are rounded anew.
      expectClose(fromHalf!.data, expected, 5e-3);
    }
  },
);

function pictureOf({ inputShape: [height, width, channels] }: Graph): Float32Array {
  return Float32Array.from({ length: height * width * channels }, createUniform(7));
}

function paddings(): Graph {
  const g = new GraphBuilder('paddings', [13, 25, 3]);
  const uneven = { top: 2, left: 0, bottom: 1, right: 1 };
  let x = g.conv2d(g.input, { filters: 6, kernelSize: [3, 3], strides: 2, padding: uneven });
  x = g.depthwiseConv2d(x, { kernelSize: [3, 3], padding: uneven });
  x = g.separableConv2d(x, { filters: 5, kernelSize: [3, 3], padding: uneven });
  // Values on both sides of zero: a padding of zeros would be seen.
  x = g.maxPooling2d(x, { poolSize: [3, 3], strides: 1, padding: uneven });
  x = g.clip(x, { min: -1, max: 1 });
  x = g.maxPooling2d(g.relu(x), { poolSize: [3, 3], strides: 1, padding: uneven });
  x = g.averagePooling2d(x, { poolSize: [3, 2], strides: 1, padding: uneven });
  x = g.relu(g.averagePooling2d(x, { poolSize: [3, 3], strides: 2, padding: uneven }));
  x = g.averagePooling2d(x, { poolSize: [3, 3], strides: 1, padding: 'same', countIncludesPadding: true });
  return g.build(g.zeroPadding2d(x, { padding: uneven, channelsAfter: 3 }));
}

function bounds(): Graph {
  const g = new GraphBuilder('bounds', [4, 5, 3]);
  let x = g.conv2d(g.input, { filters: 6, kernelSize: [1, 1], useBias: false });
  for (const [min, max] of [
    [-1, 1],
    [0, Infinity],
    [0, 6],
    [0, 1],
    [-0.3, 0.7],
    [-Infinity, 0.25],
    [-0.125, Infinity],
    [-Infinity, Infinity],
  ] as const) {
    // Twice: once upon a convolution, which takes over what it can, and once upon what several take.
    const held = g.clip(g.depthwiseConv2d(x, { kernelSize: [1, 1] }), { min, max });
    x = g.add(g.clip(x, { min, max }), g.add(x, held));
  }
  return g.build(x);
}

function normalizations(): Graph {
  const g = new GraphBuilder('normalizations', [7, 6, 3]);
  let x = g.batchNormalization(g.input);
  const seen = g.conv2d(x, { filters: 4, kernelSize: [3, 3], padding: 'same', name: 'seen' });
  x = g.relu(g.batchNormalization(seen, { center: false }));
  x = g.batchNormalization(g.batchNormalization(x, { scale: false }), { epsilon: 0.25 });
  x = g.clip(g.batchNormalization(g.maxPooling2d(x, { poolSize: [2, 2] })), { min: 0, max: 6 });
  const rows = g.batchNormalization(g.reshape(x, { shape: [9, 4] }));
  const features = g.batchNormalization(g.flatten(rows));
  return g.build(g.batchNormalization(g.dense(features, { units: 3, useBias: false })), seen);
}

function endings(): Graph {
  const g = new GraphBuilder('endings', [9, 8, 2]);
  const six = { min: 0, max: 6 };
  const one = { min: -1, max: 1 };
  let x = g.activation(g.conv2d(g.input, { filters: 4, kernelSize: [3, 3] }), 'relu6');
  x = g.clip(g.depthwiseConv2d(x, { kernelSize: [2, 2] }), one);
  x = g.clip(g.separableConv2d(x, { filters: 4, kernelSize: [2, 2] }), one);
  x = g.clip(g.add(x, x), one);
  x = g.clip(g.multiply(x, g.activation(x, 'tanh')), one);
  x = g.clip(g.maxPooling2d(x, { poolSize: [2, 2], strides: 1 }), one);
  x = g.relu(g.averagePooling2d(x, { poolSize: [2, 2], strides: 1 }));
  return g.build(g.clip(g.dense(g.globalAveragePooling2d(x), { units: 5 }), six));
}

function groups(): Graph {
  const g = new GraphBuilder('groups', [8, 9, 4]);
  let x = g.conv2d(g.input, { filters: 6, kernelSize: [3, 2], groups: 2, padding: 'same' });
  x = g.relu(g.batchNormalization(x));
  x = g.conv2d(x, { filters: 12, kernelSize: [3, 3], groups: 6, strides: 2, useBias: false });
  x = g.conv2d(g.batchNormalization(x), { filters: 1, kernelSize: [1, 1] });
  const gate = g.activation(g.globalAveragePooling2d(x), 'sigmoid');
  return g.build(g.multiply(x, gate));
}

function idleOutputs(): Graph {
  const g = new GraphBuilder('idle', [5, 4, 2]);
  const x = g.dropout(g.conv2d(g.input, { filters: 3, kernelSize: [2, 2] }), { rate: 0.5, name: 'dropped' });
  const open = g.clip(x, { min: -Infinity, max: Infinity, name: 'open' });
  return g.build(x, open, g.relu(g.dropout(open, { rate: 0.1 })));
}

/** Sums of float32 products, in another order: of the largest value, some last bits. */
function expectClose(actual: Float32Array, expected: Float32Array, tolerance = 1e-6): void {
  expect(actual.length).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - actual[at]!)), 0);
  expect(worst / largest).toBeLessThan(tolerance);
}
