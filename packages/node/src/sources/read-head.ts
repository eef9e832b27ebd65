import { open } from 'node:fs/promises';
import { refuseNamedPipe } from '@mien/train/named-pipe';
import { toReadError } from '../files/read-file.js';
import { HEAD_BYTES } from './file-kinds.js';

/**
 * The first bytes of a file.
 *
 * @throws MienError when the file cannot be read
 */
export async function readHead(path: string): Promise<Uint8Array> {
  try {
    await refuseNamedPipe(path, 'name a file, or - for standard input');
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    // A pipe of the shell (`<(…)`) cannot be read twice; it can only be a picture.
    if ((cause as NodeJS.ErrnoException).code === 'ESPIPE') return new Uint8Array(0);
    throw toReadError(path, cause);
  }
}
