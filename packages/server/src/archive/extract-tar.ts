/** Unpacks an archive of `write-tar.ts` into a folder. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MienError } from '@mien/core';
import { unpackTar } from 'modern-tar/fs';

/** The library would also make links, and pass over devices. */
const KINDS: readonly (string | undefined)[] = ['file', 'directory'];

/**
 * @param bytes a whole archive of files and folders
 * @throws MienError `INPUT_INVALID` for anything else: another kind of entry, a path that leads elsewhere, a cut archive; an
 *   error of the system if a file cannot be written
 */
export async function extractTar(bytes: Uint8Array, folder: string): Promise<void> {
  const files = unpackTar(folder, {
    strict: true,
    dmode: 0o700,
    fmode: 0o600,
    filter({ name, type }) {
      if (!KINDS.includes(type)) throw invalid('has an entry that is neither file nor folder');
      if (name === '' || name.startsWith('/') || name.split(/[/\\]/).includes('..')) {
        throw invalid('has a path that leads elsewhere');
      }
      return true;
    },
  });
  try {
    await pipeline(Readable.from([bytes]), files);
  } catch (cause) {
    if (cause instanceof MienError || (cause as NodeJS.ErrnoException).code !== undefined) throw cause;
    throw invalid(`cannot be read (${(cause as Error).message})`, cause);
  }
}

function invalid(what: string, cause?: unknown): MienError {
  return new MienError('INPUT_INVALID', `archive: ${what}`, { cause });
}
