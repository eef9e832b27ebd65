/** How soon the smoothed readings of a face follow a change of expression. */
import { MienError } from '../errors.js';

export const DEFAULT_RESPONSE_TIME_MS = 300;
const MAX_RESPONSE_TIME_MS = 60_000;

/** @throws MienError `USAGE` if it is not a number from 0 to 60,000 */
export function checkResponseTime(responseTimeMs: number): void {
  if (typeof responseTimeMs === 'number' && responseTimeMs >= 0 && responseTimeMs <= MAX_RESPONSE_TIME_MS) {
    return;
  }
  throw new MienError(
    'USAGE',
    `analyzer: responseTimeMs must be from 0 to ${MAX_RESPONSE_TIME_MS}, got ${responseTimeMs}`,
  );
}
