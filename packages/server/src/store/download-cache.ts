/**
 * Files of a bucket on this machine. The chunks of a video are read by ffmpeg from one copy of it, which is kept for a while
 * after it was used; of several users at once, one downloads.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BorrowedFile } from './file-store.js';
import { createScratchFolder } from './scratch-folder.js';

/** Kept though nobody uses them: the video whose next chunk comes soon. */
const KEPT = 2;

interface Entry {
  readonly path: Promise<string>;
  users: number;
}

export interface DownloadCache {
  /** @param keeps whether it may be kept after it was used: its content never changes */
  borrow(key: string, keeps: boolean): Promise<BorrowedFile>;
  close(): Promise<void>;
}

export function createDownloadCache(download: (key: string, path: string) => Promise<void>): DownloadCache {
  /** In the order of their last use. */
  const entries = new Map<string, Entry>();
  const folder = createScratchFolder('mien-store-');

  const fetchFile = async (key: string): Promise<string> => {
    const path = join(await folder.path(), randomUUID());
    try {
      await download(key, path);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return path;
  };
  const forget = (key: string, { path }: Entry) => {
    entries.delete(key);
    path.then((name) => rm(name, { force: true })).catch(() => undefined);
  };
  const release = (key: string, entry: Entry, keeps: boolean) => {
    entry.users--;
    if (entry.users > 0) return;
    if (!keeps) forget(key, entry);
    const unused = [...entries].filter(([, { users }]) => users === 0);
    for (const [name, old] of unused.slice(0, -KEPT)) forget(name, old);
  };
  return {
    async borrow(key, keeps) {
      const entry = entries.get(key) ?? { path: fetchFile(key), users: 0 };
      entries.delete(key);
      entries.set(key, entry);
      entry.users++;
      try {
        const path = await entry.path;
        let isOpen = true;
        return {
          path,
          release() {
            if (isOpen) release(key, entry, keeps);
            isOpen = false;
          },
        };
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
    async close() {
      entries.clear();
      await folder.remove();
    },
  };
}
