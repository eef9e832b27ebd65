import {
  baseNetwork,
  createNetwork,
  describeGraph,
  GraphBuilder,
  residualNetwork,
  type Graph,
} from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { NETWORKS } from '../testing/networks.js';
import { createUniform, makeWeights } from '../testing/synthetic-numbers.js';
import { runTensorflowJs, TENSORFLOW_JS_MISSING } from '../testing/tensorflow-js.js';
import { parseTensorflowJs } from './parse-tfjs.js';
import { toTensorflowJsGraph } from './to-graph-model.js';
import type { TensorflowJsFiles } from './to-tfjs.js';

/** Our networks and every kind of layer, less what TensorFlow.js lacks. */
const { 'gates, grouped and resampled pictures': grouped, 'poolings and paddings': padded, ...plain } = NETWORKS; // prettier-ignore
const GRAPHS: Readonly<Record<string, Graph>> = {
  ...plain,
  base: baseNetwork(),
  'a residual network as it is trained': residualNetwork({ widths: [8, 16, 32], dropout: 0.2 }),
  'windows and gates': windows(),
  'activations after everything': endings(),
};

const uniform = createUniform(29);
const pictureOf = ({ inputShape: [height, width, channels] }: Graph): Float32Array =>
  Float32Array.from({ length: height * width * channels }, () => 2 * uniform() - 1);
const read = ({ json, shards }: TensorflowJsFiles) =>
  parseTensorflowJs(JSON.parse(new TextDecoder().decode(json)), shards, 'model.json');

function expectClose(actual: Float32Array, expected: Float32Array, tolerance = 2e-5): void {
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
  expect(worst / largest).toBeLessThan(tolerance);
}

describe.each(Object.entries(GRAPHS))('a graph model of %s', (_, graph) => {
  const weights = makeWeights(graph);
  const files = toTensorflowJsGraph({ graph, weights });
  const picture = pictureOf(graph);

  it.skipIf(TENSORFLOW_JS_MISSING !== undefined)('is the same network in TensorFlow.js', async () => {
    const ours = (await createNetwork(graph, weights)).run(picture, 1);
    const theirs = await runTensorflowJs(files, picture, [1, ...graph.inputShape]);
    expect(theirs.map(({ name }) => name)).toEqual(graph.outputs);
    for (const [index, { name, shape, data }] of theirs.entries()) {
      expect(shape).toEqual([1, ...(describeGraph(graph).layers.get(name)?.outputShape ?? [])]);
      expectClose(data, ours[index]!);
    }
  });

  it('reads back as the same network', async () => {
    const again = read(files);
    expect(again.graph.inputShape).toEqual(graph.inputShape);
    expect(again.graph.outputs).toEqual(graph.outputs);
    const before = (await createNetwork(graph, weights)).run(picture, 1);
    const after = (await createNetwork(again.graph, again.weights)).run(picture, 1);
    before.forEach((expected, index) => {
      expectClose(after[index]!, expected);
    });
  });
});

it('keeps labels and input, and stores halves', async () => {
  const graph = NETWORKS['nano']!;
  const weights = makeWeights(graph);
  const labels = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
  const files = toTensorflowJsGraph({ graph, weights, labels, inputRange: [-1, 1] }, { dtype: 'F16' });
  const again = read(files);
  expect(again).toMatchObject({ labels, inputRange: [-1, 1] });
  const bytes = [...files.shards.values()].reduce((sum, { length }) => sum + length, 0);
  expect(bytes).toBeLessThan(2.2 * 92_735);
  const picture = pictureOf(graph);
  const [before, after] = [
    (await createNetwork(graph, weights)).predict(picture, 1),
    (await createNetwork(again.graph, again.weights)).predict(picture, 1),
  ];
  expectClose(after, before, 0.01);
});

it.each([
  ['grouped convolutions', grouped!, /^layer .*: TensorFlow\.js has no grouped convolutions; choose another/],
  ['means that do not count a padding in numbers', padded!, /^layer .*: TensorFlow\.js has no m/],
])('refuses %s', (_, graph, message) => {
  expect(() => toTensorflowJsGraph({ graph, weights: makeWeights(graph) })).toThrow(message);
});

function windows(): Graph {
  const g = new GraphBuilder('windows', [23, 19, 4]);
  let x = g.conv2d(g.input, { filters: 8, kernelSize: [3, 3], groups: 4, strides: 2, padding: 'same' });
  const gate = g.activation(g.dense(g.globalAveragePooling2d(x), { units: 8 }), 'sigmoid');
  x = g.relu(g.multiply(x, gate));
  x = g.maxPooling2d(x, { poolSize: [2, 2], strides: 1, padding: { top: 0, left: 1, bottom: 1, right: 0 } });
  x = g.averagePooling2d(x, { poolSize: [3, 3], strides: 2, padding: 'same' });
  x = g.zeroPadding2d(x, { padding: { top: 1, left: 0, bottom: 2, right: 3 }, channelsAfter: 2 });
  x = g.averagePooling2d(x, {
    poolSize: [2, 3],
    strides: 1,
    padding: { top: 1, left: 1, bottom: 0, right: 2 },
    countIncludesPadding: true,
  });
  x = g.separableConv2d(x, { filters: 6, kernelSize: [3, 3], padding: 'same', useBias: true });
  x = g.resize2d(x, { size: [16, 30] });
  x = g.resize2d(x, { size: [11, 7], interpolation: 'bilinear' });
  x = g.multiply(x, g.activation(x, 'tanh'));
  return g.build(g.softmax(g.globalAveragePooling2d(g.conv2d(x, { filters: 3, kernelSize: [2, 2] }))));
}

/** Activations that operators take over, and one that TensorFlow.js has nowhere fused. */
function endings(): Graph {
  const g = new GraphBuilder('endings', [9, 8, 3]);
  let x = g.clip(g.conv2d(g.input, { filters: 4, kernelSize: [3, 3] }), { min: -1, max: 1 });
  x = g.activation(g.batchNormalization(g.depthwiseConv2d(x, { kernelSize: [3, 3] })), 'relu6');
  x = g.clip(g.add(x, g.prelu(x)), { min: -1, max: 1 });
  x = g.relu(g.averagePooling2d(g.batchNormalization(x), { poolSize: [2, 2], strides: 1 }));
  x = g.clip(g.dense(g.flatten(x), { units: 5 }), { min: -1, max: 1 });
  return g.build(g.activation(g.dense(x, { units: 4 }), 'hardSigmoid'));
}
