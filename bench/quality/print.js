// @ts-check

/** @param {readonly { right: boolean }[]} readings */
export function percentRight(readings) {
  return `${((100 * readings.filter(({ right }) => right).length) / readings.length).toFixed(1)} %`;
}

/**
 * Accuracy by bins of a measure; bins without readings are left out.
 *
 * @template {{ right: boolean }} Reading
 * @param {string} title @param {readonly number[]} edges  between the bins, ascending
 * @param {readonly Reading[]} readings @param {(reading: Reading) => number} measureOf
 */
export function printBins(title, edges, readings, measureOf) {
  console.log(`\n${title}`);
  for (let bin = 0; bin <= edges.length; bin++) {
    const [low, high] = [edges[bin - 1] ?? -Infinity, edges[bin] ?? Infinity];
    const within = readings.filter((reading) => measureOf(reading) >= low && measureOf(reading) < high);
    if (within.length > 0)
      console.log(`${String(low).padStart(9)} …  ${percentRight(within).padStart(7)}  of ${within.length}`);
  }
}
