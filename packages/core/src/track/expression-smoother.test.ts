import { describe, expect, it } from 'vitest';
import { createTestRandom } from '../testing/test-random.js';
import { ExpressionSmoother } from './expression-smoother.js';

const HAPPY = [1, 0, 0];
const SAD = [0, 1, 0];

interface Shown {
  readonly ms: number;
  readonly shown: number;
  readonly sinceMs: number;
  readonly probabilities: readonly number[];
}

function show(course: (ms: number) => number[], timesMs: readonly number[], responseTimeMs: number): Shown[] {
  const smoother = new ExpressionSmoother(responseTimeMs);
  return timesMs.map((ms) => {
    const { probabilities, ...shown } = smoother.next(course(ms), ms);
    return { ms, ...shown, probabilities: [...probabilities] };
  });
}

const every = (stepMs: number, untilMs: number) =>
  Array.from({ length: Math.floor(untilMs / stepMs) + 1 }, (_, i) => i * stepMs);

function irregular(meanMs: number, untilMs: number, seed: number): number[] {
  const random = createTestRandom(seed);
  const times: number[] = [];
  for (let ms = 0; ms <= untilMs; ms += meanMs * (0.2 + 1.6 * random())) times.push(ms);
  return times;
}

describe('reaction time', () => {
  const CHANGE_MS = 1010;
  const course = (ms: number) => (ms < CHANGE_MS ? HAPPY : SAD);

  it.each([
    ['30 fps', every(100 / 3, 4000)],
    ['7 fps', every(1000 / 7, 4000)],
    ['60 fps', every(1000 / 60, 4000)],
    ['a rate that varies', irregular(50, 4000, 3)],
  ])('shows a clear change after it, to one sample, at %s', (_, timesMs) => {
    for (const responseTimeMs of [150, 300, 800]) {
      const shown = show(course, timesMs, responseTimeMs);
      const changed = shown.findIndex((at) => at.shown === 1);
      const { ms = NaN, sinceMs = NaN } = shown[changed] ?? {};
      const before = shown[changed - 1]?.ms ?? NaN;
      // Never later than the first sample after it; early by at most the step in which the change fell.
      expect(before).toBeLessThan(CHANGE_MS + responseTimeMs);
      const stepMs =
        (timesMs.find((t) => t >= CHANGE_MS) ?? NaN) - (timesMs.findLast((t) => t < CHANGE_MS) ?? NaN);
      expect(ms).toBeGreaterThanOrEqual(CHANGE_MS + responseTimeMs - stepMs);
      // And says when it was: at the first sample that showed it.
      expect(sinceMs).toBe(timesMs.find((t) => t >= CHANGE_MS));
    }
  });

  it('is 0 when every reading is to be shown as it is', () => {
    const course = (ms: number) => (ms % 80 < 40 ? [0.5, 0.4, 0.1] : [0.4, 0.5, 0.1]);
    for (const { ms, shown, probabilities } of show(course, every(40, 1000), 0)) {
      expect(probabilities).toEqual(course(ms));
      expect(shown).toBe(ms % 80 < 40 ? 0 : 1);
    }
  });

  it('tells the moment of a change to a sample in noise, too', () => {
    const random = createTestRandom(11);
    for (let trial = 0; trial < 50; trial++) {
      const course = (ms: number) => {
        const [clear, noise] = [
          ms < CHANGE_MS ? [0.75, 0.15, 0.1] : [0.15, 0.75, 0.1],
          0.4 * (random() - 0.5),
        ];
        return clear.map((value, i) => value + [noise, -noise, 0][i]!);
      };
      const changed = show(course, every(40, 4000), 300).find(({ shown }) => shown === 1);
      expect(changed?.sinceMs).toBe(1040);
    }
  });
});

describe('smoothing', () => {
  it('gives the same for one course however often it is sampled', () => {
    const HOLD_MS = 200;
    const random = createTestRandom(2);
    const levels = every(HOLD_MS, 6000).map(() => {
      const values = [random(), random(), random()];
      const sum = values.reduce((a, b) => a + b);
      return values.map((value) => value / sum);
    });
    // Constant within (k − 1, k] · 200 ms, as the smoother takes a reading to be.
    const course = (ms: number) => levels[Math.ceil(ms / HOLD_MS)]!;
    const common = every(HOLD_MS, 5800);
    const sparse = show(course, common, 300);
    for (const more of [every(40, 5800), every(100 / 3, 5800), irregular(37, 5800, 4)]) {
      const times = [...new Set([...common, ...more])].sort((a, b) => a - b);
      const dense = show(course, times, 300).filter(({ ms }) => common.includes(ms));
      expect(dense).toHaveLength(sparse.length);
      dense.forEach(({ probabilities }, i) =>
        probabilities.forEach((value, label) =>
          expect(value).toBeCloseTo(sparse[i]?.probabilities[label] ?? NaN, 10),
        ),
      );
    }
  });

  it('keeps a sum of 1 and counts a second look at one moment as none', () => {
    const random = createTestRandom(9);
    const smoother = new ExpressionSmoother(300);
    for (let ms = 0; ms < 2000; ms += 50) {
      const p = random();
      const { probabilities } = smoother.next([p, (1 - p) / 2, (1 - p) / 2], ms);
      expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      const last = [...probabilities];
      expect([...smoother.next([0, 0, 1], ms).probabilities]).toEqual(last);
    }
  });

  it('does not flip between two that lead each other by little', () => {
    const course = (ms: number) => (ms % 1000 < 500 ? [0.48, 0.42, 0.1] : [0.42, 0.48, 0.1]);
    const shown = show(course, every(40, 60_000), 300);
    expect(new Set(shown.map((at) => at.shown))).toEqual(new Set([0]));
  });
});
