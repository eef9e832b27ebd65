/** The closing lines of `mien analyze --out` and `--annotate`: which files were written, and what was finished before. */
import { stat } from 'node:fs/promises';
import { toCounted } from '@mien/results';

/**
 * To be called before the run.
 *
 * @returns gives the files that were created or replaced since
 */
export async function watchFiles(paths: Iterable<string>): Promise<() => Promise<string[]>> {
  const watched = [...new Set(paths)];
  const before = await Promise.all(watched.map(identify));
  return async () => {
    const after = await Promise.all(watched.map(identify));
    return watched.filter((_, index) => after[index] !== undefined && after[index] !== before[index]);
  };
}

/** Files are written under another name and renamed: one that was replaced has another inode. */
async function identify(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.ino} ${found.mtimeMs}`;
}

export interface RunCounts {
  /** Files. */
  readonly written: number;
  /** Sources that an earlier run had finished. */
  readonly skipped: number;
  /** Sources. */
  readonly total: number;
}

/** `undefined` where nothing was written and nothing had been finished: errors say why. */
export function summarizeRun(folder: string, { written, skipped, total }: RunCounts): string | undefined {
  if (skipped === total) {
    const sources = total === 1 ? 'the source was' : `all ${total} sources were`;
    const also = written === 0 ? '' : `; wrote ${toCounted(written, 'file')}`;
    return `nothing to analyse: ${sources} finished already in ${folder}${also}`;
  }
  const parts = [
    ...(written === 0 ? [] : [`wrote ${toCounted(written, 'file')} to ${folder}`]),
    ...(skipped === 0 ? [] : [`${skipped} of ${total} sources were finished already`]),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}
