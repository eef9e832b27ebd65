import { describe, expect, it } from 'vitest';
import type { Dataset } from './data/dataset.js';
import { PRESETS } from './recipe/presets.js';
import type { Recipe } from './recipe/recipe.js';
import { classWeights, labelTargets, logPriors, scaled, smoothed, weighted } from './targets.js';
import { tinyDataset, TINY_LABELS } from './testing/tiny-problem.js';

const recipe: Recipe = PRESETS.paper;
const dataset = tinyDataset({ Training: 6 }); // labels 0, 1, 2, 0, 1, 2
const soft: Dataset = {
  ...dataset,
  softLabels: Float32Array.from({ length: 18 }, (_, i) => [0.5, 0.25, 0.25][i % 3] ?? 0),
};
const numbers = (values: Float32Array): number[] => Array.from(values, (value) => Number(value.toFixed(6)));

describe('labelTargets', () => {
  it('is one-hot, or the soft labels when they are used', () => {
    const rows = Uint32Array.of(5, 0);
    expect([...labelTargets(dataset, rows, recipe)]).toEqual([0, 0, 1, 1, 0, 0]);
    expect([...labelTargets(soft, rows, recipe)]).toEqual([0.5, 0.25, 0.25, 0.5, 0.25, 0.25]);
    expect([...labelTargets(soft, rows, { ...recipe, softLabels: 'ignore' })]).toEqual([0, 0, 1, 1, 0, 0]);
  });
});

it('smooths labels and keeps the sum of a row', () => {
  const targets = Float32Array.of(1, 0, 0, 0.5, 0.5, 0);
  expect(numbers(smoothed(targets, 0.3, 3))).toEqual([0.8, 0.1, 0.1, 0.45, 0.45, 0.1]);
});

it('scales targets', () => {
  expect(numbers(scaled(Float32Array.of(1, 0, 0.5), 0.25))).toEqual([0.25, 0, 0.125]);
});

describe('classWeights', () => {
  const of = (targets: number[], wanted: Recipe['classWeights']): number[] => [
    ...classWeights(Float32Array.from(targets), TINY_LABELS, { ...recipe, classWeights: wanted }),
  ];

  it('balances classes, with a mean weight of 1', () => {
    // Three flat, one columns, no rows: scikit-learn's compute_class_weight gives 2/3 and 2 for the two that are there.
    const weights = of([1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0], 'balanced');
    expect(weights).toEqual([4 / (2 * 3), 4 / (2 * 1), 1]);
    expect((3 * weights[0]! + weights[1]!) / 4).toBe(1);
  });

  it('takes the square roots of these, again with a mean of 1', () => {
    const weights = of([1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0], 'sqrt');
    expect(weights[1]! / weights[0]!).toBeCloseTo(Math.sqrt(3), 12);
    expect((3 * weights[0]! + weights[1]!) / 4).toBeCloseTo(1, 12);
  });

  it('counts soft labels fractionally', () => {
    expect(of([0.5, 0.25, 0.25], 'balanced')).toEqual([2 / 3, 4 / 3, 4 / 3]);
  });

  it('uses named weights, and 1 for the others', () => {
    expect(of([1, 0, 0], { rows: 3 })).toEqual([1, 1, 3]);
    expect(() => of([1, 0, 0], { colums: 3 })).toThrow(
      'classWeights names colums, which is not a label of the data; the nearest one is columns (of flat, columns, rows)',
    );
  });
});

describe('logPriors', () => {
  it("are the strength times the logarithm of each label's share", () => {
    const targets = Float32Array.of(1, 0, 0, 1, 0, 0, 0, 1, 0, 0.5, 0.5, 0);
    const offsets = logPriors(targets, 3, 2);
    expect(offsets[0]).toBeCloseTo(2 * Math.log(2.5 / 4), 6);
    expect(offsets[1]).toBeCloseTo(2 * Math.log(1.5 / 4), 6);
    expect(offsets[2]).toBeCloseTo(2 * Math.log(0.1 / 4), 6);
  });
});

describe('weighted', () => {
  it('multiplies each row by the mean weight of its labels', () => {
    const labels = Float32Array.of(1, 0, 0, 0, 0.5, 0.5);
    const targets = smoothed(labels, 0.3, 3);
    const result = weighted(targets, labels, Float64Array.of(2, 0, 1));
    expect(numbers(result)).toEqual([1.6, 0.2, 0.2, 0.05, 0.225, 0.225]);
  });
});
