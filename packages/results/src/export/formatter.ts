import type { FrameResult } from '../frame-result.js';

/**
 * Turns results into text one by one; no format needs to know how many there will be.
 *
 * A formatter serves one output (standard output or one file), which is the concatenation of the returned pieces.
 */
export interface Formatter {
  add(result: FrameResult): string;
  /**
   * The text after the last result.
   *
   * @param endMs when the recording ends, if that is known: formats with durations need it
   */
  end(endMs?: number): string;
}

/** As {@link Formatter}, also for formats that are not text. */
export interface OutputFormatter {
  add(result: FrameResult): string | Uint8Array;
  end(endMs?: number): string | Uint8Array;
}
