import { MienError } from '@mien/core';
import { readFileBytes } from '@mien/node/files';
import { findSources, isLive } from '@mien/node/sources';
import type { NewFile } from '@mien/server';
import { stat } from 'node:fs/promises';

/** The files that names on the command line stand for, an error for each name without one, and what folders leave out. */
export async function findUploads(names: readonly string[]): Promise<{
  readonly files: readonly NewFile[];
  /** Addresses (http, https), which a service fetches. */
  readonly urls: readonly string[];
  readonly missing: readonly MienError[];
  readonly notes: readonly string[];
}> {
  const files: NewFile[] = [];
  const urls: string[] = [];
  const missing: MienError[] = [];
  const { sources, notes } = await findSources(names);
  for (const found of sources) {
    if ('error' in found) missing.push(found.error);
    else if (/^https?:/i.test(found.source)) urls.push(found.source);
    else if (isLive(found.source)) {
      const advice = 'jobs take files; use mien analyze for cameras and streams';
      missing.push(new MienError('USAGE', `${found.source}: ${advice}`));
    } else {
      const error = await findReadError(found.source);
      if (error === undefined) files.push({ name: found.source, path: found.source });
      else missing.push(error);
    }
  }
  return { files, urls, missing, notes };
}

/** Before anything is copied: one file that is missing should not undo the copies of the others. */
async function findReadError(path: string): Promise<MienError | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isFile() === true) return undefined;
  if (status !== undefined) return new MienError('INPUT_UNREADABLE', `${path}: is no file; jobs take files`);
  // For its message.
  return readFileBytes(path, 1).then(
    () => undefined,
    (error: unknown) => error as MienError,
  );
}
