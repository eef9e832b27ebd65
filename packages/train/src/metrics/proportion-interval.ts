import type { Interval } from './bootstrap.js';

/** Of the normal distribution, for 95 %. */
const Z = 1.959964;

/**
 * 95 % interval of a share: `hits` of `count`.
 *
 * Ref: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference"; unlike the simple form it
 * stays between 0 and 1 and is right for few pictures.
 */
export function proportionInterval(hits: number, count: number): Interval {
  if (count === 0) return { low: 0, high: 1 };
  const share = hits / count;
  const weight = Z ** 2 / count;
  const middle = (share + weight / 2) / (1 + weight);
  const reach = (Z / (1 + weight)) * Math.sqrt((share * (1 - share)) / count + weight / (4 * count));
  return { low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}
