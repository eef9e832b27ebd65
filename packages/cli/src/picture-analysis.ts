import type { Analysis } from '@mien/core';

/** One element of what `mien analyze --format json` prints. */
export interface PictureAnalysis extends Analysis {
  /** The path as it was given. */
  readonly source: string;
}
