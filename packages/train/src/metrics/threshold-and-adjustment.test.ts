/** What is chosen on held-out pictures beside the temperature: the threshold of unsure readings, and τ. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { bootstrapIntervals } from './bootstrap.js';
import { evaluatePredictions } from './classification-metrics.js';
import { chooseTau, logitOffsets, withLogitOffsets } from './logit-adjustment.js';
import { fitMinMargin } from './margin-threshold.js';
import { proportionInterval } from './proportion-interval.js';

describe('fitMinMargin', () => {
  it('is where readings become right more often than wrong', () => {
    const random = createRandom(5);
    const margins = Array.from({ length: 20_000 }, () => random.uniform());
    // Right with a probability of 0.2 + margin: one half at 0.3.
    const hits = margins.map((margin) => (random.uniform() < 0.2 + margin ? 1 : 0));
    expect(fitMinMargin(margins, hits)).toBeGreaterThan(0.26);
    expect(fitMinMargin(margins, hits)).toBeLessThan(0.34);
  });

  it('hardly depends on chance: of 3,000 readings whose chances are the same, it is the same within 0.05', () => {
    const thresholds = Array.from({ length: 20 }, (_, seed) => {
      const random = createRandom(seed);
      const margins = Array.from({ length: 3000 }, () => random.uniform() ** 2);
      const hits = margins.map((margin) =>
        random.uniform() < 1 / (1 + Math.exp(0.875 - 3.5 * margin)) ? 1 : 0,
      );
      return fitMinMargin(margins, hits);
    });
    expect(Math.min(...thresholds)).toBeGreaterThanOrEqual(0.2);
    expect(Math.max(...thresholds)).toBeLessThanOrEqual(0.3);
  });

  it('does not stop at a few readings that are right by chance, in any order', () => {
    //              wrong …          right by chance  wrong …            right …
    const margins = [0.01, 0.02, 0.03, 0.04, 0.05, 0.1, 0.11, 0.12, 0.13, 0.421, 0.5, 0.6, 0.7];
    const hits = [0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0];
    const threshold = fitMinMargin(margins, hits);
    expect(threshold).toBeGreaterThan(0.13);
    expect(threshold).toBeLessThan(0.421);
    const turned = [...margins.keys()].reverse();
    expect(fitMinMargin(turned.map((i) => margins[i]!), turned.map((i) => hits[i]!))).toBe(threshold); // prettier-ignore
  });

  it('is finite where a lead separates right from wrong', () => {
    expect(fitMinMargin([0.1, 0.2, 0.6, 0.7], [0, 0, 1, 1])).toBeCloseTo(0.4, 1);
  });

  it('is 0 where even readings without a lead are right, 1 where none is, and needs readings', () => {
    expect(fitMinMargin([0, 0.5, 1], [1, 1, 1])).toBe(0);
    expect(fitMinMargin([0, 0.5, 1], [0, 0, 0])).toBe(1);
    expect(() => fitMinMargin([], [])).toThrow(/at least one reading, got 0 leads and 0 hits/);
    expect(() => fitMinMargin([0.1], [])).toThrow(/got 1 leads and 0 hits/);
  });
});

describe('logit adjustment', () => {
  /**
   * Logits of a network that knows the labels' shares in training; the rare label's pictures are recognised, but its
   * share holds their probability down.
   */
  function rareLabel() {
    const random = createRandom(9);
    const shares = [0.49, 0.49, 0.02];
    const truth = Array.from({ length: 6000 }, () => {
      const u = random.uniform();
      return u < 0.49 ? 0 : u < 0.98 ? 1 : 2;
    });
    const probabilities = Float32Array.from(
      truth.flatMap((label) => {
        const powers = shares.map((share, i) =>
          Math.exp(Math.log(share) + (i === label ? 2.2 : 0) + 0.8 * random.normal()),
        );
        const sum = powers.reduce((total, power) => total + power, 0);
        return powers.map((power) => power / sum);
      }),
    );
    return { shares, truth, probabilities };
  }
  const figures = (probabilities: Float32Array, truth: readonly number[]) =>
    evaluatePredictions(probabilities, truth, ['0', '1', '2']);

  it('raises macro-F1 and the recall of a rare label at no cost in accuracy', () => {
    const { shares, truth, probabilities } = rareLabel();
    const tau = chooseTau(probabilities, truth, shares);
    expect(tau).toBeGreaterThan(0);
    const before = figures(probabilities, truth);
    const after = figures(withLogitOffsets(probabilities, logitOffsets(shares, tau)), truth);
    expect(after.macroF1).toBeGreaterThan(before.macroF1 + 0.01);
    expect(after.accuracy).toBeGreaterThanOrEqual(before.accuracy);
    expect(after.perClass[2]!.recall).toBeGreaterThan(before.perClass[2]!.recall + 0.05);
  });

  it('does nothing where shares are equal, or where it would cost accuracy', () => {
    const { truth, probabilities } = rareLabel();
    expect(chooseTau(probabilities, truth, [1 / 3, 1 / 3, 1 / 3])).toBe(0);
    // Pretends that the common labels were rare.
    expect(chooseTau(probabilities, truth, [0.001, 0.001, 0.998])).toBe(0);
    const same = withLogitOffsets(probabilities, logitOffsets([0.5, 0.3, 0.2], 0));
    same.forEach((value, i) => expect(value).toBeCloseTo(probabilities[i]!, 6));
  });

  it('hardly ever takes chance for a gain', () => {
    // Nothing in the picture tells the rare label from the first one.
    const chosen = Array.from({ length: 20 }, (_, seed) => {
      const random = createRandom(seed);
      const truth = Array.from({ length: 300 }, (_, i) => (i % 25 === 0 ? 2 : i % 2));
      const probabilities = Float32Array.from(
        truth.flatMap((label) => {
          const seen = label === 1 ? 1 : 0;
          const logits = [1 - seen, seen, -1].map((logit) => 2 * logit + random.normal());
          const powers = logits.map(Math.exp);
          const sum = powers.reduce((total, power) => total + power, 0);
          return powers.map((power) => power / sum);
        }),
      );
      return chooseTau(probabilities, truth, [0.48, 0.48, 0.04]);
    });
    expect(chosen.filter((tau) => tau > 0).length).toBeLessThan(4);
  });

  it('is the softmax of the shifted logits', () => {
    const shares = [0.7, 0.2, 0.1];
    const logits = [0.3, -1, 2];
    const softmax = (row: readonly number[]) => {
      const powers = row.map(Math.exp);
      const sum = powers.reduce((total, power) => total + power, 0);
      return powers.map((power) => power / sum);
    };
    const adjusted = withLogitOffsets(Float32Array.from(softmax(logits)), logitOffsets(shares, 0.5));
    softmax(logits.map((logit, i) => logit - 0.5 * Math.log(shares[i]!))).forEach((value, i) => {
      expect(adjusted[i]).toBeCloseTo(value, 6);
    });
    expect(() => chooseTau(adjusted, [0], [0.5, 0.5, 0])).toThrow(/label 2 has no picture to train on/);
  });
});

