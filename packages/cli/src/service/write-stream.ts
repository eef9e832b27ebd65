import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MienError } from '@mien/core';
import { planWrite, toWriteError } from '@mien/train/write-file';

/**
 * Writes a stream to a file, which appears under its name when it is whole. Links are followed; pipes and devices are written
 * in place.
 *
 * @throws MienError `OUTPUT_FAILED` if it cannot be written; what the stream fails with; an existing file stays as it was
 */
export async function writeStream(path: string, content: Readable): Promise<void> {
  const { target, partial } = await planWrite(path).catch((cause: unknown): never => {
    content.destroy();
    throw toWriteError(path, cause);
  });
  const file =
    partial === undefined
      ? createWriteStream(target, { flags: 'a' })
      : createWriteStream(partial, { flush: true });
  // The one that fails first; the other one is then ended with the same error.
  let failed: 'content' | 'file' | undefined;
  content.once('error', () => (failed ??= 'content'));
  file.once('error', () => (failed ??= 'file'));
  try {
    await pipeline(content, file);
    if (partial !== undefined) await rename(partial, target);
  } catch (cause) {
    if (partial !== undefined) await rm(partial, { force: true });
    if (failed === 'content') {
      const { message } = cause as Error;
      throw new MienError('INPUT_UNREADABLE', `${path}: not written, its content ended early (${message})`, {
        cause,
      });
    }
    throw toWriteError(path, cause);
  }
}
