import { access, constants, mkdir, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
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

/** Files that the shell has open: another one in their place would lose what it writes. */
const OPEN_FILE = /^\/(?:dev\/(?:stdout|stderr|fd\/)|proc\/)/;

export interface WritePlace {
  /** The file; for a link, the one that it leads to. */
  readonly target: string;
  /** Where its content goes until it is whole; absent for a pipe or a device, which is written in place. */
  readonly partial?: string;
}

/** @throws the system's error where there can be no such file */
export async function planWrite(path: string): Promise<WritePlace> {
  const found = await stat(path).catch(() => undefined);
  const isSpecial = found !== undefined && !found.isFile() && !found.isDirectory();
  if (isSpecial || OPEN_FILE.test(resolve(path))) return { target: path };
  const target = await followLinks(path);
  return { target, partial: `${target}.${process.pid}.partial` };
}

/** Also of a link to a file that is not there yet. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const next = await readlink(path).catch(() => undefined);
    return next === undefined ? path : followLinks(resolve(dirname(path), next));
  }
}

/**
 * Writes a file atomically: to a temporary file in the same folder, flushed to disk, then renamed. Creates the folder if
 * it is missing. Links are followed; pipes and devices are written in place.
 *
 * @throws MienError `OUTPUT_FAILED` when it cannot be written; an existing file stays as it was
 */
export async function writeFileWhole(path: string, content: Uint8Array | string): Promise<void> {
  let partial: string | undefined;
  try {
    const place = await planWrite(path);
    ({ partial } = place);
    if (partial === undefined) {
      await writeFile(place.target, content, { flag: 'a' });
      return;
    }
    await mkdir(dirname(partial), { recursive: true });
    await writeFile(partial, content, { flush: true });
    await rename(partial, place.target);
  } catch (cause) {
    if (partial !== undefined) await rm(partial, { force: true }).catch(() => undefined);
    throw toWriteError(path, cause);
  }
}

/**
 * Checks that {@link writeFileWhole} may write a file, before long work for it. Nothing is created.
 *
 * @throws MienError `OUTPUT_FAILED`
 */
export async function checkWritable(path: string): Promise<void> {
  try {
    const { target, partial } = await planWrite(path);
    const isFolder = (await stat(target).catch(() => undefined))?.isDirectory() === true;
    if (isFolder) throw Object.assign(new Error(), { code: 'EISDIR' });
    await access(partial === undefined ? target : await findFolder(dirname(resolve(target))), constants.W_OK);
  } catch (cause) {
    throw toWriteError(path, cause);
  }
}

/** The folder, or the nearest one above it that is there. */
async function findFolder(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  });
  if (found === undefined) return findFolder(dirname(path));
  if (!found.isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  return path;
}

/** The one-line error of a failed write. */
export function toWriteError(path: string, cause: unknown): MienError {
  const [reason, advice] = explainWriteError(cause);
  return new MienError('OUTPUT_FAILED', `${path}: cannot be written (${reason}); ${advice}`, { cause });
}
