import { describe, expect, it } from 'vitest';
import { dot, finiteDifferences } from './finite-differences.js';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance, randomValues } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import {
  batchNormBackward,
  batchNormForward,
  batchNormMoments,
  type BatchNormOptions,
} from './reference/normalization.js';

const RELU = 1;
const EPSILON = 1e-3;
const MOMENTUM = 0.9;
const SHAPES = [
  { rows: 1, c: 3, rowsPerChunk: 1 },
  { rows: 5, c: 1, rowsPerChunk: 2 },
  { rows: 33, c: 7, rowsPerChunk: 8 },
  { rows: 70, c: 4, rowsPerChunk: 70 },
  { rows: 67, c: 8, rowsPerChunk: 35 },
  { rows: 40, c: 16, rowsPerChunk: 39 },
  { rows: 37, c: 20, rowsPerChunk: 5 },
];

/** Typical z: each channel has its own mean and deviation. */
function createInput(rows: number, c: number, random: () => number): Float32Array {
  const centers = randomValues(c, random);
  return randomValues(rows * c, random).map(
    (value, i) => value * (1 + (i % c)) * 0.3 + (centers[i % c] ?? 0),
  );
}

interface Case {
  readonly rows: number;
  readonly c: number;
  readonly rowsPerChunk: number;
  readonly relu: boolean;
}

/** Runs all kernels in order, each also in random pieces. */
function runChain(
  kernels: KernelInstance,
  { rows, c, rowsPerChunk, relu }: Case,
  input: { z: Float32Array; dy: Float32Array; gamma: Float32Array; beta: Float32Array },
  random: () => number,
) {
  kernels.clear();
  const flags = relu ? RELU : 0;
  const chunks = Math.ceil(rows / rowsPerChunk);
  const z = kernels.put(input.z);
  const dy = kernels.put(input.dy);
  const gamma = kernels.put(input.gamma);
  const beta = kernels.put(input.beta);
  const movingMean = kernels.put(new Float32Array(c).fill(0.5));
  const movingVariance = kernels.put(new Float32Array(c).fill(2));
  const partial = kernels.reserve(chunks * 2 * c * 4);
  const coefficients = kernels.reserve(4 * c * 4);
  const backward = kernels.reserve(3 * c * 4);
  const [y, dz] = [kernels.reserve(rows * c * 4), kernels.reserve(rows * c * 4)];
  const [dGamma, dBeta] = [kernels.reserve(c * 4), kernels.reserve(c * 4)];
  const partialOutput = { offset: partial, length: chunks * 2 * c };

  launchAndSplit(
    kernels,
    'batchNormStatistics',
    [z, partial, rows, c, rowsPerChunk],
    chunks,
    [partialOutput],
    random,
  );
  const [coefficientValues, mean, variance] = launchAndSplit(
    kernels,
    'batchNormFinalize',
    [partial, gamma, beta, movingMean, movingVariance, coefficients, rows, c, chunks, EPSILON, MOMENTUM],
    c,
    [
      { offset: coefficients, length: 4 * c },
      { offset: movingMean, length: c, initial: new Float32Array(c).fill(0.5) },
      { offset: movingVariance, length: c, initial: new Float32Array(c).fill(2) },
    ],
    random,
  );
  const yOutput = { offset: y, length: rows * c };
  const [yValues] = launchAndSplit(
    kernels,
    'scaleShift',
    [z, coefficients, y, c, flags],
    rows,
    [yOutput],
    random,
  );
  launchAndSplit(
    kernels,
    'batchNormBackwardStatistics',
    [z, dy, coefficients, partial, rows, c, rowsPerChunk, flags],
    chunks,
    [partialOutput],
    random,
  );
  const [, dGammaValues, dBetaValues] = launchAndSplit(
    kernels,
    'batchNormBackwardFinalize',
    [partial, gamma, coefficients, dGamma, dBeta, backward, rows, c, chunks],
    c,
    [
      { offset: backward, length: 3 * c },
      { offset: dGamma, length: c },
      { offset: dBeta, length: c },
    ],
    random,
  );
  const inputArgs = (to: number) => [z, dy, coefficients, backward, to, c, flags];
  const dzOutput = { offset: dz, length: rows * c };
  const [dzValues] = launchAndSplit(
    kernels,
    'batchNormBackwardInput',
    inputArgs(dz),
    rows,
    [dzOutput],
    random,
  );
  kernels.launch('batchNormBackwardInput', inputArgs(dy), 0, rows);
  return {
    coefficients: coefficientValues ?? new Float32Array(),
    movingMean: mean ?? [],
    movingVariance: variance ?? [],
    y: yValues ?? [],
    dGamma: dGammaValues ?? [],
    dBeta: dBetaValues ?? [],
    dz: dzValues ?? [],
    dzInPlace: kernels.f32(dy, rows * c),
  };
}

