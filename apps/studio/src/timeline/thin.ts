/** @returns the first reading of every interval, and the last one of all */
export function thin<T extends { readonly atMs: number }>(
  readings: readonly T[],
  intervalMs: number,
): readonly T[] {
  let nextMs = -Infinity;
  return readings.filter(({ atMs }, index) => {
    if (atMs < nextMs && index < readings.length - 1) return false;
    nextMs = (Math.floor(atMs / intervalMs) + 1) * intervalMs;
    return true;
  });
}
