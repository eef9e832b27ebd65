import { createNetwork, describeGraph, GraphBuilder, miniXception, type Graph } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createUniform, makeWeights, toChannelsFirst } from '../testing/made-up-numbers.js';
import { ONNX_RUNTIME_MISSING, runOnnxRuntime } from '../testing/onnx-runtime.js';
import { parseOnnx } from './parse-onnx.js';
import { toOnnx } from './to-onnx.js';

const TOLERANCE = 1e-4;

/** Every kind of layer, each where it makes a difference how its axes are ordered. */
const GRAPHS: Record<string, Graph> = {
  mini_Xception: miniXception(),
  'mini_Xception of another size': miniXception({ inputShape: [31, 45, 3], classes: 5 }),
  'a residual network': residualNetwork(),
  'poolings and paddings': poolings(),
  'flatten, dropout and dense layers': denseNetwork(),
  'every activation': activations(),
  'reshapes and joins': reshapes(),
  'gates, grouped and resampled pictures': gates(),
  'several outputs, two of them pictures': severalOutputs(),
};

describe.each(Object.entries(GRAPHS))('%s', (_, graph) => {
  const weights = makeWeights(graph);
  const file = toOnnx({ graph, weights });
  const count = 2;
  const uniform = createUniform(7);
  const [height, width, channels] = graph.inputShape;
  const inputs = Float32Array.from({ length: count * height * width * channels }, uniform);

  it.skipIf(ONNX_RUNTIME_MISSING !== undefined)('is the same network in onnxruntime', async () => {
    const ours = (await createNetwork(graph, weights)).run(inputs, count);
    const dims = [count, channels, height, width];
    const theirs = await runOnnxRuntime(file, toChannelsFirst(inputs, graph.inputShape), dims);
    expect([...theirs.keys()]).toEqual(graph.outputs);
    for (const [index, output] of graph.outputs.entries()) {
      const [a = 1, b = 1, c = 1, ...rest] = describeGraph(graph).layers.get(output)?.outputShape ?? [];
      const isPicture = describeGraph(graph).layers.get(output)?.outputShape.length === 3;
      expect(rest).toEqual([]);
      const expected = isPicture ? toChannelsFirst(ours[index]!, [a, b, c]) : ours[index]!;
      expectClose(theirs.get(output)!.data, expected);
    }
  });

  it('reads back as the same network', async () => {
    const read = parseOnnx(file, 'file.onnx');
    expect(read.graph.inputShape).toEqual(graph.inputShape);
    expect(read.graph.outputs).toEqual(graph.outputs);
    const before = (await createNetwork(graph, weights)).run(inputs, count);
    const after = (await createNetwork(read.graph, read.weights)).run(inputs, count);
    graph.outputs.forEach((_name, index) => expectClose(after[index]!, before[index]!));
  });
});

it('keeps names, attributes and weights of the layers that ONNX has too', () => {
  const graph = residualNetwork();
  const weights = makeWeights(graph);
  const read = parseOnnx(toOnnx({ graph, weights }), 'file.onnx');
  expect(read.graph).toEqual({
    ...graph,
    // The decay of kernels has no place in ONNX.
    layers: graph.layers.map((layer) => (layer.kind === 'conv2d' ? { ...layer, kernelL2: 0 } : layer)),
  });
  expect(read.weights).toEqual(weights);
});

it('writes labels, input range, crop and further metadata', () => {
  const graph = denseNetwork();
  const crop = { scale: 1.2, offsetX: 0, offsetY: 0.1, upright: true };
  const labels = ['no', 'yes', 'perhaps'];
  const model = {
    graph,
    weights: makeWeights(graph),
    labels,
    inputRange: [-1, 1],
    crop,
    metadata: { epoch: '3' },
  } as const;
  expect(parseOnnx(toOnnx(model), 'file.onnx')).toMatchObject({
    labels,
    inputRange: [-1, 1],
    crop,
    metadata: { epoch: '3' },
  });
});

it('keeps kernels as halves where asked to, and vectors and what is computed in float32', async () => {
  const graph = miniXception();
  const weights = makeWeights(graph);
  const [whole, half] = [toOnnx({ graph, weights }), toOnnx({ graph, weights }, { dtype: 'F16' })];
  expect(half.length).toBeLessThan(whole.length * 0.65);
  const read = parseOnnx(half, 'file.onnx');
  for (const [name, { shape, data }] of read.weights) {
    // Separable convolutions come back as two layers, under names of their own.
    const exact = weights.get(name)?.data;
    if (exact === undefined) continue;
    const tolerance = shape.length > 1 ? 2 ** -11 : 0;
    const isOff = data.some(
      (value, index) => !(Math.abs(value - (exact[index] ?? NaN)) <= tolerance * Math.abs(value) + 2 ** -25),
    );
    expect([name, isOff]).toEqual([name, false]);
  }
  if (ONNX_RUNTIME_MISSING !== undefined) return;
  const picture = Float32Array.from({ length: 48 * 48 }, createUniform(3));
  const ours = (await createNetwork(read.graph, read.weights)).predict(picture, 1);
  const theirs = await runOnnxRuntime(half, picture, [1, 1, 48, 48]);
  expectClose(theirs.get('predictions')!.data, ours);
});

it('says which layers change form', () => {
  const graph = miniXception();
  const forms: string[] = [];
  toOnnx({ graph, weights: makeWeights(graph) }, { onRewrite: (layer) => forms.push(layer) });
  expect(forms).toEqual(graph.layers.flatMap(({ kind, name }) => (kind === 'separableConv2d' ? [name] : [])));
});

it('refuses weights that are not of the graph', () => {
  expect(() => toOnnx({ graph: denseNetwork(), weights: new Map() })).toThrow('conv2d_1/kernel is missing');
});

