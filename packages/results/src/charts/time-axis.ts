/** Ticks of a time axis, and labels of times: `1:05`, `2:00:00`, `0:00.25`. */
import { toClock } from '../words/clock.js';

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];
/** Round durations. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((count) => count * HOUR),
];
/** As many as fit with their labels. */
const MAX_TICKS = 9;
const DAY_MS = 24 * HOUR;

/** @returns multiples of one step within the span: at most {@link MAX_TICKS}, usually more than three */
export function timeTicks(startMs: number, endMs: number): number[] {
  const least = (endMs - startMs) / (MAX_TICKS - 1);
  const step = STEPS_MS.find((candidate) => candidate >= least) ?? Math.ceil(least / DAY_MS) * DAY_MS;
  const first = Math.ceil(startMs / step);
  const count = Math.max(0, Math.floor(endMs / step) - first + 1);
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

/** To the second, with decimals only if needed. */
export function toTickLabel(timeMs: number): string {
  const parts = Math.round(timeMs) % SECOND;
  const seconds = toClock((Math.round(timeMs) - parts) / SECOND);
  return parts === 0 ? seconds : `${seconds}.${String(parts).padStart(3, '0').replace(/0+$/, '')}`;
}

/** Always to a tenth of a second: `0:08.2`, `1:00:00.0`. */
export function toTimeLabel(timeMs: number): string {
  const tenths = Math.round(timeMs / 100);
  return `${toClock(Math.floor(tenths / 10))}.${tenths % 10}`;
}
