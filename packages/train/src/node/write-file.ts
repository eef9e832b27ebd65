import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MienError } from '@mien/core';

/** How a file is called while it is being written: it stays so where the process is killed. */
export const PARTIAL_FILE = /\.\d+\.partial$/;

const NO_FOLDER = ['a file stands where its folder should be', 'choose another folder'] as const;
const NOT_ALLOWED = ['it is not permitted', 'choose another folder or see to its permissions'] as const;
/** What the system's error codes mean to the one whose file it is, and what to do. */
const REASONS: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  ENOSPC: ['no space is left on the device', 'make room and try again'],
  EDQUOT: ['the quota of disk space is used up', 'make room and try again'],
  EFBIG: ['larger than files may be here', 'choose another folder or raise the limit'],
  EROFS: ['the device may only be read', 'choose another folder'],
  EISDIR: ['it is a folder', 'name a file'],
  EEXIST: NO_FOLDER,
  ENOTDIR: NO_FOLDER,
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENAMETOOLONG: ['its name is too long for this system', 'choose a shorter one'],
};

/** Why something could not be written, and what to do about it. */
export function explainWriteError(cause: unknown): readonly [reason: string, advice: string] {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return REASONS[code] ?? [message, 'check the folder and its space'];
}

/**
 * Writes a file whole or not at all: beside its place first, flushed to the disk, then renamed over it. Its folder is
 * made where it is missing.
 *
 * @throws MienError `OUTPUT_FAILED` when it cannot be written; what stood there before stays
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
