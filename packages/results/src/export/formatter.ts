import type { Moment } from '../frame-result.js';

/**
 * From moments to text, moment by moment: no format needs to know how many will come.
 *
 * A formatter is made for one output (standard output, or one file), and its pieces in their order are the whole of it.
 */
export interface Formatter {
  add(moment: Moment): string;
  /** What follows the last moment. */
  end(): string;
}
