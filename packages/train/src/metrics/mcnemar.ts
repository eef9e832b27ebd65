/** Whether two models differ by more than chance on the same pictures. */
import { MienError } from '@mien/core';

export interface McNemar {
  /** Pictures that only the first model reads right, and only the second. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Probability of a difference at least as large, either way, if both models were equally good. */
  readonly pValue: number;
}

/**
 * McNemar's test in its exact, two-sided form: of the pictures that one model alone reads right, each is as likely to be
 * the first's as the second's.
 *
 * Ref: McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages".
 *
 * @param first 1 for each picture that the first model reads right, 0 for others
 * @param second the same pictures, in the same order
 * @throws MienError `USAGE` for different numbers of pictures
 */
export function mcNemar(first: ArrayLike<number>, second: ArrayLike<number>): McNemar {
  if (first.length !== second.length) {
    throw new MienError(
      'USAGE',
      `metrics: McNemar's test compares two models on the same pictures, got ${first.length} and ${second.length}`,
    );
  }
  let [onlyFirst, onlySecond] = [0, 0];
  for (let i = 0; i < first.length; i++) {
    if (first[i]! > second[i]!) onlyFirst++;
    if (second[i]! > first[i]!) onlySecond++;
  }
  const tail = binomialTail(onlyFirst + onlySecond, Math.min(onlyFirst, onlySecond));
  return { onlyFirst, onlySecond, pValue: Math.min(1, 2 * tail) };
}

/** Probability of at most `k` heads in `n` throws of a fair coin. */
function binomialTail(n: number, k: number): number {
  // Terms in logarithms: 2^−n is smaller than any float64 for n above 1074.
  let logTerm = -n * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i);
    tail += Math.exp(logTerm);
  }
  return tail;
}
