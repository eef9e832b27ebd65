import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for passing files, made when the first one comes. */
export interface ScratchFolder {
  /** Rejects if it cannot be made; the next call tries again: a full disk may have room by then. */
  path(): Promise<string>;
  remove(): Promise<void>;
}

export function createScratchFolder(prefix: string): ScratchFolder {
  let made: Promise<string> | undefined;
  return {
    async path() {
      const making = (made ??= mkdtemp(join(tmpdir(), prefix)));
      try {
        return await making;
      } catch (error) {
        if (made === making) made = undefined;
        throw error;
      }
    },
    async remove() {
      if (made !== undefined) await rm(await made, { recursive: true, force: true });
    },
  };
}
