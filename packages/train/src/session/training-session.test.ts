import { GraphBuilder, miniXception } from '@mien/core/nn';
import { MienError } from '@mien/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createTrainingSession, type TrainingSession, type TrainingSessionOptions } from '@mien/train';
import { compareWithFiniteDifferences } from '../testing/finite-differences.js';
import { bits, stripes } from '../testing/stripes.js';

const sessions: TrainingSession[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.dispose()));
});

async function open(options: Partial<TrainingSessionOptions>): Promise<TrainingSession> {
  const session = await createTrainingSession({
    graph: miniXception(),
    batchSize: 8,
    seed: 5,
    optimizer: { kind: 'adam' },
    threads: 1,
    ...options,
  });
  sessions.push(session);
  return session;
}

describe('a training session', () => {
  it('takes soft targets only with a temperature', async () => {
    const plain = await open({});
    const { inputs, targets } = stripes(plain.graph, 2);
    expect(() => plain.trainStep(inputs, targets, 2, 0.1, targets)).toThrow(
      /soft targets need a session with distillationTemperature/,
    );
    const distilling = await open({ distillationTemperature: 2 });
    expect(() => distilling.trainStep(inputs, targets, 2, 0.1)).toThrow(/need 14 soft targets, got none/);
    expect(() => distilling.trainStep(inputs, targets, 2, 0.1, new Float32Array(7))).toThrow(/got 7/);
    await expect(open({ distillationTemperature: 0.5 })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('counts correct pictures by the teacher when labels have no weight', async () => {
    const session = await open({ distillationTemperature: 2 });
    const { inputs, targets } = stripes(session.graph, 7);
    const none = new Float32Array(targets.length);
    let last = session.trainStep(inputs, none, 7, 0.003, targets);
    for (let step = 0; step < 80; step++) last = session.trainStep(inputs, none, 7, 0.003, targets);
    expect(last.correct).toBe(7);
  });

  it('overfits a tiny set', async () => {
    const session = await open({});
    const { inputs, targets } = stripes(session.graph, 7);
    let last = session.trainStep(inputs, targets, 7, 0.003);
    expect(last.lossSum / 7).toBeGreaterThan(1);
    for (let step = 0; step < 80; step++) last = session.trainStep(inputs, targets, 7, 0.003);
    expect(last.correct).toBe(7);
    expect(last.lossSum / 7).toBeLessThan(0.05);
  });

  it('gives the same bits for the same seed and others for another', async () => {
    const run = async (seed: number) => {
      const session = await open({ seed });
      const { inputs, targets } = stripes(session.graph, 8);
      for (let step = 0; step < 3; step++) session.trainStep(inputs, targets, 8, 0.001);
      return bits(session.weights());
    };
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    expect(await run(6)).not.toEqual(first);
  });

  it('gives the same bits on any number of threads, with a smaller last batch too', async () => {
    const run = async (threads: number) => {
      const session = await open({ threads });
      const { inputs, targets } = stripes(session.graph, 8);
      const losses: number[] = [];
      for (const count of [8, 8, 5, 1, 8]) {
        const pictures = inputs.subarray(0, count * 48 * 48);
        losses.push(session.trainStep(pictures, targets.subarray(0, count * 7), count, 0.001).lossSum);
      }
      return { losses, weights: bits(session.weights()) };
    };
    const alone = await run(1);
    for (const threads of [2, 3, 5]) expect(await run(threads)).toEqual(alone);
  });

  it('continues from copied weights and optimiser state to the same bits', async () => {
    const original = await open({});
    const { inputs, targets } = stripes(original.graph, 8);
    for (let step = 0; step < 3; step++) original.trainStep(inputs, targets, 8, 0.001);
    const copy = await open({ seed: 99 });
    copy.load(original.weights(), original.optimizerState());
    for (const session of [original, copy]) session.trainStep(inputs, targets, 8, 0.001);
    expect(bits(copy.weights())).toEqual(bits(original.weights()));
    expect(bits(copy.optimizerState().tensors)).toEqual(bits(original.optimizerState().tensors));
  });

  it('predicts with the weights of the last step', async () => {
    const session = await open({});
    const { inputs, targets } = stripes(session.graph, 2);
    const before = session.predict(inputs, 2);
    session.trainStep(inputs, targets, 2, 0.01);
    expect(session.predict(inputs, 2)).not.toEqual(before);
  });

  it('keeps the weights when the loss is not finite', async () => {
    const session = await open({});
    const { inputs, targets } = stripes(session.graph, 2);
    session.trainStep(inputs, targets, 2, 0.001);
    const trainable = () => bits(session.weights()).filter(([name]) => !String(name).includes('moving'));
    const before = trainable();
    inputs[0] = Number.NaN;
    expect(() => session.trainStep(inputs, targets, 2, 0.001)).toThrow(/the loss became NaN/);
    expect(trainable()).toEqual(before);
  });

  it.each<[string, (session: TrainingSession) => unknown, RegExp]>([
    [
      'no pictures',
      (s) => s.trainStep(new Float32Array(0), new Float32Array(0), 0, 0.1),
      /takes 1 to 8 pictures, got 0/,
    ],
    [
      'more pictures than planned for',
      (s) => s.trainStep(new Float32Array(9 * 2304), new Float32Array(63), 9, 0.1),
      /takes 1 to 8 pictures, got 9/,
    ],
    [
      'pictures of another size',
      (s) => s.trainStep(new Float32Array(64 * 64), new Float32Array(7), 1, 0.1),
      /1 pictures need 2304 inputs and 7 targets, got 4096 and 7/,
    ],
  ])('refuses %s', async (_, step, message) => {
    const session = await open({});
    expect(() => step(session)).toThrow(MienError);
    expect(() => step(session)).toThrow(message);
  });

  it('rejects a network that does not end in a softmax', async () => {
    const g = new GraphBuilder('linear', [4, 4, 1]);
    const graph = g.build(g.dense(g.flatten(g.input), { units: 7 }));
    await expect(open({ graph })).rejects.toThrow(/needs a softmax as the last layer, got dense/);
  });

  it('rejects a softmax over every pixel', async () => {
    const g = new GraphBuilder('pixels', [4, 4, 1]);
    const graph = g.build(g.softmax(g.conv2d(g.input, { filters: 7, kernelSize: [1, 1] })));
    await expect(open({ graph })).rejects.toThrow(
      /needs a softmax over \[classes\], got one over \[4, 4, 7\]/,
    );
  });

  it('rejects a network with several outputs', async () => {
    const g = new GraphBuilder('heads', [4, 4, 1]);
    const x = g.flatten(g.input);
    const graph = g.build(g.softmax(g.dense(x, { units: 7 })), g.softmax(g.dense(x, { units: 2 })));
    await expect(open({ graph })).rejects.toThrow(/needs one output, the classes' probabilities, got 2/);
  });
});

describe('gradients', () => {
  // The step is small so that it carries no pooling's maximum from one pixel to another (at 5e-4 one does); rounding
  // of the float32 loss then leaves an error of about 1e-7 / 1e-4 in the difference. Agreement to more digits is what
  // the golden values of PyTorch show.
  it('agree with finite differences for every weight of a small network with all layers', async () => {
    const g = new GraphBuilder('all_layers', [10, 10, 2]);
    let x = g.batchNormalization(g.conv2d(g.input, { filters: 4, kernelSize: [3, 3], kernelL2: 0 }));
    const residual = g.conv2d(x, { filters: 6, kernelSize: [1, 1], strides: 2, padding: 'same' });
    x = g.separableConv2d(x, { filters: 6, kernelSize: [3, 3], padding: 'same' });
    x = g.maxPooling2d(x, { poolSize: [3, 3], strides: 2, padding: 'same' });
    x = g.depthwiseConv2d(g.add(x, residual), { kernelSize: [2, 2], strides: 2 });
    const graph = g.build(g.softmax(g.dense(g.flatten(x), { units: 3 })));

    const session = await open({ graph, batchSize: 4 });
    const inputs = Float32Array.from(
      { length: 4 * 200 },
      (_, i) => Math.sin(i * 1.7) + 0.3 * Math.cos(i * i),
    );
    const targets = Float32Array.from({ length: 12 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0));
    const options = { inputs, targets, count: 4, step: 1e-4, valuesPerWeight: 5 };
    const compared = [...compareWithFiniteDifferences(session, options)];
    expect(new Set(compared.map(({ weight }) => weight))).toEqual(new Set(session.gradients().keys()));
    for (const { place, gradient, slope } of compared) {
      expect(Math.abs(gradient - slope), place).toBeLessThan(2e-3);
    }
  });
});
