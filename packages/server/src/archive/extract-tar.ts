/** Unpacks an archive of `write-tar.ts` into a folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MienError } from '@mien/core';
import { BLOCK } from './write-tar.js';

/**
 * @param bytes a whole archive of files and folders
 * @throws MienError `INPUT_INVALID` for anything else: another kind of entry, a path that leads elsewhere, a cut archive
 */
export async function extractTar(bytes: Uint8Array, folder: string): Promise<void> {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; ;) {
    if (at + BLOCK > archive.length) throw invalid('is cut off');
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const path = readText(header, 0, 100);
    const kind = String.fromCharCode(header[156] ?? 0);
    const size = Number.parseInt(readText(header, 124, 12), 8);
    if (!Number.isSafeInteger(size) || size < 0) throw invalid('has a size that is no number');
    if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
      throw invalid('has a path that leads elsewhere');
    }
    const target = join(folder, path);
    at += BLOCK;
    if (kind === '5') await mkdir(target, { recursive: true, mode: 0o700 });
    else if (kind === '0') {
      if (at + size > archive.length) throw invalid('is cut off');
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await writeFile(target, archive.subarray(at, at + size), { mode: 0o600 });
      at += Math.ceil(size / BLOCK) * BLOCK;
    } else throw invalid('has an entry that is neither file nor folder');
  }
}

function readText(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end).trim();
}

function invalid(what: string): MienError {
  return new MienError('INPUT_INVALID', `archive: ${what}`);
}
