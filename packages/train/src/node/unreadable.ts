/** One-line errors for files that cannot be read. */
import { open } from 'node:fs/promises';
import { MienError } from '@mien/core';
import { refuseNamedPipe } from './named-pipe.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  ELOOP: 'circular link',
  EISDIR: 'is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

/** The error code of a failed system call, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The error for a file that could not be read; `advice` says what to do. A MienError is returned as it is. */
export function toUnreadable(path: string, cause: unknown, advice: string): MienError {
  if (cause instanceof MienError) return cause;
  const code = errorCode(cause);
  const reason = REASONS[code ?? ''] ?? `could not be read (${code ?? String(cause)})`;
  return new MienError('INPUT_UNREADABLE', `${path}: ${reason}; ${advice}`, { cause });
}

/**
 * Reads a small text file (UTF-8) without its byte order mark.
 *
 * @throws MienError `INPUT_UNREADABLE`, or `INPUT_TOO_LARGE` above `maxBytes`
 */
export async function readTextFile(path: string, maxBytes: number, advice: string): Promise<string> {
  try {
    await refuseNamedPipe(path);
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > maxBytes) {
        throw new MienError(
          'INPUT_TOO_LARGE',
          `${path}: ${size} bytes, expected at most ${maxBytes}; ${advice}`,
        );
      }
      return (await file.readFile('utf8')).replace(/^\uFEFF/, '');
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw toUnreadable(path, cause, advice);
  }
}
