import { createNetwork, GraphBuilder, type Graph, type Symbolic } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createUniform, makeWeights } from '../testing/synthetic-numbers.js';
import { foldZeroPadding } from './fold-zero-padding.js';

const FRAME = { top: 1, left: 1, bottom: 2, right: 0 };

/** Features that are negative here and there, then zeros around them, then what `end` makes of it. */
function padded(end: (g: GraphBuilder, x: Symbolic) => Symbolic, isPositive = false): Graph {
  const g = new GraphBuilder('padded', [9, 8, 2]);
  let x = g.conv2d(g.input, { filters: 4, kernelSize: [3, 3] });
  if (isPositive) x = g.relu(x);
  return g.build(end(g, g.zeroPadding2d(x, { padding: FRAME })));
}

async function run(graph: Graph): Promise<Float32Array> {
  const input = Float32Array.from({ length: 9 * 8 * 2 }, createUniform(5));
  return (await createNetwork(graph, makeWeights(graph))).predict(input, 1);
}

const kindsOf = (graph: Graph) => graph.layers.map(({ kind }) => kind);

describe('zeros around a picture become the padding of', () => {
  it.each<[string, Graph]>([
    ['a convolution', padded((g, x) => g.conv2d(x, { filters: 3, kernelSize: [3, 3], strides: 2 }))],
    [
      'a convolution with a padding of its own',
      padded((g, x) => g.conv2d(x, { filters: 3, kernelSize: [3, 3], strides: 2, padding: 'same' })),
    ],
    ['a depthwise convolution', padded((g, x) => g.depthwiseConv2d(x, { kernelSize: [3, 3] }))],
    [
      'a separable convolution',
      padded((g, x) => g.separableConv2d(x, { filters: 5, kernelSize: [3, 3], padding: FRAME })),
    ],
    [
      'a mean',
      padded((g, x) => g.averagePooling2d(x, { poolSize: [3, 3], strides: 2, countIncludesPadding: false })),
    ],
    [
      'a maximum of what is never negative',
      padded((g, x) => g.maxPooling2d(x, { poolSize: [3, 3], strides: 2 }), true),
    ],
  ])('%s', async (_, graph) => {
    const folded = foldZeroPadding(graph);
    expect(kindsOf(folded)).toEqual(kindsOf(graph).filter((kind) => kind !== 'zeroPadding2d'));
    const [before, after] = [await run(graph), await run(folded)];
    expect(after).toHaveLength(before.length);
    for (const [index, value] of after.entries()) expect(value).toBeCloseTo(before[index] ?? NaN, 5);
  });
});

describe('zeros around a picture stay', () => {
  it.each<[string, Graph]>([
    ['before a maximum of any numbers', padded((g, x) => g.maxPooling2d(x, { poolSize: [3, 3] }))],
    [
      'before a maximum that would see nothing but padding',
      padded((g, x) => g.maxPooling2d(x, { poolSize: [2, 2] }), true),
    ],
    [
      'before a mean that leaves its own padding out',
      padded((g, x) =>
        g.averagePooling2d(x, { poolSize: [3, 3], padding: 'same', countIncludesPadding: false }),
      ),
    ],
    [
      'where two layers take them',
      padded((g, x) =>
        g.add(
          g.conv2d(x, { filters: 3, kernelSize: [3, 3] }),
          g.conv2d(x, { filters: 3, kernelSize: [3, 3] }),
        ),
      ),
    ],
    ['where they are the result', padded((_g, x) => x)],
    [
      'with further channels',
      padded((g, x) =>
        g.conv2d(g.zeroPadding2d(x, { padding: FRAME, channelsAfter: 1 }), {
          filters: 2,
          kernelSize: [1, 1],
        }),
      ),
    ],
  ])('%s', (_, graph) => {
    expect(foldZeroPadding(graph)).toEqual(graph);
  });
});

it('is called by its name where there is one', () => {
  const g = new GraphBuilder('named', [8, 8, 1]);
  const around = { top: 1, left: 1, bottom: 1, right: 1 };
  const graph = g.build(
    g.conv2d(g.zeroPadding2d(g.input, { padding: around }), { filters: 2, kernelSize: [3, 3] }),
  );
  expect(foldZeroPadding(graph).layers.at(-1)).toMatchObject({ kind: 'conv2d', padding: 'same' });
});
