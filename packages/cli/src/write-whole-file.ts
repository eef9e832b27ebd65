import { rename, rm, writeFile } from 'node:fs/promises';
import { MienError } from '@mien/core';

/**
 * Writes a file beside its place and renames it: a reader sees the old file or the whole new one, never a half.
 *
 * @throws MienError `OUTPUT_FAILED`; nothing is left behind.
 */
export async function writeWholeFile(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.part`;
  try {
    await writeFile(beside, bytes);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    const { message } = cause as Error;
    throw new MienError(
      'OUTPUT_FAILED',
      `${path}: cannot be written (${message}); check the folder and its space`,
      {
        cause,
      },
    );
  }
}
