import { createNetwork, describeGraph, GraphBuilder, miniXception } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createUniform, makeWeights, toChannelsFirst } from '../testing/synthetic-numbers.js';
import { denseNetwork, NETWORKS, residualNetwork } from '../testing/networks.js';
import { ONNX_RUNTIME_MISSING, runOnnxRuntime } from '../testing/onnx-runtime.js';
import { parseOnnx } from './parse-onnx.js';
import { toOnnx } from './to-onnx.js';

const TOLERANCE = 1e-4;

describe.each(Object.entries(NETWORKS))('%s', (_, graph) => {
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

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  actual.forEach((value, index) => (worst = Math.max(worst, Math.abs(value - (expected[index] ?? NaN)))));
  expect(worst).toBeLessThan(TOLERANCE);
}
