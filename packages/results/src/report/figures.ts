/** Formats the numbers of a report; NaN and infinity become a dash. */

const NONE = '–';
const COUNT = new Intl.NumberFormat('en-GB');

/** `64.2 %`, with a non-breaking space. */
export function toPercent(part: number, digits = 1): string {
  return Number.isFinite(part) ? `${(part * 100).toFixed(digits)}\u00a0%` : NONE;
}

/** `1.0024` */
export function toFixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : NONE;
}

/** `28,709` */
export function toCount(value: number): string {
  return Number.isFinite(value) ? COUNT.format(value) : NONE;
}