describe.each(KERNEL_BUILDS)('batch normalisation kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(2);

  describe.each(SHAPES.flatMap((shape) => [false, true].map((relu) => ({ ...shape, relu }))))(
    '$rows rows × $c channels, $rowsPerChunk per chunk, ReLU $relu',
    (shape) => {
      const { rows, c, relu } = shape;
      const options: BatchNormOptions = { rows, c, epsilon: EPSILON, relu };
      const z = createInput(rows, c, random);
      const dy = randomValues(rows * c, random);
      const gamma = randomValues(c, random).map((value) => value + 1.5);
      const beta = randomValues(c, random);
      const result = () => runChain(kernels, shape, { z, dy, gamma, beta }, createRandom(3));

      it('forward agrees with the reference', () => {
        const { y, coefficients, movingMean, movingVariance } = result();
        const { mean, variance } = batchNormMoments(z, options);
        expectClose(y, batchNormForward(z, gamma, beta, options), 1e-5);
        expectClose(coefficients.subarray(2 * c, 3 * c), mean, 1e-6);
        expectClose(
          coefficients.subarray(3 * c),
          variance.map((value) => 1 / Math.sqrt(value + EPSILON)),
          1e-5,
        );
        expectClose(
          movingMean,
          mean.map((value) => 0.5 * MOMENTUM + value * (1 - MOMENTUM)),
          1e-6,
        );
        expectClose(
          movingVariance,
          variance.map((value) => 2 * MOMENTUM + value * (1 - MOMENTUM)),
          1e-6,
        );
      });

      it('backward agrees with the reference, also in place', () => {
        const actual = result();
        const expected = batchNormBackward(z, dy, gamma, beta, options);
        expectClose(actual.dGamma, expected.dGamma, 2e-5);
        expectClose(actual.dBeta, expected.dBeta, 2e-5);
        expectClose(actual.dz, expected.dz, 5e-5);
        expectClose(actual.dzInPlace, actual.dz, 0);
      });

      it('backward agrees with finite differences', () => {
        const actual = result();
        const loss = (zs: ArrayLike<number>, gammas: ArrayLike<number>, betas: ArrayLike<number>) =>
          dot(batchNormForward(zs, gammas, betas, options), dy);
        expectClose(
          actual.dz,
          finiteDifferences((values) => loss(values, gamma, beta), z),
          1e-4,
        );
        expectClose(
          actual.dGamma,
          finiteDifferences((values) => loss(z, values, beta), gamma),
          1e-4,
        );
        expectClose(
          actual.dBeta,
          finiteDifferences((values) => loss(z, gamma, values), beta),
          1e-4,
        );
      });
    },
  );

  it('treats absent gamma and beta as 1 and 0, and writes no gradients for them', () => {
    kernels.clear();
    const [rows, c] = [9, 5];
    const options = { rows, c, epsilon: EPSILON, relu: false };
    const [zs, dys] = [createInput(rows, c, random), randomValues(rows * c, random)];
    const [z, dy, y] = [kernels.put(zs), kernels.put(dys), kernels.reserve(rows * c * 4)];
    const [partial, coefficients] = [kernels.reserve(2 * c * 4), kernels.reserve(4 * c * 4)];
    const [moving, backward] = [kernels.put(new Float32Array(2 * c)), kernels.reserve(3 * c * 4)];
    kernels.launch('batchNormStatistics', [z, partial, rows, c, rows], 0, 1);
    const statistics = [moving, moving + c * 4, coefficients, rows, c, 1, EPSILON, MOMENTUM];
    kernels.launch('batchNormFinalize', [partial, 0, 0, ...statistics], 0, c);
    kernels.launch('scaleShift', [z, coefficients, y, c, 0], 0, rows);
    const [ones, zeros] = [new Float32Array(c).fill(1), new Float32Array(c)];
    expectClose(kernels.f32(y, rows * c), batchNormForward(zs, ones, zeros, options), 1e-5);
    kernels.launch('batchNormBackwardStatistics', [z, dy, coefficients, partial, rows, c, rows, 0], 0, 1);
    kernels.launch('batchNormBackwardFinalize', [partial, 0, coefficients, 0, 0, backward, rows, c, 1], 0, c);
    kernels.launch('batchNormBackwardInput', [z, dy, coefficients, backward, dy, c, 0], 0, rows);
    const expected = batchNormBackward(zs, dys, ones, zeros, options);
    expectClose(kernels.f32(dy, rows * c), expected.dz, 5e-5);
    kernels.expectGuardsIntact();
  });

  it('computes no negative variance for a constant channel far from zero', () => {
    kernels.clear();
    const [rows, c] = [1000, 2];
    const zs = Float32Array.from({ length: rows * c }, (_, i) => (i % c === 0 ? 1234.567 : -0.1));
    const [z, partial] = [kernels.put(zs), kernels.reserve(2 * c * 4)];
    const [coefficients, moving] = [kernels.reserve(4 * c * 4), kernels.put(new Float32Array(2 * c))];
    kernels.launch('batchNormStatistics', [z, partial, rows, c, rows], 0, 1);
    const args = [partial, 0, 0, moving, moving + c * 4, coefficients, rows, c, 1, EPSILON, MOMENTUM];
    kernels.launch('batchNormFinalize', args, 0, c);
    const inverseDeviations = kernels.f32(coefficients + 3 * c * 4, c);
    for (const value of inverseDeviations)
      expect(value).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(EPSILON)));
    for (const value of kernels.f32(moving + c * 4, c)) expect(value).toBeGreaterThanOrEqual(0);
  });
});
