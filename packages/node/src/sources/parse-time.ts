/** Parses times such as those of `--every`, `--from` and `--to`. */
import { MienError } from '@mien/core';

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 } as const;
/** Longer than any recording; with it a time stays exact in milliseconds. */
const MAX_MS = 1000 * UNITS_MS.h;

/**
 * `250ms`, `90s`, `1.5min`, `2h`, `1:30` or `1:02:03.5` in milliseconds. A bare number is refused, except 0: `200` would
 * mean 200 s to some and 200 ms to others.
 *
 * @throws MienError `USAGE` that names the accepted forms
 */
export function parseTime(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text) && Number(text) !== 0) {
    throw new MienError('USAGE', `It needs a unit: ${text}ms or ${text}s.`);
  }
  const timeMs = parseClock(text) ?? parseQuantity(text);
  if (timeMs === undefined || timeMs > MAX_MS) {
    throw new MienError('USAGE', 'It must be a time such as 250ms, 90s, 1:30 or 1:02:03.5.');
  }
  return timeMs;
}

/** A sampling interval: as {@link parseTime}, and at least a millisecond. */
export function parseInterval(text: string): number {
  const timeMs = parseTime(text);
  if (timeMs < 1) throw new MienError('USAGE', 'It must be at least 1ms.');
  return timeMs;
}

function parseClock(text: string): number | undefined {
  const found = /^(?:(\d{1,4}):)?(\d{1,2}):(\d{2}(?:\.\d+)?)$/.exec(text);
  if (found === null) return undefined;
  const [, hours = '0', minutes, seconds] = found;
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return undefined;
  return (Number(hours) * 60 + Number(minutes)) * UNITS_MS.m + Math.round(Number(seconds) * UNITS_MS.s);
}

function parseQuantity(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(ms|s|min|m|h)?$/.exec(text);
  if (found === null) return undefined;
  return Number(found[1]) * UNITS_MS[(found[2] ?? 's') as keyof typeof UNITS_MS];
}
