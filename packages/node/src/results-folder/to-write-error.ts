import { MienError } from '@mien/core';

/** The error of a failed write in a results folder, with advice to resume. */
export function toWriteError(path: string, cause: unknown): MienError {
  if (cause instanceof MienError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  // Not the words of write-file.ts: short programs would have to load one more module.
  const reason = code === 'ENOSPC' ? 'no space is left on the device' : message;
  const advice = 'what was done is kept; make room or choose another folder, and go on with --resume';
  return new MienError('OUTPUT_FAILED', `${path}: cannot be written (${reason}); ${advice}`, { cause });
}
