import { rename, rm, writeFile } from 'node:fs/promises';
import { MienError } from '@mien/core';

/**
 * Writes a file whole or not at all: beside its place first, flushed to the disk, then renamed over it.
 *
 * @throws MienError `OUTPUT_FAILED` when it cannot be written; what stood there before stays
 */
export async function writeFileWhole(path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, content, { flush: true });
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MienError(
      'OUTPUT_FAILED',
      `${path}: cannot be written (${reason}); check the folder and its space`,
      { cause },
    );
  }
}
