import { open } from 'node:fs/promises';
import { toReadError } from '../files/read-file.js';
import { HEAD_BYTES } from './file-kinds.js';

/**
 * The first bytes of a file.
 *
 * @throws MienError when the file cannot be read
 */
export async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    // A named pipe (`<(…)`) cannot be read twice; it can only be a picture.
    if ((cause as NodeJS.ErrnoException).code === 'ESPIPE') return new Uint8Array(0);
    throw toReadError(path, cause);
  }
}
