/** Training of the networks with squeeze-and-excitation. */
import {
  baseNetwork,
  GraphBuilder,
  nanoNetwork,
  residualNetwork,
  squeezeExcitation,
  type Graph,
} from '@mien/core/nn';
import { createTrainingSession } from '@mien/train';
import { describe, expect, it } from 'vitest';
import { compareWithFiniteDifferences } from '../testing/finite-differences.js';
import { stripes } from '../testing/stripes.js';

it('has gradients that agree with finite differences', async () => {
  const g = new GraphBuilder('gates', [6, 5, 2]);
  const x = g.conv2d(g.input, { filters: 8, kernelSize: [3, 3] });
  const gated = squeezeExcitation(g, x, 8, 2);
  const graph = g.build(g.softmax(g.dense(g.flatten(gated), { units: 7 })));
  const optimizer = { kind: 'sgd' } as const;
  const session = await createTrainingSession({ graph, batchSize: 3, seed: 2, optimizer, threads: 1 });
  const { targets } = stripes(graph, 3);
  const inputs = Float32Array.from({ length: 3 * 60 }, (_, i) => Math.sin(i * 1.7) + 0.3 * Math.cos(i * i));
  session.computeGradients(inputs, targets, 3);
  const moved = new Set<string>();
  const options = { inputs, targets, count: 3, step: 1e-3, valuesPerWeight: 12 };
  for (const { place, weight, gradient, slope } of compareWithFiniteDifferences(session, options)) {
    if (Math.abs(slope) > 1e-3) moved.add(weight);
    expect(Math.abs(gradient - slope), place).toBeLessThan(1e-3);
  }
  expect([...moved].sort()).toEqual([...session.gradients().keys()].sort());
  await session.dispose();
});

describe.each<[string, Graph]>([
  ['nano', nanoNetwork({ inputShape: [24, 24, 1] })],
  ['base, thinner', residualNetwork({ inputShape: [24, 24, 1], widths: [8, 16], squeezeExcitation: 4 })],
])('%s', (_, graph) => {
  it('overfits a tiny set and changes every weight', async () => {
    const optimizer = { kind: 'adam' } as const;
    const session = await createTrainingSession({ graph, batchSize: 7, seed: 5, optimizer, threads: 1 });
    const { inputs, targets } = stripes(graph, 7);
    let last = session.trainStep(inputs, targets, 7, 0.003);
    for (const [name, { data }] of session.gradients()) {
      expect(
        data.some((value) => value !== 0),
        `${name} has a gradient`,
      ).toBe(true);
    }
    expect(last.lossSum / 7).toBeGreaterThan(1);
    for (let step = 0; step < 100; step++) last = session.trainStep(inputs, targets, 7, 0.003);
    expect(last.correct).toBe(7);
    expect(last.lossSum / 7).toBeLessThan(0.1);
    await session.dispose();
  });
});

it('base gives the same bits on one thread and on two', async () => {
  const graph = baseNetwork({ inputShape: [24, 24, 1] });
  const { inputs, targets } = stripes(graph, 4);
  const run = async (threads: number) => {
    const optimizer = { kind: 'sgd', momentum: 0.9, nesterov: true } as const;
    const session = await createTrainingSession({ graph, batchSize: 4, seed: 2, optimizer, threads });
    const losses = [1, 2].map(() => session.trainStep(inputs, targets, 4, 0.01).lossSum);
    await session.dispose();
    return losses;
  };
  expect(await run(2)).toEqual(await run(1));
});
