/** The networks that we offer, in training: every weight is reached, and a tiny set is learnt by heart. */
import { bigXception, createKernels, miniXception, residualNetwork, type Graph } from '@mien/core/nn';
import { createTrainingSession } from '@mien/train';
import { describe, expect, it } from 'vitest';
import { stripes } from '../testing/stripes.js';
import { compileGradients } from './compile-gradients.js';
import { DropoutKeys } from './dropout-keys.js';
import { ParameterStore } from './parameter-store.js';

const WIDTHS = [32, 64, 128, 256];

describe.each<[string, Graph]>([
  ['big_XCEPTION', bigXception({ inputShape: [24, 24, 1] })],
  ['a residual network', residualNetwork({ inputShape: [24, 24, 1], widths: [8, 16, 32], dropout: 0.2 })],
  [
    'a residual network in colour',
    residualNetwork({ inputShape: [20, 22, 3], widths: [8, 12], blocksPerStage: 1 }),
  ],
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

describe('the memory of a batch of 32', () => {
  const compile = async (graph: Graph) => {
    const kernels = await createKernels();
    const parameters = new ParameterStore(kernels, graph);
    const memory = { kernels, parameters, dropoutKeys: new DropoutKeys(kernels, graph, 1) };
    return { memory, full: compileGradients(graph, memory, 32) };
  };

  // Nearly all of it is what the backward pass reads: the inputs of convolutions and of normalisations.
  it.each<[string, Graph, number]>([
    ['mini_Xception', miniXception(), 49],
    ['big_XCEPTION', bigXception(), 78],
    ['a residual network of 2.8 million parameters', residualNetwork({ widths: WIDTHS }), 65],
  ])('of %s', async (_, graph, mebibytes) => {
    const { full } = await compile(graph);
    expect(full.arena.sizeBytes).toBeLessThan(mebibytes * 2 ** 20);
  });

  it('holds a smaller batch too', async () => {
    const { memory, full } = await compile(miniXception());
    const before = memory.kernels.allocate(0);
    const last = compileGradients(miniXception(), { ...memory, arena: full.arena }, 5);
    expect(last.arena).toBe(full.arena);
    expect(memory.kernels.allocate(0)).toBe(before);
  });
});
