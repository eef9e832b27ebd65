import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MienError } from '@mien/core';

/** Name of a file that is being written; remains only when the process is killed. */
export const PARTIAL_FILE = /\.\d+\.partial$/;

const NO_FOLDER = ['its folder is a file', 'choose another folder'] as const;
const NOT_ALLOWED = ['permission denied', 'choose another folder or change its permissions'] as const;
/** What the system's error codes mean, and what to do. */
const REASONS: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  ENOSPC: ['no space left on the device', 'free some space and try again'],
  EDQUOT: ['disk quota exceeded', 'free some space and try again'],
  EFBIG: ['file size limit exceeded', 'choose another folder or raise the limit'],
  EROFS: ['read-only file system', 'choose another folder'],
  EISDIR: ['it is a folder', 'name a file'],
  EEXIST: NO_FOLDER,
  ENOTDIR: NO_FOLDER,
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENAMETOOLONG: ['file name too long', 'choose a shorter one'],
};

/** Why something could not be written, and what to do about it. */
export function explainWriteError(cause: unknown): readonly [reason: string, advice: string] {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return REASONS[code] ?? [message, 'check the folder and its space'];
}

/**
 * Writes a file atomically: to a temporary file in the same folder, flushed to disk, then renamed. Creates the folder if
 * it is missing.
 *
 * @throws MienError `OUTPUT_FAILED` when it cannot be written; an existing file stays as it was
 */
export async function writeFileWhole(path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, content, { flush: true });
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    const [reason, advice] = explainWriteError(cause);
    throw new MienError('OUTPUT_FAILED', `${path}: cannot be written (${reason}); ${advice}`, { cause });
  }
}
