/**
 * What a model gains by keeping silent where it is least sure: accuracy of the surest part of its readings.
 *
 * Ref: Geifman, El-Yaniv 2017, "Selective Classification for Deep Neural Networks" (risk against coverage).
 */
import { MienError } from '@mien/core';

export interface CoveragePoint {
  /** Part of the pictures that are read, the surest first. */
  readonly coverage: number;
  /** Part of these that are read wrong. */
  readonly risk: number;
}

export interface SelectiveMetrics {
  /** At 5 %, 10 %, … 100 % of the pictures. */
  readonly curve: readonly CoveragePoint[];
  /** Of the surest 80 %. */
  readonly accuracyAt80: number;
  /** Mean risk over all coverages (AURC); lower is better. */
  readonly meanRisk: number;
}

const STEPS = 20;

/**
 * @param confidences of each reading, any measure that is higher where it is surer
 * @param hits 1 where the reading is right, 0 elsewhere
 */
export function selectiveMetrics(confidences: ArrayLike<number>, hits: ArrayLike<number>): SelectiveMetrics {
  const count = confidences.length;
  if (count === 0 || hits.length !== count) {
    throw new MienError('USAGE', `metrics: coverage needs as many hits as readings and at least one, got ${hits.length} and ${count}`); // prettier-ignore
  }
  const order = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => confidences[b]! - confidences[a]! || a - b,
  );
  const wrong = new Float64Array(count + 1); // [n]: wrong ones among the n surest
  order.forEach((row, i) => (wrong[i + 1] = wrong[i]! + 1 - hits[row]!));
  const riskAt = (coverage: number): number => {
    const kept = Math.max(1, Math.round(coverage * count));
    return wrong[kept]! / kept;
  };
  let total = 0;
  for (let kept = 1; kept <= count; kept++) total += wrong[kept]! / kept;
  return {
    curve: Array.from({ length: STEPS }, (_, i) => {
      const coverage = (i + 1) / STEPS;
      return { coverage, risk: riskAt(coverage) };
    }),
    accuracyAt80: 1 - riskAt(0.8),
    meanRisk: total / count,
  };
}
