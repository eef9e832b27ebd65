/** Where `--out DIR` writes: decided, and refused, before any source is read. */
import { basename, join } from 'node:path';
import { MienError } from '@mien/core';
import type { FoundSource } from '../sources/find-sources.js';
import { isLive, STANDARD_INPUT } from '../sources/open-source.js';
import type { Format } from './formatter.js';

/** The file of every source: `<its name>.<format>`; of a folder's files with the folders that they are in. */
export function planOutputs(
  sources: readonly FoundSource[],
  folder: string,
  format: Format,
): ReadonlyMap<FoundSource, string> {
  const plan = new Map<FoundSource, string>();
  const taken = new Map<string, string>();
  for (const found of sources) {
    const path = join(folder, `${found.inFolder ?? toFileName(found.source)}.${format}`);
    const other = taken.get(path);
    if (other !== undefined) {
      throw new MienError(
        'USAGE',
        `--out: ${other} and ${found.source} would both become ${path}; give them one by one, or the folder above them`,
      );
    }
    taken.set(path, found.source);
    plan.set(found, path);
  }
  return plan;
}

/** `rtsp://door/1` becomes `rtsp-door-1`. */
function toFileName(source: string): string {
  if (source === STANDARD_INPUT) return 'stdin';
  return isLive(source) ? source.replace(/\/\/[^/@]*@/, '//').replace(/[^\w.]+/g, '-') : basename(source);
}
