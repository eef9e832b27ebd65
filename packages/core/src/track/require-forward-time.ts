import { MienError } from '../errors.js';

/** @throws MienError `USAGE` if the time is not finite, or before that of the previous frame */
export function requireForwardTime(timestampMs: number, lastMs: number): void {
  if (!Number.isFinite(timestampMs)) {
    throw new MienError(
      'USAGE',
      `analyzeFrame: timestampMs must be a number of milliseconds, got ${timestampMs}`,
    );
  }
  if (timestampMs < lastMs) {
    throw new MienError(
      'USAGE',
      `analyzeFrame: timestampMs must not go back, got ${timestampMs} after ${lastMs}; call reset() before another video`,
    );
  }
}