describe('proportionInterval', () => {
  // The roots p of (share − p)² = z²·p·(1 − p) / count, found in Python by bisection.
  it.each([
    [0, 10, 0.0, 0.277533],
    [5, 10, 0.236593, 0.763407],
    [37, 40, 0.801358, 0.974164],
  ])('of %i in %i', (hits, count, low, high) => {
    expect(proportionInterval(hits, count).low).toBeCloseTo(low, 4);
    expect(proportionInterval(hits, count).high).toBeCloseTo(high, 4);
  });

  it('is everything where there is nothing', () => {
    expect(proportionInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });
});

describe('bootstrapIntervals of probabilities', () => {
  it('hold the figures themselves, and everything where a label has no pictures', () => {
    const random = createRandom(2);
    const truth = Array.from({ length: 800 }, () => random.uniformInt(2));
    const probabilities = Float32Array.from(
      truth.flatMap((label) => {
        const right = 0.35 + 0.6 * random.uniform();
        return [label === 0 ? right : 1 - right, label === 1 ? right : 1 - right, 0];
      }),
    );
    const { ece, nll, perClass } = evaluatePredictions(probabilities, truth, ['a', 'b', 'c']);
    const intervals = bootstrapIntervals(probabilities, truth, 3);
    expect(intervals.nll.low).toBeLessThan(nll);
    expect(intervals.nll.high).toBeGreaterThan(nll);
    expect(intervals.ece.low).toBeLessThan(ece * 1.2);
    expect(intervals.ece.high).toBeGreaterThan(ece);
    for (const [i, { precision, recall }] of perClass.slice(0, 2).entries()) {
      expect(intervals.perClass[i]!.recall.low).toBeLessThan(recall);
      expect(intervals.perClass[i]!.recall.high).toBeGreaterThan(recall);
      expect(intervals.perClass[i]!.precision.low).toBeLessThan(precision);
      expect(intervals.perClass[i]!.precision.high).toBeGreaterThan(precision);
    }
    expect(intervals.perClass[2]).toEqual({ precision: { low: 0, high: 1 }, recall: { low: 0, high: 1 } });
  });
});
