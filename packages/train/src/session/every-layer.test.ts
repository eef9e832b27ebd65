/** Training of a network with every kind of layer: what holds for each of them, and for dropout in particular. */
import { describeGraph, GraphBuilder, type Graph } from '@mien/core/nn';
import { createTrainingSession, type TrainingSession, type TrainingSessionOptions } from '@mien/train';
import { afterEach, describe, expect, it } from 'vitest';
import { everyLayerGraph } from '../testing/every-layer.js';
import { compareWithFiniteDifferences } from '../testing/finite-differences.js';
import { bits, stripes } from '../testing/stripes.js';

const sessions: TrainingSession[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.dispose()));
});

async function open(graph: Graph, options: Partial<TrainingSessionOptions> = {}): Promise<TrainingSession> {
  const optimizer = { kind: 'adamw' } as const;
  const session = await createTrainingSession({
    graph,
    batchSize: 8,
    seed: 5,
    optimizer,
    threads: 1,
    ...options,
  });
  sessions.push(session);
  return session;
}

describe('a network with every kind of layer', () => {
  const graph = everyLayerGraph();

  it('contains every kind', () => {
    const kinds = new Set(graph.layers.map(({ kind }) => kind));
    expect(kinds.size).toBe(20);
    const activations = new Set(
      graph.layers.map((layer) => (layer.kind === 'activation' ? layer.activation : '')),
    );
    expect(activations.size).toBe(9 + 1);
  });

  it('gives the same bits on any number of threads, with a smaller last batch too', async () => {
    const run = async (threads: number) => {
      const session = await open(graph, { threads });
      const { inputs, targets } = stripes(graph, 8);
      const losses = [8, 5, 1, 8].map((count) => {
        const pictures = inputs.subarray(0, (inputs.length / 8) * count);
        return session.trainStep(pictures, targets.subarray(0, 7 * count), count, 0.01).lossSum;
      });
      return { losses, weights: bits(session.weights()) };
    };
    const alone = await run(1);
    for (const threads of [2, 3, 7]) expect(await run(threads)).toEqual(alone);
  });

  it('resumes to the same bits, including dropout', async () => {
    const whole = await open(graph);
    const first = await open(graph);
    const { inputs, targets } = stripes(graph, 8);
    const steps = (session: TrainingSession, count: number) => {
      for (let step = 0; step < count; step++) session.trainStep(inputs, targets, 8, 0.01);
    };
    steps(whole, 5);
    steps(first, 2);
    const second = await open(graph);
    second.load(first.weights(), first.optimizerState());
    steps(second, 3);
    expect(bits(second.weights())).toEqual(bits(whole.weights()));
    expect(bits(second.optimizerState().tensors)).toEqual(bits(whole.optimizerState().tensors));
  });

  it('has gradients for every weight that agree with finite differences', async () => {
    const session = await open(graph, { batchSize: 4 });
    const { targets } = stripes(graph, 4);
    const inputs = Float32Array.from(
      { length: 4 * 12 * 11 * 2 },
      (_, i) => Math.sin(i * 1.7) + 0.3 * Math.cos(i * i),
    );
    // The penalty is no part of the loss that a step reports.
    const penalized = 'conv2d_1/kernel';
    session.computeGradients(inputs, targets, 4);
    const gradients = session.gradients();
    expect([...gradients.keys()].sort()).toEqual(
      [...describeGraph(graph).layers.values()]
        .flatMap((layer) => layer.weights.filter(({ trainable }) => trainable).map(({ name }) => name))
        .sort(),
    );
    for (const [name, { data }] of gradients) {
      const isThere = data.some((value) => Math.abs(value) > 1e-5);
      expect(isThere, `${name} has a gradient`).toBe(true);
    }
    const options = { inputs, targets, count: 4, step: 1e-3, valuesPerWeight: 4 };
    for (const compared of compareWithFiniteDifferences(session, options)) {
      const { place, weight, value, gradient, slope } = compared;
      const penalty = weight === penalized ? 2 * 0.01 * value : 0;
      expect(Math.abs(gradient - penalty - slope), place).toBeLessThan(2e-3);
    }
  });

  it('learns', async () => {
    const session = await open(graph);
    const { inputs, targets } = stripes(graph, 7);
    const first = session.trainStep(inputs, targets, 7, 0.01).lossSum;
    for (let step = 0; step < 150; step++) session.trainStep(inputs, targets, 7, 0.01);
    expect(session.trainStep(inputs, targets, 7, 0.01).lossSum).toBeLessThan(first / 2);
  });
});