it('refuses a resampling whose pixels would depend on how a factor rounds', () => {
  const g = new GraphBuilder('resampling', [12, 12, 1]);
  const graph = g.build(g.resize2d(g.input, { size: [26, 24], name: 'wider' }));
  expect(() => toOnnx({ graph, weights: new Map() })).toThrow(
    'layer wider: ONNX has no sure way to resample from 12×12 to 26×24',
  );
});

function residualNetwork(): Graph {
  const g = new GraphBuilder('residual', [20, 24, 3]);
  let x = g.conv2d(g.input, {
    filters: 8,
    kernelSize: [5, 3],
    strides: 2,
    padding: 'same',
    useBias: false,
    kernelL2: 0.01,
  });
  x = g.relu(g.batchNormalization(x));
  let y = g.conv2d(x, { filters: 8, kernelSize: [3, 3], padding: 'same' });
  y = g.batchNormalization(y, { epsilon: 1e-5, momentum: 0.9 });
  x = g.relu(g.add(x, y));
  x = g.maxPooling2d(x, { poolSize: [3, 3], strides: 2, padding: 'same' });
  x = g.depthwiseConv2d(x, { kernelSize: [3, 3], padding: { top: 2, left: 0, bottom: 1, right: 1 } });
  return g.build(g.softmax(g.dense(g.globalAveragePooling2d(x), { units: 7 })));
}

function poolings(): Graph {
  const g = new GraphBuilder('poolings', [23, 19, 2]);
  let x = g.conv2d(g.input, { filters: 6, kernelSize: [3, 3] });
  x = g.averagePooling2d(x, { poolSize: [3, 3], strides: 2, padding: 'same' });
  x = g.zeroPadding2d(x, { padding: { top: 1, left: 0, bottom: 2, right: 3 }, channelsAfter: 2 });
  x = g.averagePooling2d(x, {
    poolSize: [2, 3],
    strides: 1,
    padding: { top: 1, left: 1, bottom: 0, right: 2 },
    countIncludesPadding: true,
  });
  x = g.maxPooling2d(x, { poolSize: [2, 2], padding: { top: 0, left: 1, bottom: 1, right: 0 } });
  return g.build(g.softmax(g.globalAveragePooling2d(x)));
}

function denseNetwork(): Graph {
  const g = new GraphBuilder('dense', [9, 7, 2]);
  let x = g.relu(g.conv2d(g.input, { filters: 5, kernelSize: [3, 3] }));
  x = g.dropout(g.flatten(x), { rate: 0.3 });
  x = g.relu(g.batchNormalization(g.dense(x, { units: 11, useBias: false })));
  return g.build(g.softmax(g.dense(x, { units: 3 })));
}

function activations(): Graph {
  const g = new GraphBuilder('activations', [6, 5, 3]);
  let x = g.conv2d(g.input, { filters: 6, kernelSize: [3, 3], padding: 'same' });
  for (const activation of ['relu6', 'sigmoid', 'hardSigmoid', 'hardSwish', 'tanh'] as const) {
    x = g.add(x, g.activation(g.batchNormalization(x), activation));
  }
  x = g.clip(g.prelu(x), { min: -0.75, max: 1.5 });
  x = g.clip(x, { min: -Infinity, max: 1.25 });
  x = g.softmax(x);
  const features = g.prelu(g.dense(g.flatten(x), { units: 4 }));
  return g.build(g.activation(features, 'hardSwish'));
}

function reshapes(): Graph {
  const g = new GraphBuilder('reshapes', [6, 8, 3]);
  const picture = g.conv2d(g.input, { filters: 4, kernelSize: [3, 3], padding: 'same' });
  const rows = g.batchNormalization(g.reshape(picture, { shape: [48, 4] }));
  const wide = g.conv2d(g.reshape(rows, { shape: [4, 6, 8] }), { filters: 8, kernelSize: [1, 1] });
  const tall = g.concatenate([wide, g.reshape(picture, { shape: [4, 6, 8] })], { axis: 0 });
  const deep = g.concatenate([tall, tall]);
  const list = g.softmax(g.concatenate([rows, g.prelu(rows)], { axis: 0 }));
  return g.build(g.globalAveragePooling2d(deep), list);
}

function gates(): Graph {
  const g = new GraphBuilder('gates', [10, 12, 4]);
  let x = g.conv2d(g.input, { filters: 8, kernelSize: [3, 3], groups: 2 });
  const gate = g.activation(g.dense(g.globalAveragePooling2d(x), { units: 8 }), 'sigmoid');
  x = g.multiply(x, gate);
  x = g.resize2d(x, { size: [16, 30] });
  x = g.resize2d(x, { size: [11, 7], interpolation: 'bilinear' });
  x = g.multiply(x, g.activation(x, 'tanh'));
  return g.build(g.softmax(g.globalAveragePooling2d(g.conv2d(x, { filters: 3, kernelSize: [2, 2] }))));
}

function severalOutputs(): Graph {
  const g = new GraphBuilder('several', [12, 10, 1]);
  const x = g.relu(g.conv2d(g.input, { filters: 6, kernelSize: [3, 3], name: 'features' }));
  const heat = g.conv2d(x, { filters: 2, kernelSize: [1, 1], name: 'heat' });
  const cells = g.reshape(heat, { shape: [4, 2, 20], name: 'cells' });
  return g.build(g.globalAveragePooling2d(x), heat, cells, g.reshape(heat, { shape: [80, 2], name: 'list' }));
}

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  actual.forEach((value, index) => (worst = Math.max(worst, Math.abs(value - (expected[index] ?? NaN)))));
  expect(worst).toBeLessThan(TOLERANCE);
}
