/** Where a heat map is hottest, in words: for those who do not see it, and beside it for those who do. */
import type { Explanation } from '@mien/web';

/** The crop's ninths, row by row; left and right as in the picture. */
export const REGIONS = [
  'upperLeft',
  'upper',
  'upperRight',
  'left',
  'centre',
  'right',
  'lowerLeft',
  'lower',
  'lowerRight',
] as const;
export type Region = (typeof REGIONS)[number];

/** A second region is named where it has at least this part of the first one's heat. */
const ALMOST = 0.8;

/** One or two regions, the hottest first; none where nothing speaks for the expression. */
export function hottestRegions({
  heat,
  height,
  width,
}: Pick<Explanation, 'heat' | 'height' | 'width'>): Region[] {
  const sums = REGIONS.map((region) => ({ region, sum: 0 }));
  heat.forEach((value, at) => {
    const row = Math.floor((3 * Math.floor(at / width)) / height);
    const column = Math.floor((3 * (at % width)) / width);
    sums[3 * row + column]!.sum += value;
  });
  const [first, second] = sums.sort((a, b) => b.sum - a.sum);
  if (first === undefined || first.sum === 0) return [];
  return second !== undefined && second.sum >= ALMOST * first.sum
    ? [first.region, second.region]
    : [first.region];
}
