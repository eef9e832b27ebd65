/**
 * A lock file that names the process which holds it. It is taken from a dead process, never from a living one.
 *
 * Ids of processes are used again, in a container even always (1), so the lock also says when its process began.
 */
import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFile,
  link,
  mkdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from '@mien/core';

export interface ProcessHolder {
  readonly pid: number;
  readonly startedAt: string;
  /** When the process began, in the system's own count; absent where the system does not tell. */
  readonly processStart?: string | undefined;
}

export interface ProcessLock {
  /** Writes more into it, for other processes to read. */
  add(more: object): Promise<void>;
  release(): Promise<void>;
}

/** Readable by its owner alone: it may hold a key. */
const MODE = 0o600;
const GUARD_MS = 10_000;
const WAIT_MS = 20;
/** What file systems without links say, such as exFAT: there a process may read half of a new lock. */
const NO_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * @param path of the lock, in a folder that is there
 * @returns the lock, or the living process that holds it
 * @throws the system's error for a folder that cannot be written
 */
export async function takeProcessLock(path: string): Promise<ProcessLock | ProcessHolder> {
  const mine: ProcessHolder = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    processStart: await readProcessStart(process.pid),
  };
  const token = randomUUID();
  const text = (more: object) => JSON.stringify({ ...mine, token, ...more });
  // Written under another name and then linked, so that no process reads half of it.
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text({}), { mode: MODE });
  try {
    while (!(await tryLink(draft, path))) {
      const holder = await readLock(path);
      if (holder !== undefined && (await isAlive(holder))) return holder;
      await removeStale(path);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return {
    async add(more) {
      const next = `${path}.${randomUUID()}`;
      await writeFile(next, text(more), { mode: MODE });
      await rename(next, path);
    },
    async release() {
      const holder = await readLock(path);
      if (holder?.['token'] === token) await rm(path, { force: true });
    },
  };
}

/** The living process that holds a lock, with what it added; `undefined` if there is none. */
export async function readLockHolder(
  path: string,
): Promise<(ProcessHolder & Record<string, unknown>) | undefined> {
  const holder = await readLock(path);
  return holder !== undefined && (await isAlive(holder)) ? holder : undefined;
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return copyFile(from, to, constants.COPYFILE_EXCL).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    },
  );
}

/**
 * Removes the lock of a dead process. A guard folder is held meanwhile: if two processes see the same dead one, the second
 * would otherwise remove the new lock of the first.
 */
async function removeStale(path: string): Promise<void> {
  const guard = `${path}.taking`;
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

async function readLock(path: string): Promise<(ProcessHolder & Record<string, unknown>) | undefined> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as unknown;
    return isRecord(value) && typeof value['pid'] === 'number'
      ? (value as unknown as ProcessHolder & Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive({ pid, processStart }: ProcessHolder): Promise<boolean> {
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
