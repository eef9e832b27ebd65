/**
 * The error class of all packages.
 *
 * A message is one line: the file, row, layer or option concerned, what was expected, what was found, and what to do.
 * `code` is for programs, `message` for people, `cause` for debugging.
 */

export const ERROR_CODES = [
  /** A file or input could not be read: missing, a directory, not permitted. */
  'INPUT_UNREADABLE',
  /** The input is damaged or malformed: a broken picture, a truncated file, a row that cannot be parsed. */
  'INPUT_INVALID',
  /** The input is valid, but exceeds a documented limit (pixels, bytes, layers). */
  'INPUT_TOO_LARGE',
  /** A model file or manifest is damaged or inconsistent. */
  'MODEL_INVALID',
  /** There is no model, detector or preset of that name. */
  'NOT_FOUND',
  /** A function or command was called in a way that it does not allow. */
  'USAGE',
  /** A valid request for something that is not implemented (an operator, a format). */
  'UNSUPPORTED',
  /** Training diverged: NaN or infinity in the loss. */
  'DIVERGED',
  /** A worker thread ended unexpectedly or could not be started, or others ended a program that reads for this one. */
  'WORKER_FAILED',
  /** A result could not be written: disk full, no permission. */
  'OUTPUT_FAILED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export class MienError extends Error {
  override readonly name = 'MienError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
