/** Intervals, comparisons, calibration and coverage: the figures that say how far to trust other figures. */
import { withTemperature } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { bootstrapIntervals } from './bootstrap.js';
import { mcNemar } from './mcnemar.js';
import { selectiveMetrics } from './selective.js';
import { fitTemperature } from './temperature.js';

/** Probabilities whose highest is that of `predicted`. */
const certain = (predicted: readonly number[], classes: number): Float32Array =>
  Float32Array.from(
    predicted.flatMap((read) => Array.from({ length: classes }, (_, i) => (i === read ? 1 : 0))),
  );
const intervalsOf = (
  truth: readonly number[],
  predicted: readonly number[],
  classes: number,
  seed?: number,
) => bootstrapIntervals(certain(predicted, classes), truth, classes, seed);

describe('bootstrapIntervals', () => {
  it('is as wide as the binomial distribution says', () => {
    const truth = Array.from({ length: 1000 }, (_, i) => i % 2);
    const predicted = truth.map((label, i) => (i % 10 < 3 ? 1 - label : label)); // 70 % right
    const { accuracy } = intervalsOf(truth, predicted, 2);
    const deviation = Math.sqrt((0.7 * 0.3) / 1000);
    expect(accuracy.low).toBeCloseTo(0.7 - 1.96 * deviation, 2);
    expect(accuracy.high).toBeCloseTo(0.7 + 1.96 * deviation, 2);
  });

  it('repeats with a seed, and holds no width where every picture is read right', () => {
    const truth = Array.from({ length: 50 }, (_, i) => i % 3);
    const predicted = truth.map((label, i) => (i % 4 === 0 ? 0 : label));
    expect(intervalsOf(truth, predicted, 3)).toEqual(intervalsOf(truth, predicted, 3));
    expect(intervalsOf(truth, predicted, 3, 2)).not.toEqual(intervalsOf(truth, predicted, 3));
    const perfect = intervalsOf(truth, truth, 3);
    expect(perfect.accuracy).toEqual({ low: 1, high: 1 });
    expect(perfect.macroF1).toEqual({ low: 1, high: 1 });
  });

  it('counts a rare label as much as others in macro-F1, so that its interval is wider', () => {
    const truth = Array.from({ length: 400 }, (_, i) => (i < 4 ? 1 : 0));
    const predicted = truth.map((label, i) => (i === 0 ? 0 : label));
    const { accuracy, macroF1 } = intervalsOf(truth, predicted, 2);
    expect(macroF1.high - macroF1.low).toBeGreaterThan(5 * (accuracy.high - accuracy.low));
  });
});

describe('mcNemar', () => {
  const hits = (both: number, first: number, second: number) => ({
    a: [...Array<number>(both).fill(1), ...Array<number>(first).fill(1), ...Array<number>(second).fill(0)],
    b: [...Array<number>(both).fill(1), ...Array<number>(first).fill(0), ...Array<number>(second).fill(1)],
  });

  // python3: min(1, 2 * sum(comb(n, i) for i in range(min(b, c) + 1)) / 2**n)
  it.each([
    [5, 1, 0.21875],
    [10, 2, 0.0385742],
    [121, 59, 4.434449e-6],
    [7, 7, 1],
    [0, 0, 1],
  ])('is the exact two-sided test for %i against %i', (first, second, expected) => {
    const { a, b } = hits(20, first, second);
    const result = mcNemar(a, b);
    expect([result.onlyFirst, result.onlySecond]).toEqual([first, second]);
    expect(result.pValue / expected).toBeCloseTo(1, 4);
  });

  it('stays finite for thousands of pictures, and refuses lists of different lengths', () => {
    const { a, b } = hits(0, 3000, 2000);
    expect(mcNemar(a, b).pValue).toBeLessThan(1e-40);
    expect(() => mcNemar([1], [1, 0])).toThrow(/same pictures, got 1 and 2/);
  });
});

describe('fitTemperature', () => {
  /** Rows of logits whose labels are drawn at temperature 1. */
  function drawn(count: number) {
    const random = createRandom(3);
    const logits = Array.from({ length: count }, () => [0, 1, 2].map(() => 2 * random.normal()));
    const softmax = (row: readonly number[]) => {
      const powers = row.map(Math.exp);
      const sum = powers.reduce((total, power) => total + power, 0);
      return powers.map((power) => power / sum);
    };
    const probabilities = Float32Array.from(logits.flatMap(softmax));
    const truth = logits.map((row) => {
      const [a = 0, b = 0] = softmax(row);
      const u = random.uniform();
      return u < a ? 0 : u < a + b ? 1 : 2;
    });
    return { probabilities, truth };
  }

  it.each([0.5, 1, 2.5])('finds the temperature that probabilities are off by: %d', (factor) => {
    const { probabilities, truth } = drawn(20_000);
    const off = withTemperature(probabilities, 3, 1 / factor);
    expect(fitTemperature(off, truth, 3) / factor).toBeCloseTo(1, 1);
  });

  it('refuses nothing to fit to', () => {
    expect(() => fitTemperature(new Float32Array(), [], 3)).toThrow(/at least one row of 3 probabilities/);
  });
});

describe('selectiveMetrics', () => {
  it('is the risk of the surest readings', () => {
    // Surest first: right, right, right, wrong, right, right, wrong, right, wrong, wrong.
    const hits = [1, 1, 1, 0, 1, 1, 0, 1, 0, 0];
    const confidences = hits.map((_, i) => 1 - i / 20);
    const order = [3, 7, 0, 9, 1, 5, 8, 2, 6, 4];
    const { curve, accuracyAt80, meanRisk } = selectiveMetrics(
      order.map((i) => confidences[i]!),
      order.map((i) => hits[i]!),
    );
    expect(accuracyAt80).toBeCloseTo(6 / 8, 12);
    expect(curve).toHaveLength(20);
    expect(curve.at(-1)).toEqual({ coverage: 1, risk: 0.4 });
    expect(curve[5]).toEqual({ coverage: 0.3, risk: 0 });
    const risks = [0, 0, 0, 1 / 4, 1 / 5, 1 / 6, 2 / 7, 2 / 8, 3 / 9, 4 / 10];
    expect(meanRisk).toBeCloseTo(risks.reduce((sum, risk) => sum + risk, 0) / 10, 12);
  });
});
