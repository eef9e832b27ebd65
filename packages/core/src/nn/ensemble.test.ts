import { describe, expect, it } from 'vitest';
import { createTestRandom } from '../testing/test-random.js';
import { describeGraph } from './describe-graph.js';
import { createEnsemble, type EnsembleMember } from './ensemble.js';
import { GraphBuilder } from './graph-builder.js';
import type { ActivationName, Graph } from './graph.js';
import { createNetwork } from './network.js';
import { elementCount, type Weights } from './tensor.js';

const CLASSES = 3;
const SIDE = 6;
const random = createTestRandom(5);
const values = (count: number) => Float32Array.from({ length: count }, () => random() * 2 - 1);
const pictures = values(4 * SIDE * SIDE);

function weightsOf(graph: Graph): Weights {
  const described = [...describeGraph(graph).layers.values()].flatMap(({ weights }) => weights);
  return new Map(described.map(({ name, shape }) => [name, { shape, data: values(elementCount(shape)) }]));
}

interface End {
  readonly activation?: ActivationName | null;
  readonly classes?: number;
  readonly side?: number;
}

/** A convolution, its mean and a dense layer. */
function dense({ activation = 'softmax', classes = CLASSES, side = SIDE }: End = {}): EnsembleMember {
  const g = new GraphBuilder('dense', [side, side, 1]);
  const x = g.globalAveragePooling2d(g.relu(g.conv2d(g.input, { filters: 5, kernelSize: [3, 3] })));
  const logits = g.dense(x, { units: classes });
  const graph = g.build(activation === null ? logits : g.activation(logits, activation));
  return { graph, weights: weightsOf(graph), share: 1 };
}

/** Ends as mini_Xception does: the mean of a convolution is the logits. */
function pooled(): EnsembleMember {
  const g = new GraphBuilder('pooled', [SIDE, SIDE, 1]);
  const maps = g.conv2d(g.input, { filters: CLASSES, kernelSize: [3, 3] });
  const graph = g.build(g.softmax(g.globalAveragePooling2d(maps)));
  return { graph, weights: weightsOf(graph), share: 1 };
}

async function probabilities({ graph, weights }: Pick<EnsembleMember, 'graph' | 'weights'>) {
  return (await createNetwork(graph, weights)).predict(pictures, 4);
}

/** Σ p^share, normalised, row by row. */
function geometricMean(
  members: readonly { readonly rows: Float32Array; readonly share: number; readonly outputOf?: number[] }[],
): number[] {
  const total = members.reduce((sum, { share }) => sum + share, 0);
  return [0, 1, 2, 3].flatMap((row) => {
    const powers = [0, 1, 2].map((label) =>
      members.reduce(
        (product, { rows, share, outputOf = [0, 1, 2] }) =>
          product * rows[row * CLASSES + outputOf[label]!]! ** (share / total),
        1,
      ),
    );
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  });
}

const expectClose = (actual: Float32Array, expected: readonly number[]) => {
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 5);
  });
};

describe('createEnsemble', () => {
  it('gives the weighted geometric mean of what its members give, whatever their ends', async () => {
    const members = [
      { ...dense(), share: 3 },
      { ...pooled(), share: 1 },
      { ...dense(), share: 0.5 },
    ];
    const rows = await Promise.all(members.map(probabilities));
    const joined = createEnsemble('three', members);
    expectClose(
      await probabilities(joined),
      geometricMean(members.map(({ share }, i) => ({ share, rows: rows[i]! }))),
    );
    const cost = (graph: Graph) => describeGraph(graph).parameterCount;
    // Two dense layers become one with one bias, and the third network's logits are features.
    expect(cost(joined.graph)).toBe(
      members.reduce((sum, { graph }) => sum + cost(graph), CLASSES * CLASSES - CLASSES),
    );
  });

  it('takes a network that gives logits', async () => {
    const bare = dense({ activation: null });
    const g = bare.graph;
    const softmax = {
      ...g,
      layers: [
        ...g.layers,
        { kind: 'activation', name: 'end', inputs: g.outputs, activation: 'softmax' } as const,
      ],
      outputs: ['end'],
    };
    const other = pooled();
    expectClose(
      await probabilities(createEnsemble('both', [bare, other])),
      geometricMean([
        { share: 1, rows: await probabilities({ graph: softmax, weights: bare.weights }) },
        { share: 1, rows: await probabilities(other) },
      ]),
    );
  });

  it('puts the outputs of members into one order', async () => {
    const [first, second] = [dense(), pooled()];
    const outputOf = [2, 0, 1];
    expectClose(
      await probabilities(createEnsemble('both', [first, { ...second, outputOf }])),
      geometricMean([
        { share: 1, rows: await probabilities(first) },
        { share: 1, rows: await probabilities(second), outputOf },
      ]),
    );
  });

  it('divides the logits of a member by its temperature', async () => {
    const [first, second] = [dense(), pooled()];
    const sharper = (await probabilities(second)).map((value) => value ** 2);
    expectClose(
      await probabilities(createEnsemble('both', [first, { ...second, temperature: 0.5 }])),
      geometricMean([
        { share: 1, rows: await probabilities(first) },
        { share: 1, rows: sharper },
      ]),
    );
  });

  it('can be a member itself', async () => {
    const [a, b, c] = [dense(), dense(), pooled()];
    const inner = createEnsemble('inner', [a, b]);
    const outer = createEnsemble('outer', [
      { ...inner, share: 2 },
      { ...c, share: 1 },
    ]);
    expectClose(
      await probabilities(outer),
      geometricMean([
        { share: 1, rows: await probabilities(a) },
        { share: 1, rows: await probabilities(b) },
        { share: 1, rows: await probabilities(c) },
      ]),
    );
  });

  it.each<[string, () => readonly EnsembleMember[], RegExp]>([
    ['one network', () => [dense()], /takes two networks or more, got 1/],
    [
      'another number of outputs',
      () => [dense(), dense({ classes: 4 })],
      /network 2 \(dense\) has 4 outputs, the first network 3/,
    ],
    [
      'another size of pictures',
      () => [dense(), dense({ side: 8 })],
      /reads pictures of 8×8×1, the first network of 6×6×1/,
    ],
    ['an end without softmax', () => [dense(), dense({ activation: 'sigmoid' })], /ends in sigmoid/],
    [
      'a share of 0',
      () => [dense(), { ...dense(), share: 0 }],
      /network 2 \(dense\) must have a share above 0, got 0/,
    ],
    [
      'an output named twice',
      () => [dense(), { ...dense(), outputOf: [0, 0, 1] }],
      /each of its 3 outputs named once in outputOf, got 0, 0, 1/,
    ],
  ])('refuses %s', (_, members, message) => {
    expect(() => createEnsemble('bad', members())).toThrow(message);
  });
});