describe('logit offsets', () => {
  const graph = everyLayerGraph();
  const offsets = [0.5, -1, 0, 2, -0.25, 0.75, -3];
  const { inputs, targets } = stripes(graph, 8);
  const weightsWith = (added: readonly number[], weights: ReturnType<TrainingSession['weights']>) => {
    const bias = weights.get('dense_2/bias')!;
    return new Map(weights).set('dense_2/bias', {
      ...bias,
      data: bias.data.map((value, i) => value + added[i]!),
    });
  };

  it('act as a bias in the loss but not in predictions', async () => {
    const [plain, adjusted] = [await open(graph), await open(graph, { logitOffsets: offsets })];
    expect(adjusted.predict(inputs, 8)).toEqual(plain.predict(inputs, 8));
    plain.load(weightsWith(offsets, plain.weights()));
    const [expected, actual] = [plain, adjusted].map((session) =>
      session.computeGradients(inputs, targets, 8),
    );
    expect(actual!.lossSum).toBeCloseTo(expected!.lossSum, 4);
    for (const [name, { data }] of adjusted.gradients()) {
      const like = plain.gradients().get(name)!.data;
      data.forEach((value, i) => expect(Math.abs(value - like[i]!), name).toBeLessThan(1e-5));
    }
  });

  it("do not affect the teacher's term", async () => {
    const options = { distillationTemperature: 2 };
    const [plain, adjusted] = [
      await open(graph, options),
      await open(graph, { ...options, logitOffsets: offsets }),
    ];
    const none = new Float32Array(targets.length);
    const losses = [plain, adjusted].map(
      (session) => session.computeGradients(inputs, none, 8, targets).lossSum,
    );
    expect(losses[1]).toBe(losses[0]);
  });

  it('must have one number per class', async () => {
    await expect(open(graph, { logitOffsets: [1, 2] })).rejects.toThrow(
      /logitOffsets must be 7 numbers, one a class, got 2/,
    );
    await expect(open(graph, { logitOffsets: [1, 2, 3, 4, 5, 6, NaN] })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});

describe('dropout', () => {
  /** The bias gradient of a layer under dropout shows which of its values were kept. */
  function maskGraph(rate: number): Graph {
    const g = new GraphBuilder('mask', [1, 1, 1]);
    const x = g.dense(g.flatten(g.input), { units: 400, name: 'shown' });
    return g.build(g.softmax(g.dense(g.dropout(x, { rate }), { units: 2, name: 'seen' })));
  }
  const keptBy = (session: TrainingSession): readonly boolean[] => {
    session.computeGradients(Float32Array.of(1), Float32Array.of(1, 0), 1);
    return Array.from(session.gradients().get('shown/bias')?.data ?? [], (value) => value !== 0);
  };
  const train = (session: TrainingSession) =>
    session.trainStep(Float32Array.of(1), Float32Array.of(1, 0), 1, 1e-4);

  it('drops the same values in the same update, others in the next, others under another seed', async () => {
    const [session, again, other] = [
      await open(maskGraph(0.5)),
      await open(maskGraph(0.5)),
      await open(maskGraph(0.5), { seed: 6 }),
    ];
    const first = keptBy(session);
    expect(first.filter(Boolean).length).toBeGreaterThan(150);
    expect(first.filter(Boolean).length).toBeLessThan(250);
    expect(keptBy(session)).toEqual(first);
    expect(keptBy(again)).toEqual(first);
    expect(keptBy(other)).not.toEqual(first);
    train(session);
    expect(keptBy(session)).not.toEqual(first);
  });

  it('scales kept values, forward and backward, and is the identity in inference', async () => {
    const [session, plain] = [await open(maskGraph(0.75)), await open(maskGraph(0))];
    const kept = keptBy(session);
    const valueOf = (tensors: ReturnType<TrainingSession['weights']>, name: string, i: number) =>
      tensors.get(name)?.data[i] ?? NaN;
    const [weights, gradients] = [session.weights(), session.gradients()];
    // With d the gradient of a logit: the last kernel's is (4·value)·d, the shown value's 4·Σ kernel·d.
    const logit = [0, 1].map((k) => valueOf(gradients, 'seen/bias', k));
    kept.forEach((isKept, i) => {
      const value = isKept ? 4 * valueOf(weights, 'shown/kernel', i) : 0;
      const back = logit.reduce((sum, d, k) => sum + 4 * d * valueOf(weights, 'seen/kernel', 2 * i + k), 0);
      expect(valueOf(gradients, 'seen/kernel', 2 * i)).toBeCloseTo(value * (logit[0] ?? NaN), 6);
      expect(valueOf(gradients, 'shown/bias', i)).toBeCloseTo(isKept ? back : 0, 6);
    });
    const input = Float32Array.of(1);
    expect(session.predict(input, 1)).toEqual(plain.predict(input, 1));
  });
});

describe('weight decay', () => {
  const { inputs, targets } = stripes(everyLayerGraph(), 8);

  it.each([
    ['adamw', { kind: 'adamw', weightDecay: 0 }, { kind: 'adamw', weightDecay: 0.1 }],
    ['sgd', { kind: 'sgd' }, { kind: 'sgd', weightDecay: 0.1 }],
  ] as const)('of %s takes its share of kernels and of nothing else', async (_, without, having) => {
    const [plain, decayed] = [
      await open(everyLayerGraph(), { optimizer: without }),
      await open(everyLayerGraph(), { optimizer: having }),
    ];
    const before = plain.weights();
    for (const session of [plain, decayed]) session.trainStep(inputs, targets, 8, 0.01);
    const [expected, actual] = [plain.weights(), decayed.weights()];
    for (const [name, { data }] of actual) {
      const isKernel = name.endsWith('kernel');
      data.forEach((value, i) => {
        const lost = isKernel ? 0.01 * 0.1 * (before.get(name)?.data[i] ?? NaN) : 0;
        expect(Math.abs(value - ((expected.get(name)?.data[i] ?? NaN) - lost)), name).toBeLessThan(
          isKernel ? 1e-7 : Number.MIN_VALUE,
        );
      });
    }
  });

  it('of AdamW is the same as Adam at 0, bit for bit', async () => {
    const [adam, adamw] = [
      await open(everyLayerGraph(), { optimizer: { kind: 'adam' } }),
      await open(everyLayerGraph(), { optimizer: { kind: 'adamw', weightDecay: 0 } }),
    ];
    for (const session of [adam, adamw]) session.trainStep(inputs, targets, 8, 0.01);
    expect(bits(adamw.weights())).toEqual(bits(adam.weights()));
    expect([...adamw.optimizerState().tensors.keys()][0]).toMatch(/^adamw\/m\//);
  });
});
