/**
 * A lock file for the folder of the embedded database, which only one process may open.
 *
 *   lock.json   {"pid": 812, "startedAt": "…", "address": "http://127.0.0.1:40123", "key": "…"}
 *
 * It names the process that holds it and, once that process listens, its loopback address and a key, so that other
 * commands on this machine (`mien jobs status`) can ask it.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { readLockHolder as readHolder, takeProcessLock, type ProcessHolder } from '@mien/train/process-lock';

export interface LockHolder extends ProcessHolder {
  /** Absent until it listens. */
  readonly address?: string;
  readonly key?: string;
}

export interface FolderLock {
  /** Tells other processes where this one can be asked. */
  announce(address: string, key: string): Promise<void>;
  release(): Promise<void>;
}

const FILE = 'lock.json';

/** The living process that holds the folder; `undefined` if there is none. */
export async function readLockHolder(folder: string): Promise<LockHolder | undefined> {
  return readHolder(join(folder, FILE));
}

/** @throws MienError `USAGE` if a living process holds the folder, `OUTPUT_FAILED` if the folder cannot be written */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const taken = await mkdir(folder, { recursive: true, mode: 0o700 })
    .then(() => takeProcessLock(join(folder, FILE)))
    .catch((cause: unknown) => {
      throw new MienError(
        'OUTPUT_FAILED',
        `${folder}: cannot be written (${(cause as Error).message}); choose another folder with --data`,
        { cause },
      );
    });
  if ('pid' in taken) throw heldBy(folder, taken);
  return {
    announce: (address, key) => taken.add({ address, key }),
    release: () => taken.release(),
  };
}

function heldBy(folder: string, { pid, address }: LockHolder): MienError {
  const where = address === undefined ? '' : ` at ${address}`;
  return new MienError(
    'USAGE',
    `${folder}: is in use by process ${pid}${where}; stop it, or choose another folder with --data`,
  );
}
