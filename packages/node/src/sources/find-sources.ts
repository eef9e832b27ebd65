/** Finds the sources for names on the command line: searches folders, and matches patterns that the shell did not expand. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { PICTURE_ENDINGS, VIDEO_ENDINGS } from './file-kinds.js';
import { isLive } from './open-source.js';

export interface FoundSource {
  readonly source: string;
  /** Its path in the folder in which it was found, with `/`; absent if it was named itself. */
  readonly inFolder?: string;
}

/** A name without a source; the other sources are not affected. */
export interface MissingSource {
  readonly source: string;
  readonly error: MienError;
}

const ALL_MEDIA = `**/*.{${[...PICTURE_ENDINGS, ...VIDEO_ENDINGS].join(',')}}`;
/** Without hidden files, and without links to folders, which may be circular. */
const WALK = { dot: false, followSymbolicLinks: false, onlyFiles: true, caseSensitiveMatch: false } as const;

/** In the order of the names; the files of a folder or pattern are sorted. */
export async function findSources(names: readonly string[]): Promise<(FoundSource | MissingSource)[]> {
  const found = await Promise.all(names.map(findNamed));
  return found.flat();
}

async function findNamed(name: string): Promise<(FoundSource | MissingSource)[]> {
  if (isLive(name)) return [{ source: name }];
  const status = await stat(name).catch(() => undefined);
  if (status?.isDirectory() === true) return findInFolder(name);
  // The name of a file may look like a pattern.
  if (status !== undefined) return [{ source: name }];
  const { glob, isDynamicPattern } = await loadGlob();
  if (!isDynamicPattern(name)) return [{ source: name }];
  const pattern = process.platform === 'win32' ? name.replaceAll('\\', '/') : name;
  const paths = (await glob(pattern, { ...WALK, caseSensitiveMatch: true, expandDirectories: false })).sort();
  return paths.length > 0
    ? paths.map((source) => ({ source }))
    : [missing(name, 'nothing matches it; check the pattern')];
}

async function findInFolder(folder: string): Promise<(FoundSource | MissingSource)[]> {
  const { glob } = await loadGlob();
  const paths = (await glob(ALL_MEDIA, { ...WALK, cwd: folder })).sort();
  if (paths.length === 0) return [missing(folder, 'is a folder without pictures or videos; name another')];
  return paths.map((path) => ({ source: join(folder, path), inFolder: path }));
}

/** Loaded on demand: most calls name files and should start fast. */
function loadGlob() {
  return import('tinyglobby');
}

function missing(source: string, why: string): MissingSource {
  return { source, error: new MienError('INPUT_UNREADABLE', `${source}: ${why}`) };
}
