/**
 * Writes a tar archive piece by piece, as `tar` of any system reads it.
 *
 * Ref: POSIX.1-1988 (ustar). Sizes from 8 GiB on are written in base 256, as GNU tar does.
 */
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError } from '@mien/core';

export const BLOCK = 512;
/** Owner may read and write: an archive of a service holds results and hashes of keys. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const LARGEST_OCTAL = 8 ** 11;

/**
 * A folder and all that is in it, in the order of names; its own name is not part of the paths. What is neither file nor
 * folder is left out.
 *
 * @throws MienError `OUTPUT_FAILED` for a file that becomes shorter while it is read, or a path over 99 bytes
 */
export async function* writeTar(folder: string): AsyncGenerator<Uint8Array, void, void> {
  yield* writeFolder(folder, '');
  yield new Uint8Array(2 * BLOCK);
}

async function* writeFolder(folder: string, prefix: string): AsyncGenerator<Uint8Array, void, void> {
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const status = await lstat(path);
    if (status.isDirectory()) {
      yield toHeader(`${prefix}${name}/`, 0, status.mtimeMs);
      yield* writeFolder(path, `${prefix}${name}/`);
    } else if (status.isFile()) {
      yield toHeader(`${prefix}${name}`, status.size, status.mtimeMs);
      yield* readExactly(path, status.size);
    }
  }
}

async function* readExactly(path: string, size: number): AsyncGenerator<Uint8Array, void, void> {
  if (size === 0) return;
  let read = 0;
  // What is appended meanwhile is left out.
  for await (const chunk of createReadStream(path, { end: size - 1 })) {
    read += (chunk as Uint8Array).length;
    yield chunk as Uint8Array;
  }
  if (read < size)
    throw new MienError('OUTPUT_FAILED', `${path}: became shorter while it was read; try again`);
  yield new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

function toHeader(path: string, size: number, mtimeMs: number): Uint8Array {
  const header = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(path) > 99) {
    throw new MienError('OUTPUT_FAILED', `${path}: its path is too long for an archive`);
  }
  header.write(path, 0);
  const isFolder = path.endsWith('/');
  writeOctal(header, isFolder ? FOLDER_MODE : FILE_MODE, 100, 8);
  writeOctal(header, 0, 108, 8); // owner
  writeOctal(header, 0, 116, 8); // group
  if (size < LARGEST_OCTAL) writeOctal(header, size, 124, 12);
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  writeOctal(header, Math.floor(mtimeMs / 1000), 136, 12);
  header.fill(' ', 148, 156); // The sum is computed with spaces in its own place.
  header.write(isFolder ? '5' : '0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function writeOctal(header: Buffer, value: number, at: number, length: number): void {
  header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}
