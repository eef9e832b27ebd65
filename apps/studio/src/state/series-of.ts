import { FER2013_LABELS } from '@mien/core';

/** As many colours as the style has for them. */
const SERIES = 8;

/**
 * The number of the colour of a label, from 1: that of its expression in reports, whatever the place of its output. Labels
 * of the person's own have the colours that are left.
 *
 * @param all labels of the model
 */
export function seriesOf(label: string, all: readonly string[]): number {
  const known = placeInFer2013(label);
  if (known >= 0) return known + 1;
  const taken = new Set(all.map(placeInFer2013));
  const free = Array.from({ length: SERIES }, (_, index) => index).filter((index) => !taken.has(index));
  const own = all.filter((one) => placeInFer2013(one) < 0).indexOf(label);
  return (free[Math.max(0, own) % free.length] ?? 0) + 1;
}

function placeInFer2013(label: string): number {
  return FER2013_LABELS.findIndex((one) => one === label);
}
