import { describe, it } from 'vitest';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance, randomValues } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/optimizer.js';

const STEPS = 6;

describe.each(KERNEL_BUILDS)('optimiser kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(6);

  it.each([
    { count: 1, weightDecay: 0 },
    { count: 7, weightDecay: 0 },
    { count: 33, weightDecay: 0.01 },
  ])('adam follows the reference for some steps: $count parameters, weight decay $weightDecay', (options) => {
    kernels.clear();
    const { count, weightDecay } = options;
    const settings = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay };
    let parameters: Float32Array = randomValues(count, random);
    let moments: Float32Array[] = [new Float32Array(count), new Float32Array(count)];
    let states = Array.from(parameters, (p) => ({ p, m: 0, v: 0 }));
    const [p, m, v] = [kernels.put(parameters), kernels.reserve(count * 4), kernels.reserve(count * 4)];
    const [g, hyper] = [kernels.reserve(count * 4), kernels.reserve(5 * 4)];
    for (let t = 1; t <= STEPS; t++) {
      const { learningRate, beta1, beta2, epsilon } = settings;
      const rate = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
      kernels.reset(hyper, 5, Float32Array.of(rate, beta1, beta2, epsilon, weightDecay * learningRate));
      const gradients = randomValues(count, random);
      if (t === 3) gradients.fill(0);
      kernels.reset(g, count, gradients);
      const outputs = [
        { offset: p, length: count, initial: parameters },
        { offset: m, length: count, initial: moments[0] ?? gradients },
        { offset: v, length: count, initial: moments[1] ?? gradients },
      ];
      const results = launchAndSplit(kernels, 'adam', [p, g, m, v, hyper], count, outputs, random);
      parameters = results[0] ?? parameters;
      moments = results.slice(1);
      states = states.map((state, i) => reference.adam(state, gradients[i] ?? NaN, t, settings));
      expectClose(
        parameters,
        states.map((state) => state.p),
        2e-6,
      );
      expectClose(
        moments[0] ?? [],
        states.map((state) => state.m),
        1e-6,
      );
      expectClose(
        moments[1] ?? [],
        states.map((state) => state.v),
        1e-6,
      );
    }
  });

  it.each([
    { momentum: 0, nesterov: false, weightDecay: 0 },
    { momentum: 0.9, nesterov: false, weightDecay: 0.1 },
    { momentum: 0.9, nesterov: true, weightDecay: 0 },
  ])('sgd follows the reference: momentum $momentum, nesterov $nesterov, decay $weightDecay', (options) => {
    kernels.clear();
    const count = 13;
    const settings = { learningRate: 0.1, ...options };
    let parameters: Float32Array = randomValues(count, random);
    let velocities: Float32Array = new Float32Array(count);
    let states = Array.from(parameters, (p) => ({ p, velocity: 0 }));
    const { momentum, nesterov, weightDecay } = options;
    const hyper = kernels.put(Float32Array.of(0.1, momentum, nesterov ? 1 : 0, weightDecay * 0.1));
    const [p, velocity] = [kernels.put(parameters), kernels.put(velocities)];
    const g = kernels.reserve(count * 4);
    for (let t = 1; t <= STEPS; t++) {
      const gradients = randomValues(count, random);
      kernels.reset(g, count, gradients);
      const outputs = [
        { offset: p, length: count, initial: parameters },
        { offset: velocity, length: count, initial: velocities },
      ];
      const results = launchAndSplit(kernels, 'sgd', [p, g, velocity, hyper], count, outputs, random);
      parameters = results[0] ?? parameters;
      velocities = results[1] ?? velocities;
      states = states.map((state, i) => reference.sgd(state, gradients[i] ?? NaN, settings));
      expectClose(
        parameters,
        states.map((state) => state.p),
        1e-6,
      );
      expectClose(
        velocities,
        states.map((state) => state.velocity),
        1e-6,
      );
    }
  });

  it('exponentialMovingAverage', () => {
    kernels.clear();
    const count = 11;
    const [values, averages] = [randomValues(count, random), randomValues(count, random)];
    const [p, average] = [kernels.put(values), kernels.put(averages)];
    const outputs = [{ offset: average, length: count, initial: averages }];
    const [result] = launchAndSplit(
      kernels,
      'exponentialMovingAverage',
      [p, average, 0.999],
      count,
      outputs,
      random,
    );
    const expected = Array.from(averages, (old, i) => 0.999 * old + 0.001 * (values[i] ?? NaN));
    expectClose(result ?? [], expected, 1e-6);
  });
});
