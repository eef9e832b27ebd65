/**
 * The name of each source's files below the results folder: its file name; for files of a searched folder, their path in
 * it. If names collide, the folders that differ are added: `d1/a.jpg` and `d2/a.jpg` keep these names instead of `a.jpg`.
 */
import { basename, resolve, sep } from 'node:path';
import { MienError } from '@mien/core';
import { isLive, STANDARD_INPUT } from '../sources/open-source.js';

export interface NamedSource {
  readonly source: string;
  /** Its path in the folder in which it was found, with `/`. */
  readonly inFolder?: string;
}

interface Candidate<Source> {
  readonly source: Source;
  /** All parts of its absolute path; one part for a source that is not a file. */
  readonly parts: readonly string[];
  /** How many of the last parts make up its name. */
  length: number;
  /** The folder in which it was found: its sources get longer names together. */
  readonly root: string;
}

/**
 * @returns a name for each source, with `/`
 * @throws MienError `USAGE` if a source is named twice
 */
export function nameOutputs<Source extends NamedSource>(
  sources: readonly Source[],
): ReadonlyMap<Source, string> {
  const candidates = sources.map(toCandidate);
  requireDistinct(candidates);
  for (;;) {
    const roots = findCollisions(candidates);
    const growing = candidates.filter(({ root, length, parts }) => roots.has(root) && length < parts.length);
    if (growing.length === 0) break;
    for (const candidate of growing) candidate.length++;
  }
  return new Map(candidates.map((candidate) => [candidate.source, nameOf(candidate)]));
}

function toCandidate<Source extends NamedSource>(source: Source): Candidate<Source> {
  const { source: name, inFolder } = source;
  if (isLive(name)) return { source, parts: [toFileName(name)], length: 1, root: name };
  const parts = resolve(name)
    .split(sep)
    .filter((part) => part !== '')
    .map((part) => part.replace(/:$/, '')); // a drive of Windows
  const length = inFolder === undefined ? 1 : inFolder.split('/').length;
  return { source, parts, length, root: parts.slice(0, -length).join('/') };
}

function requireDistinct(candidates: readonly Candidate<NamedSource>[]): void {
  const seen = new Set<string>();
  for (const { source, parts } of candidates) {
    const key = isLive(source.source) ? source.source : parts.join('/');
    if (seen.has(key)) throw new MienError('USAGE', `--out: ${source.source} is named twice; name it once`);
    seen.add(key);
  }
}

/** The roots of all sources that share a name with another one. */
function findCollisions(candidates: readonly Candidate<NamedSource>[]): Set<string> {
  const byName = new Map<string, Candidate<NamedSource>[]>();
  for (const candidate of candidates) {
    const name = nameOf(candidate);
    byName.set(name, [...(byName.get(name) ?? []), candidate]);
  }
  const colliding = [...byName.values()].filter(({ length }) => length > 1).flat();
  return new Set(colliding.map(({ root }) => root));
}

function nameOf({ parts, length }: Candidate<unknown>): string {
  return parts.slice(-length).join('/');
}

/** Parameters of a URL whose values are nobody's business: `pwd=`, `access_token=`, `apikey=`. */
const SECRET_PARAMETER = /([?&][^=&]*(?:pass|pwd|token|key|secret|auth|sig)[^=&]*)=[^&#]*/gi;

/** `rtsp://me:secret@door/1` becomes `rtsp-door-1`. As for ffmpeg, credentials end at the last @ before the path. */
export function toFileName(source: string): string {
  if (source === STANDARD_INPUT) return 'stdin';
  if (!isLive(source)) return basename(source);
  return source
    .replace(/\/\/[^/?#]*@/, '//')
    .replace(SECRET_PARAMETER, '$1')
    .replace(/[^\w.]+/g, '-');
}
