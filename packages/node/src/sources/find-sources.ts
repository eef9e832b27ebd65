/** Finds the sources for names on the command line: searches folders, and matches patterns that the shell did not expand. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError } from '@mien/core';
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

export interface FoundSources {
  /** In the order of the names; the files of a folder or pattern are sorted. */
  readonly sources: readonly (FoundSource | MissingSource)[];
  /** Lines about files that folders hold and that are left out. */
  readonly notes: readonly string[];
}

/** Without hidden files. */
const WALK = { dot: false, onlyFiles: true, caseSensitiveMatch: true, expandDirectories: false } as const;

export async function findSources(names: readonly string[]): Promise<FoundSources> {
  const found = await Promise.all(names.map(findNamed));
  return {
    sources: found.flatMap(({ sources }) => sources),
    notes: found.flatMap(({ notes }) => notes),
  };
}

async function findNamed(name: string): Promise<FoundSources> {
  const only = (source: FoundSource | MissingSource) => ({ sources: [source], notes: [] });
  if (isLive(name)) return only({ source: name });
  const status = await stat(name).catch(() => undefined);
  if (status?.isDirectory() === true) return findInFolder(name);
  // The name of a file may look like a pattern.
  if (status !== undefined) return only({ source: name });
  const { glob, isDynamicPattern } = await loadGlob();
  if (!isDynamicPattern(name)) return only({ source: name });
  const pattern = process.platform === 'win32' ? name.replaceAll('\\', '/') : name;
  // Links lead to files; with `**` they could lead in a circle.
  const followSymbolicLinks = !pattern.includes('**');
  const paths = (await glob(pattern, { ...WALK, followSymbolicLinks })).sort();
  return paths.length > 0
    ? { sources: paths.map((source) => ({ source })), notes: [] }
    : only(missing(name, 'nothing matches it; check the pattern'));
}

async function findInFolder(folder: string): Promise<FoundSources> {
  const { describeLeftOut, searchFolder } = await import('./search-folder.js');
  const contents = await searchFolder(folder);
  const note = describeLeftOut(folder, contents);
  return {
    sources:
      contents.paths.length === 0
        ? [missing(folder, 'is a folder without pictures or videos; name another')]
        : contents.paths.map((path) => ({ source: join(folder, path), inFolder: path })),
    notes: note === undefined ? [] : [note],
  };
}

/** Loaded on demand: most calls name files and should start fast. */
function loadGlob() {
  return import('tinyglobby');
}

function missing(source: string, why: string): MissingSource {
  return { source, error: new MienError('INPUT_UNREADABLE', `${source}: ${why}`) };
}
