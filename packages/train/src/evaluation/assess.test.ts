import { DEFAULT_QUALITY, type Classifier } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { assessReadings, compareReadings, measureAccuracy } from './assess.js';
import { calibrate } from './calibrate.js';
import { measureGroups } from './measure-groups.js';

const LABELS = ['a', 'b'];
/** Three sure and right, one sure and wrong, two unsure, one of them right. */
const readings = {
  truth: [0, 1, 0, 1, 0, 1],
  probabilities: Float32Array.of(0.9, 0.1, 0.05, 0.95, 0.8, 0.2, 0.85, 0.15, 0.55, 0.45, 0.6, 0.4),
};
const modelOf = (manifest: object) => ({ labels: LABELS, manifest }) as unknown as Classifier;

describe('assessReadings', () => {
  it('tells readings with a lead from those without, as the analyzer does', () => {
    const { byMargin, selective } = assessReadings(readings, modelOf({}));
    expect(byMargin).toMatchObject({
      minMargin: DEFAULT_QUALITY.minMargin,
      sure: { count: 4, accuracy: 3 / 4 },
      unsure: { count: 2, accuracy: 1 / 2 },
    });
    expect(byMargin.sure.interval.low).toBeLessThan(3 / 4);
    expect(byMargin.sure.interval.high).toBeGreaterThan(3 / 4);
    expect(selective.accuracyAt80).toBe(3 / 5);
  });

  it("goes by the manifest's temperature and threshold", () => {
    const quality = { ...DEFAULT_QUALITY, minMargin: 0.5 };
    const parts = (manifest: object) => {
      const { sure, unsure } = assessReadings(readings, modelOf(manifest)).byMargin;
      return [sure.count, unsure.count];
    };
    expect(parts({ quality })).toEqual([4, 2]);
    expect(parts({ quality, calibration: { temperature: 2 } })).toEqual([2, 4]);
    expect(parts({ quality, calibration: { temperature: 20 } })).toEqual([0, 6]);
  });
});

describe('measureAccuracy', () => {
  it('is of all readings, or of some', () => {
    expect(measureAccuracy(readings, LABELS).accuracy).toBe(4 / 6);
    expect(measureAccuracy(readings, LABELS, [0, 1, 3])).toMatchObject({ count: 3, accuracy: 2 / 3 });
  });
});

describe('calibrate', () => {
  it('fits to one set of pictures and measures another', () => {
    // Nine of ten right at a probability of 0.99: less sure would be right.
    const heldOut = {
      truth: Array.from({ length: 20 }, (_, i) => (i % 10 === 0 ? 1 : 0)),
      probabilities: Float32Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0.99 : 0.01)),
    };
    const { temperature, ece, nll } = calibrate(heldOut, heldOut, LABELS);
    expect(temperature).toBeCloseTo(Math.log(99) / Math.log(9), 2);
    expect(ece.raw).toBeCloseTo(0.09, 6);
    expect(ece.scaled).toBeLessThan(1e-3);
    expect(nll.scaled).toBeLessThan(nll.raw);
  });
});

it('fits the threshold of unsure readings at the fitted temperature', () => {
  // Leads of 0.2 are wrong two times of three, leads of 0.8 right nine times of ten.
  const heldOut = {
    truth: Array.from({ length: 60 }, (_, i) => (i < 30 ? (i % 3 === 0 ? 0 : 1) : i % 10 === 0 ? 1 : 0)),
    probabilities: Float32Array.from({ length: 120 }, (_, i) => {
      const first = i < 60 ? 0.6 : 0.9;
      return i % 2 === 0 ? first : 1 - first;
    }),
  };
  const { byMargin } = calibrate(heldOut, heldOut, LABELS);
  expect(byMargin.sure).toMatchObject({ count: 30, accuracy: 0.9 });
  expect(byMargin.unsure).toMatchObject({ count: 30, accuracy: 1 / 3 });
});

it('measures groups: those known, and how many are not', () => {
  const predictions = { ...readings, rows: Uint32Array.of(10, 11, 12, 13, 14, 15) };
  const groupOf = Int16Array.from({ length: 20 }, (_, row) => (row < 12 ? 0 : row < 14 ? 1 : -1));
  const [measured] = measureGroups(predictions, LABELS, [
    { name: 'age', groups: ['old', 'young', 'none'], groupOf },
  ]);
  expect(measured).toMatchObject({
    name: 'age',
    unknown: 2,
    groups: [
      {
        group: 'old',
        count: 2,
        isSmall: true,
        figures: { accuracy: 1, perClass: [{ support: 1 }, { support: 1 }] },
      },
      { group: 'young', count: 2, figures: { accuracy: 1 / 2, accuracyInterval: { low: 0, high: 1 } } },
      { group: 'none', count: 0, figures: null },
    ],
  });
});

it('compares readings of models whose labels are in different orders', () => {
  const other = {
    truth: readings.truth.map((label) => 2 - label),
    probabilities: Float32Array.from({ length: 18 }, (_, i) => [0.1, 0.2, 0.7][i % 3]!),
  };
  // The other one always says its last label, which is the first one's first.
  expect(compareReadings(readings, 2, other, 3)).toMatchObject({ onlyFirst: 1, onlySecond: 0 });
});
