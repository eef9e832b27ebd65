/** Lists the files below a folder in an order that does not depend on the file system. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { MienError } from '@mien/core';
import { toUnreadable } from '../unreadable.js';

export interface FoundFile {
  readonly path: string;
  /** Path below the root, split into folders and file name. */
  readonly parts: readonly string[];
}

export interface Tree {
  readonly files: readonly FoundFile[];
  /** All folders below the root, as parts. */
  readonly folders: readonly (readonly string[])[];
}

const MAX_DEPTH = 16;
const MAX_FILES = 400_000;
const ADVICE = 'give the folder of a collection';

interface Folder {
  readonly path: string;
  readonly parts: readonly string[];
  /** Real paths, with links resolved, of the folder and its parents. */
  readonly chain: readonly string[];
}

/**
 * Walks a folder. Follows links, except into a folder that contains the link (a cycle). Skips hidden files and the
 * `__MACOSX` folders in archives made on macOS.
 *
 * @throws MienError `INPUT_UNREADABLE`, or `INPUT_TOO_LARGE` above 400,000 files or 16 folders deep
 */
export async function walkFolder(root: string): Promise<Tree> {
  const files: FoundFile[] = [];
  const folders: (readonly string[])[] = [];
  const enter = async (folder: Folder): Promise<void> => {
    if (folder.parts.length > MAX_DEPTH) {
      throw new MienError(
        'INPUT_TOO_LARGE',
        `${folder.path}: more than ${MAX_DEPTH} folders deep; ${ADVICE}`,
      );
    }
    const entries = await readdir(folder.path, { withFileTypes: true }).catch((cause: unknown) => {
      throw toUnreadable(folder.path, cause, ADVICE);
    });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === '__MACOSX') continue;
      if (files.length + folders.length === MAX_FILES) {
        throw new MienError('INPUT_TOO_LARGE', `${root}: more than ${MAX_FILES} files; ${ADVICE}`);
      }
      const path = join(folder.path, entry.name);
      const parts = [...folder.parts, entry.name];
      if (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(path)))) {
        const real = entry.isSymbolicLink()
          ? await realpath(path)
          : join(folder.chain.at(-1) ?? '', entry.name);
        if (folder.chain.some((above) => above === real || above.startsWith(withSeparator(real)))) continue;
        folders.push(parts);
        await enter({ path, parts, chain: [...folder.chain, real] });
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        files.push({ path, parts });
      }
    }
  };
  try {
    await enter({ path: root, parts: [], chain: [await realpath(root)] });
  } catch (cause) {
    throw toUnreadable(root, cause, ADVICE);
  }
  return { files, folders };
}

/** A broken link counts as a file, so that reading it reports the problem. */
async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function withSeparator(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}

/** Extensions of pictures, including formats that cannot be decoded: decoding then reports them. */
const PICTURE = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|p[gpn]m|hei[cf]|jp2)$/i;

/** Whether a file is a picture, by its extension. */
export function isPictureName(name: string): boolean {
  return PICTURE.test(name);
}
