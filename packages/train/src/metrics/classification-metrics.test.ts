import { describe, expect, it } from 'vitest';
import { evaluatePredictions, expectedCalibrationError } from './classification-metrics.js';

const LABELS = ['a', 'b', 'c'];
// Six rows by hand: predicted a, a, b, b, c, a; true a, b, b, b, a, a. Row 6 is a tie, which the first label wins.
// prettier-ignore
const PROBABILITIES = Float32Array.from([
  0.5, 0.25, 0.25,
  0.75, 0.125, 0.125,
  0.25, 0.5, 0.25,
  0, 1, 0,
  0.25, 0.25, 0.5,
  0.375, 0.375, 0.25,
]);
const TRUTH = [0, 1, 1, 1, 0, 0];

describe('evaluatePredictions', () => {
  const metrics = evaluatePredictions(PROBABILITIES, TRUTH, LABELS);

  it('counts the confusion matrix with the truth in rows', () => {
    expect(metrics.confusion).toEqual([[2, 0, 1], [1, 2, 0], [0, 0, 0]]); // prettier-ignore
    expect([metrics.count, metrics.accuracy]).toEqual([6, 4 / 6]);
  });

  it('computes precision, recall and F1 as by hand, and 0 for a label without pictures', () => {
    expect(metrics.perClass).toEqual([
      { label: 'a', precision: 2 / 3, recall: 2 / 3, f1: 4 / 6, support: 3 },
      { label: 'b', precision: 1, recall: 2 / 3, f1: 4 / 5, support: 3 },
      { label: 'c', precision: 0, recall: 0, f1: 0, support: 0 },
    ]);
    // Over the labels that the data has.
    expect(metrics.macroF1).toBeCloseTo((4 / 6 + 4 / 5) / 2, 12);
  });

  it('computes the mean negative log-likelihood', () => {
    const expected = -[0.5, 0.125, 0.5, 1, 0.25, 0.375].reduce((sum, p) => sum + Math.log(p), 0) / 6;
    expect(metrics.nll).toBeCloseTo(expected, 12);
  });

  it('limits the cost of a probability of 0', () => {
    expect(evaluatePredictions(Float32Array.of(1, 0), [1], ['a', 'b']).nll).toBeCloseTo(-Math.log(1e-7), 12);
  });

  it('computes the calibration error: three rows of 0.5 (two right), and 0.75 wrong, 1 right, 0.375 right', () => {
    expect(metrics.ece).toBeCloseTo((Math.abs(2 - 1.5) + 0.75 + 0 + (1 - 0.375)) / 6, 12);
  });

  it.each([
    [
      'too few probabilities',
      PROBABILITIES.subarray(1),
      TRUTH,
      /6 labels of 3 classes need 18 probabilities/,
    ],
    ['nothing', new Float32Array(0), [], /at least one row/],
    ['a label outside', PROBABILITIES, [0, 1, 1, 1, 0, 3], /label 3 in row 5 is outside the 3 classes/],
    ['NaN', PROBABILITIES.with(4, NaN), TRUTH, /row 1 has a probability that is not finite/],
  ])('rejects %s', (_, probabilities, truth, message) => {
    expect(() => evaluatePredictions(probabilities, truth, LABELS)).toThrow(message);
  });
});

describe('expectedCalibrationError', () => {
  it('includes the upper bound of each bin, and puts 0 into the first', () => {
    // 1/15 and 0 share the first bin: |1 − 1/15| / 2. Were 1/15 in the second bin, the sum would be the same only
    // if the gaps had one sign; with these hits they have not.
    const together = expectedCalibrationError(Float64Array.of(1 / 15, 0.05), Uint8Array.of(0, 1));
    expect(together).toBeCloseTo((1 - 1 / 15 - 0.05) / 2, 12);
  });

  it('is 0 for certain right and 1 for certain wrong predictions', () => {
    expect(expectedCalibrationError(Float64Array.of(1, 1), Uint8Array.of(1, 1))).toBe(0);
    expect(expectedCalibrationError(Float64Array.of(1, 1), Uint8Array.of(0, 0))).toBe(1);
  });
});
