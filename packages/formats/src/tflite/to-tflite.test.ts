import {
  bigXception,
  createNetwork,
  describeGraph,
  GraphBuilder,
  miniXception,
  residualNetwork as shippedResidualNetwork,
  type Graph,
} from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { LITERT_MISSING, runLiteRt } from '../testing/litert.js';
import { createUniform, makeWeights } from '../testing/made-up-numbers.js';
import { denseNetwork, NETWORKS, residualNetwork } from '../testing/networks.js';
import { parseTflite } from './parse-tflite.js';
import { toTflite } from './to-tflite.js';

const GRAPHS: Readonly<Record<string, Graph>> = {
  ...NETWORKS,
};

describe.each(Object.entries(GRAPHS))('%s', (_, graph) => {
  const weights = makeWeights(graph);
  const file = toTflite({ graph, weights });
  const [height, width, channels] = graph.inputShape;
  const picture = Float32Array.from({ length: height * width * channels }, createUniform(7));

  it.skipIf(LITERT_MISSING !== undefined)('is the same network in LiteRT', async () => {
    const ours = (await createNetwork(graph, weights)).run(picture, 1);
    const theirs = await runLiteRt(file, picture, [1, height, width, channels]);
    expect(theirs.map(({ name }) => name)).toEqual(graph.outputs);
    for (const [index, { name, dims, data }] of theirs.entries()) {
      expect(dims).toEqual([1, ...(describeGraph(graph).layers.get(name)?.outputShape ?? [])]);
      expectClose(data, ours[index]!, 1e-4);
    }
  });

  it('reads back as the same network', async () => {
    const read = parseTflite(file, 'file.tflite');
    expect(read.graph.inputShape).toEqual(graph.inputShape);
    expect(read.graph.outputs).toEqual(graph.outputs);
    const before = (await createNetwork(graph, weights)).run(picture, 1);
    const after = (await createNetwork(read.graph, read.weights)).run(picture, 1);
    graph.outputs.forEach((_name, index) => expectClose(after[index]!, before[index]!, 1e-5));
  });
});

function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  actual.forEach((value, index) => (worst = Math.max(worst, Math.abs(value - (expected[index] ?? NaN)))));
  expect(worst).toBeLessThan(tolerance);
}
