/**
 * The keys that may use a service: a JSON file with the SHA-256 of each key, never the key itself.
 *
 * A key is `mien_<id>_<secret>` with 32 random bytes as secret. The id is public; it names the owner of jobs in logs and
 * results. SHA-256 without salt is enough for a secret that cannot be guessed.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord, MienError } from '@mien/core';
import { takeProcessLock, type ProcessLock } from '@mien/train/process-lock';
import { toWriteError, writeFileWhole } from '@mien/train/write-file';

/** `analyze`: pictures at once; `jobs`: submit, see and cancel one's own jobs; `admin`: the jobs of all, and metrics. */
export const SCOPES = ['analyze', 'jobs', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly expiresAt?: string;
}

/** Whoever sends a request. */
export interface Caller {
  /** Id of the key, or `local` for this machine's own commands and a service without keys. */
  readonly owner: string;
  readonly scopes: readonly Scope[];
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: Date | undefined;
}

export interface KeyFile {
  /** Whether it holds any key, expired ones too. */
  isEmpty(): Promise<boolean>;
  list(): Promise<readonly StoredKey[]>;
  /** @returns the key, which cannot be read again */
  create(key: NewKey): Promise<{ readonly key: string; readonly stored: StoredKey }>;
  /** @returns whether there was such a key */
  revoke(id: string): Promise<boolean>;
  /** The owner of a key; `undefined` for one that is unknown, wrong or expired. */
  find(key: string): Promise<Caller | undefined>;
}

const PATTERN = /^mien_([0-9a-f]{12})_[\w-]{43}$/;
const NOTHING = Buffer.alloc(32);
const LOCK_POLL_MS = 20;
const LOCK_WAIT_MS = 10_000;

/** Opens a file of keys; a missing one is empty. It is read again when it changes, so that revoking works at once. */
export function openKeyFile(path: string): KeyFile {
  let cached: { readonly version: string; readonly keys: readonly StoredKey[] } | undefined;
  const list = async (): Promise<readonly StoredKey[]> => {
    const status = await stat(path).catch((error: unknown) => {
      // A file that is there but cannot be read is not empty: nobody would need a key any more.
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : unreadable(path, error);
    });
    if (status === undefined) return [];
    const version = `${status.mtimeMs} ${status.size} ${status.ino}`;
    if (cached?.version !== version)
      cached = {
        version,
        keys: parseKeys(
          path,
          await readFile(path, 'utf8').catch((error: unknown) => unreadable(path, error)),
        ),
      };
    return cached.keys;
  };
  /** Reads the keys anew and writes others, or none; no other process does so meanwhile. */
  const change = async (toNext: (keys: readonly StoredKey[]) => readonly StoredKey[]) => {
    const lock = await lockFile(path);
    try {
      cached = undefined;
      const keys = await list();
      const next = toNext(keys);
      if (next !== keys) await writeFileWhole(path, `${JSON.stringify({ keys: next }, undefined, 2)}\n`);
    } finally {
      cached = undefined;
      await lock.release();
    }
  };
  return {
    list,
    isEmpty: async () => (await list()).length === 0,
    async create({ name, scopes, expiresAt }) {
      const id = randomBytes(6).toString('hex');
      const key = `mien_${id}_${randomBytes(32).toString('base64url')}`;
      const stored: StoredKey = {
        id,
        name,
        sha256: hashOf(key).toString('hex'),
        scopes,
        createdAt: new Date().toISOString(),
        ...(expiresAt !== undefined && { expiresAt: expiresAt.toISOString() }),
      };
      await change((keys) => [...keys, stored]);
      return { key, stored };
    },
    async revoke(id) {
      let isThere = false;
      await change((keys) => {
        isThere = keys.some((key) => key.id === id);
        return isThere ? keys.filter((key) => key.id !== id) : keys;
      });
      return isThere;
    },
    async find(key) {
      const id = PATTERN.exec(key)?.[1];
      const stored = (await list()).find((one) => one.id === id);
      // Also for an unknown id, so that both take the same time.
      const isRight = timingSafeEqual(
        hashOf(key),
        stored === undefined ? NOTHING : Buffer.from(stored.sha256, 'hex'),
      );
      if (stored === undefined || !isRight) return undefined;
      if (stored.expiresAt !== undefined && Date.parse(stored.expiresAt) <= Date.now()) return undefined;
      return { owner: stored.id, scopes: stored.scopes };
    },
  };
}

/**
 * Held for the milliseconds of a change, else of two keys that are created at once one would be lost. What a process leaves
 * that was killed meanwhile is taken over.
 */
async function lockFile(path: string): Promise<ProcessLock> {
  const take = async () => {
    try {
      await mkdir(dirname(path), { recursive: true });
      return await takeProcessLock(`${path}.lock`);
    } catch (cause) {
      throw toWriteError(path, cause);
    }
  };
  for (let waitedMs = 0; ; waitedMs += LOCK_POLL_MS) {
    const taken = await take();
    if (!('pid' in taken)) return taken;
    if (waitedMs >= LOCK_WAIT_MS) {
      throw new MienError(
        'USAGE',
        `${path}: is being changed by process ${taken.pid}; try again, or end that process`,
      );
    }
    await sleep(LOCK_POLL_MS);
  }
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function unreadable(path: string, cause: unknown): never {
  throw new MienError('INPUT_UNREADABLE', `${path}: cannot be read (${(cause as Error).message})`, { cause });
}

function parseKeys(path: string, text: string): readonly StoredKey[] {
  try {
    const value = JSON.parse(text) as unknown;
    if (isRecord(value) && Array.isArray(value['keys']) && value['keys'].every(isStoredKey))
      return value['keys'];
  } catch {
    // The error below says it.
  }
  throw new MienError('INPUT_INVALID', `${path}: is no file of keys; create one with mien keys create`);
}

function isStoredKey(value: unknown): value is StoredKey {
  if (!isRecord(value)) return false;
  const { id, name, sha256, scopes, expiresAt } = value;
  return (
    typeof id === 'string' &&
    typeof name === 'string' &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    Array.isArray(scopes) &&
    scopes.every((scope) => SCOPES.some((known) => known === scope)) &&
    (expiresAt === undefined || (typeof expiresAt === 'string' && !Number.isNaN(Date.parse(expiresAt))))
  );
}
