/** Searches a folder for pictures and videos, and notes what it leaves out. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toRealPath } from '../files/find-input.js';
import { hasKnownEnding, isPictureHead, isVideoHead } from './file-kinds.js';
import { readHead } from './read-head.js';

export interface FolderContents {
  /** Pictures and videos, relative to the folder, with `/`, in order. */
  readonly paths: readonly string[];
  /** Other files by the reason why they are left out. */
  readonly leftOut: ReadonlyMap<string, readonly string[]>;
}

const REASON = {
  kind: 'neither pictures nor videos',
  special: 'not files (pipes, devices)',
  broken: 'links that lead nowhere',
  folder: 'links to folders',
  twice: 'links to files that are read anyway',
  forbidden: 'folders that may not be read',
  name: 'folders whose names are not UTF-8: rename them',
} as const;

interface Walk {
  readonly files: string[];
  readonly links: string[];
  readonly leave: (reason: keyof typeof REASON, path: string) => void;
}

/** Without hidden files. Links to files are followed, each file is read once; links to folders may be circular. */
export async function searchFolder(folder: string): Promise<FolderContents> {
  const leftOut = new Map<string, string[]>();
  const leave = (reason: keyof typeof REASON, path: string) => {
    leftOut.set(REASON[reason], [...(leftOut.get(REASON[reason]) ?? []), path]);
  };
  const walk: Walk = { files: [], links: [], leave };
  await visit(folder, '', walk);
  const targets = new Set<string>();
  if (walk.links.length > 0) {
    for (const path of walk.files) targets.add(await toRealPath(join(folder, path)));
  }
  for (const path of walk.links.sort()) {
    const target = await realpath(join(folder, path));
    if (targets.has(target)) leave('twice', path);
    else {
      targets.add(target);
      walk.files.push(path);
    }
  }
  const paths: string[] = [];
  for (const path of walk.files.sort()) {
    if (hasKnownEnding(path) || (await isMedia(join(folder, path)))) paths.push(path);
    else leave('kind', path);
  }
  return { paths, leftOut };
}

async function visit(folder: string, within: string, walk: Walk): Promise<void> {
  const entries = await readdir(join(folder, within), { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) {
    walk.leave(within.includes('\uFFFD') ? 'name' : 'forbidden', within === '' ? '.' : within);
    return;
  }
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = within === '' ? entry.name : `${within}/${entry.name}`;
    if (entry.isDirectory()) await visit(folder, path, walk);
    else if (entry.isFile()) walk.files.push(path);
    else if (entry.isSymbolicLink()) {
      const target = await stat(join(folder, path)).catch(() => undefined);
      if (target?.isFile() === true) walk.links.push(path);
      else walk.leave(target === undefined ? 'broken' : target.isDirectory() ? 'folder' : 'special', path);
    } else walk.leave('special', path);
  }
}

/** By its first bytes; a file that cannot be read is none. */
async function isMedia(path: string): Promise<boolean> {
  const head = await readHead(path).catch(() => new Uint8Array(0));
  return isPictureHead(head) || isVideoHead(head);
}

const MOST_NAMES = 20;

/** A line for people; `undefined` if nothing was left out. */
export function describeLeftOut(folder: string, { leftOut }: FolderContents): string | undefined {
  if (leftOut.size === 0) return undefined;
  const parts = [...leftOut].map(([reason, paths]) => {
    const more = paths.length > MOST_NAMES ? ` and ${paths.length - MOST_NAMES} more` : '';
    return `${paths.slice(0, MOST_NAMES).join(', ')}${more} (${reason})`;
  });
  return `${folder}: left out ${parts.join('; ')}`;
}
