import { describe, expect, it } from 'vitest';
import { withTemperature } from './temperature.js';

const LOGITS = [
  [2, -1, 0.5],
  [-3, 4, 4.5],
];
const softmax = (logits: readonly number[], temperature: number): number[] => {
  const powers = logits.map((logit) => Math.exp(logit / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
};
const at = (temperature: number): Float32Array =>
  Float32Array.from(LOGITS.flatMap((row) => softmax(row, temperature)));

describe('withTemperature', () => {
  it.each([0.25, 0.5, 1, 1.7, 10])('is the softmax of the logits divided by %d', (temperature) => {
    withTemperature(at(1), 3, temperature).forEach((value, i) => {
      expect(value).toBeCloseTo(at(temperature)[i]!, 5);
    });
  });

  it('returns the same values for a temperature of 1, as a copy', () => {
    const probabilities = at(1);
    const same = withTemperature(probabilities, 3, 1);
    expect(same).toEqual(probabilities);
    expect(same).not.toBe(probabilities);
  });

  it('keeps certainties and rows that sum to 1 at any temperature', () => {
    expect([...withTemperature(Float32Array.of(0, 1, 0), 3, 3)]).toEqual([0, 1, 0]);
    const extreme = withTemperature(Float32Array.of(1e-30, 2e-30, 1 / 3, 1 / 3, 1 / 3, 0), 3, 0.05);
    expect(extreme.subarray(0, 3).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    expect(extreme.every(Number.isFinite)).toBe(true);
  });
});
