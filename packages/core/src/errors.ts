/**
 * One error class for the whole library.
 *
 * A message is one line that names the actor (the file, row, layer or option), what was expected, what came and
 * what to do about it. `code` is for programs, `message` for people, `cause` for the one who debugs.
 */

export const ERROR_CODES = [
  /** A file or input could not be read: missing, a directory, not permitted. */
  'INPUT_UNREADABLE',
  /** The bytes are not what they claim to be: damaged picture, truncated model, malformed row. */
  'INPUT_INVALID',
  /** The input is well formed and over a stated limit (pixels, bytes, layers). */
  'INPUT_TOO_LARGE',
  /** A model file or manifest breaks its contract. */
  'MODEL_INVALID',
  /** A model, detector or preset of that name is not known. */
  'NOT_FOUND',
  /** The caller broke the contract of a function or command. */
  'USAGE',
  /** A well-formed request for something that this build cannot do (an operator, a format). */
  'UNSUPPORTED',
  /** Training left the range of numbers (NaN or infinity in a loss). */
  'DIVERGED',
  /** A worker thread ended unexpectedly, or could not be started. */
  'WORKER_FAILED',
  /** A result could not be written: disk full, not permitted. */
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
