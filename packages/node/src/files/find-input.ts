import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { isThere } from './is-there.js';

/** In a folder that is read, these may be from an earlier run: no collection keeps its pictures or labels in them. */
const REPORT = /\.(?:html?|csv|json|md)$/i;

/** The file that a path leads to: two names of one file give the same. Of nothing, the absolute path. */
export async function toRealPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

/**
 * The input that would be lost if a file was written: the same file, or a folder that holds it.
 *
 * @param inputs files and folders that are read; absent ones are skipped
 */
export async function findInput(
  output: string,
  inputs: readonly (string | undefined)[],
): Promise<string | undefined> {
  if (!(await isThere(output))) return undefined;
  const target = await toRealPath(output);
  for (const input of inputs) {
    if (input === undefined) continue;
    const read = await toRealPath(input);
    if (target === read || (target.startsWith(read + sep) && !REPORT.test(target))) return input;
  }
  return undefined;
}
