/** Reads files; every error is one line that names the file and says what to do. */
import { open } from 'node:fs/promises';
import { MienError } from '@mien/core';
import { refuseNamedPipe } from '@mien/train/named-pipe';

/** The system's error codes in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file; check the path',
  ENOTDIR: 'no such file; check the path',
  ELOOP: 'no such file (links lead in a circle); check the path',
  ENAMETOOLONG: 'the name is too long for this system; check the path',
  EISDIR: 'is a folder; name a file in it',
  EACCES: 'may not be read; check its permissions',
  EPERM: 'may not be read; check its permissions',
};

/**
 * The bytes of a file or device, or of a pipe that a shell opened, at most `maxBytes`.
 *
 * @throws MienError `INPUT_UNREADABLE`, or `INPUT_TOO_LARGE` as soon as the limit is exceeded.
 */
export async function readFileBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await refuseNamedPipe(path);
    const file = await open(path);
    try {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      // Counted while reading, because a pipe has no size.
      for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes) {
          const limit = `${maxBytes / 2 ** 20} MiB`;
          throw new MienError(
            'INPUT_TOO_LARGE',
            `${path}: more than ${limit}, the limit of a file; make it smaller`,
          );
        }
        chunks.push(chunk);
      }
      return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, sizeBytes);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw toReadError(path, cause);
  }
}

/** The one-line error of a failed read; a MienError stays as it is. */
export function toReadError(path: string, cause: unknown): MienError {
  if (cause instanceof MienError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = isUndecodable(path, code)
    ? 'its name is not UTF-8, so that it cannot be opened; rename it'
    : (REASONS[code ?? ''] ?? `cannot be read (${message})`);
  return new MienError('INPUT_UNREADABLE', `${path}: ${reason}`, { cause });
}

/** Node puts U+FFFD in the place of bytes that are no UTF-8: nothing has the name that comes of it. */
function isUndecodable(path: string, code: string | undefined): boolean {
  return code === 'ENOENT' && path.includes('\uFFFD');
}

/** Whether a read failed because there is no such file. */
export function isNoSuchFile(error: unknown): boolean {
  const cause = error instanceof MienError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === 'ENOENT' || cause?.code === 'ENOTDIR';
}
