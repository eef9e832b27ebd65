/**
 * A lock file for the folder of the embedded database, which only one process may open.
 *
 *   lock.json   {"pid": 812, "startedAt": "…", "address": "http://127.0.0.1:40123", "key": "…"}
 *
 * It names the process that holds it and, once that process listens, its loopback address and a key, so that other
 * commands on this machine (`mien jobs status`) can ask it. A lock is taken from a dead process, never from a living one.
 * Ids of processes are used again, in a container even always (1), so the lock also says when its process began.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord, MienError } from '@mien/core';

export interface LockHolder {
  readonly pid: number;
  readonly startedAt: string;
  /** When the process began, in the system's own count; absent where the system does not tell. */
  readonly processStart?: string | undefined;
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
/** Readable by its owner alone: it holds a key. */
const MODE = 0o600;
const GUARD = 'lock.taking';
const GUARD_MS = 10_000;
const WAIT_MS = 20;

/** The living process that holds the folder; `undefined` if there is none. */
export async function readLockHolder(folder: string): Promise<LockHolder | undefined> {
  const holder = await readLock(join(folder, FILE));
  return holder !== undefined && (await isAlive(holder)) ? holder : undefined;
}

/** @throws MienError `USAGE` if a living process holds the folder, `OUTPUT_FAILED` if the folder cannot be written */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, FILE);
  const mine: LockHolder = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    processStart: await readProcessStart(process.pid),
  };
  // Written under another name and then linked, so that no process reads half of it.
  const draft = join(folder, `lock.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(draft, JSON.stringify(mine), { mode: MODE });
  } catch (cause) {
    throw new MienError(
      'OUTPUT_FAILED',
      `${folder}: cannot be written (${(cause as Error).message}); choose another folder with --data`,
      { cause },
    );
  }
  try {
    while (!(await tryLink(draft, path))) {
      const holder = await readLock(path);
      if (holder !== undefined && (await isAlive(holder))) throw heldBy(folder, holder);
      await removeStale(folder, path);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return {
    async announce(address, key) {
      const next = join(folder, `lock.${randomUUID()}`);
      await writeFile(next, JSON.stringify({ ...mine, address, key }), { mode: MODE });
      await rename(next, path);
    },
    async release() {
      const holder = await readLock(path);
      if (holder?.pid === mine.pid && holder.startedAt === mine.startedAt) await rm(path, { force: true });
    },
  };
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes the lock of a dead process. A guard folder is held meanwhile: if two processes see the same dead one, the second
 * would otherwise remove the new lock of the first.
 */
async function removeStale(folder: string, path: string): Promise<void> {
  const guard = join(folder, GUARD);
  try {
    await mkdir(guard);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const status = await stat(guard).catch(() => undefined);
    // Its process died while it held it, which takes milliseconds.
    if (status !== undefined && Date.now() - status.mtimeMs > GUARD_MS)
      await rmdir(guard).catch(() => undefined);
    await sleep(WAIT_MS);
    return;
  }
  try {
    // Nobody else removes it now, and while it is there nobody makes a new one.
    if ((await stat(path).catch(() => undefined)) === undefined) return;
    const holder = await readLock(path);
    if (holder === undefined || !(await isAlive(holder))) await rm(path, { force: true });
  } finally {
    await rmdir(guard);
  }
}

async function readLock(path: string): Promise<LockHolder | undefined> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as unknown;
    return isRecord(value) && typeof value['pid'] === 'number' ? (value as unknown as LockHolder) : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive({ pid, processStart }: LockHolder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists, but belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const start = await readProcessStart(pid);
  return start === undefined || processStart === undefined || start === processStart;
}

/** Ref: proc(5): field 22 of /proc/<pid>/stat, in clock ticks since the boot; the second field may hold spaces. */
async function readProcessStart(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

function heldBy(folder: string, { pid, address }: LockHolder): MienError {
  const where = address === undefined ? '' : ` at ${address}`;
  return new MienError(
    'USAGE',
    `${folder}: is in use by process ${pid}${where}; stop it, or choose another folder with --data`,
  );
}
