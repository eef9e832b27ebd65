/** The largest difference between two lists of numbers, which have to be equally long. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values instead of ${expected.length}`);
  let worst = 0;
  for (let index = 0; index < actual.length; index++) {
    // NaN stays NaN, which is below no bound.
    worst = Math.max(worst, Math.abs(actual[index]! - expected[index]!));
  }
  return worst;
}
