/** The networks that we design: what they cost, and that their squeeze-and-excitation does what it says. */
import { describe, expect, it } from 'vitest';
import { createTestRandom } from '../testing/test-random.js';
import { baseNetwork } from './base-network.js';
import { describeGraph } from './describe-graph.js';
import { GraphBuilder } from './graph-builder.js';
import type { Graph } from './graph.js';
import { nanoNetwork } from './nano-network.js';
import { createNetwork } from './network.js';
import { residualNetwork } from './residual-network.js';
import { squeezeExcitation } from './squeeze-excitation.js';

describe('the budgets', () => {
  it.each<[string, Graph, { parameters: number; macs: number }]>([
    ['nano', nanoNetwork(), { parameters: 100_000, macs: 20e6 }],
    ['base', baseNetwork(), { parameters: 3_000_000, macs: 100e6 }],
  ])('%s stays within its parameters and multiply-accumulates', (name, graph, budget) => {
    const { parameterCount, macs, outputShape } = describeGraph(graph);
    expect(graph.name).toBe(name);
    expect(outputShape).toEqual([7]);
    expect(parameterCount).toBeLessThanOrEqual(budget.parameters);
    expect(macs).toBeLessThanOrEqual(budget.macs);
  });

  it('are those that the documentation states', () => {
    const costOf = (graph: Graph) => {
      const { parameterCount, macs } = describeGraph(graph);
      return [parameterCount, macs];
    };
    expect(costOf(nanoNetwork())).toEqual([92_735, 16_492_448]);
    expect(costOf(baseNetwork())).toEqual([2_823_843, 78_046_208]);
  });

  it('take other inputs and numbers of classes', () => {
    for (const network of [nanoNetwork, baseNetwork]) {
      const graph = network({ inputShape: [40, 40, 3], classes: 8, dropout: 0.5 });
      expect(describeGraph(graph).outputShape).toEqual([8]);
      expect(graph.layers.filter(({ kind }) => kind === 'dropout')).toHaveLength(1);
    }
    expect(nanoNetwork().layers.some(({ kind }) => kind === 'dropout')).toBe(false);
  });
});

describe('squeezeExcitation', () => {
  it('scales each channel by the sigmoid of two dense layers over the means of all', async () => {
    const g = new GraphBuilder('gate', [2, 3, 4]);
    const graph = g.build(squeezeExcitation(g, g.input, 4, 2));
    const random = createTestRandom(3);
    const values = (count: number) => Float32Array.from({ length: count }, () => random() * 4 - 2);
    const [w1, b1, w2, b2] = [values(8), values(2), values(8), values(4)];
    const network = await createNetwork(
      graph,
      new Map([
        ['dense_1/kernel', { shape: [4, 2], data: w1 }],
        ['dense_1/bias', { shape: [2], data: b1 }],
        ['dense_2/kernel', { shape: [2, 4], data: w2 }],
        ['dense_2/bias', { shape: [4], data: b2 }],
      ]),
    );
    const x = values(24);
    const mean = [0, 1, 2, 3].map((c) => [0, 1, 2, 3, 4, 5].reduce((sum, p) => sum + x[p * 4 + c]! / 6, 0));
    const hidden = [0, 1].map((u) =>
      Math.max(
        0,
        mean.reduce((sum, m, c) => sum + m * w1[c * 2 + u]!, b1[u]!),
      ),
    );
    const gates = [0, 1, 2, 3].map((c) => {
      const z = hidden.reduce((sum, h, u) => sum + h * w2[u * 4 + c]!, b2[c]!);
      return 1 / (1 + Math.exp(-z));
    });
    network.predict(x, 1).forEach((value, i) => {
      expect(value).toBeCloseTo(x[i]! * gates[i % 4]!, 5);
    });
  });

  it('ends every block of a residual network that asks for it', () => {
    const gates = (squeezeExcitation: number) =>
      residualNetwork({ widths: [8, 16], squeezeExcitation }).layers.filter(({ kind }) => kind === 'multiply')
        .length;
    expect([gates(0), gates(4)]).toEqual([0, 4]);
  });
});
