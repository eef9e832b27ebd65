/**
 * The finished sources of a results folder: which file each result belongs to, and the state of that file at the time.
 *
 * One JSON line per source, appended when its output is written. A process that is killed before that loses the line and
 * analyses the source again, with the same bytes as result. A run that does not resume keeps the owners of other results,
 * without their state, so that no later run replaces them by the result of another source.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { isRecord } from '@mien/core';
import { isLive } from '../sources/open-source.js';
import type { SourceState } from './source-state.js';
import { toWriteError } from './to-write-error.js';

export interface FinishedSources {
  /** Whether a source was finished in this state. */
  has(output: string, state: SourceState): boolean;
  /** The source that an output belongs to, if that is another one. */
  ownerOtherThan(output: string, source: string): string | undefined;
  /**
   * Begins this run.
   *
   * @param outputs of this run; unless it resumes, they are no longer finished
   * @throws MienError `OUTPUT_FAILED`
   */
  begin(outputs: readonly string[]): Promise<void>;
  /** @throws MienError `OUTPUT_FAILED` */
  add(output: string, state: SourceState): Promise<void>;
}

const FILE = '.mien-finished.ndjson';

interface FinishedSource {
  /** Relative to the folder, as all paths in the file. */
  readonly output: string;
  readonly source: string;
  /** The source's file, which does not depend on the working directory. Files of older versions lack it. */
  readonly file: string;
  /** Its state as JSON; absent if the output was made by a run that is not resumed. */
  readonly state: string;
}

/** @param resume whether sources count that an earlier process finished */
export async function readFinishedSources(folder: string, resume: boolean): Promise<FinishedSources> {
  const path = join(folder, FILE);
  const toFile = (source: string) => (isLive(source) ? source : relative(resolve(folder), resolve(source)));
  const text = await readFile(path, 'utf8').catch(() => '');
  const all = new Map(text.split('\n').flatMap((line) => parseLine(line, toFile)));
  const keyOf = (output: string) => relative(folder, output);
  const write = async (writing: Promise<void>) => {
    await writing.catch((cause: unknown) => {
      throw toWriteError(path, cause);
    });
  };
  return {
    has: (output, state) => resume && all.get(keyOf(output))?.state === JSON.stringify(state),
    ownerOtherThan(output, source) {
      const owner = all.get(keyOf(output));
      return owner === undefined || owner.file === toFile(source) ? undefined : owner.source;
    },
    async begin(outputs) {
      if (resume && text !== '') {
        await write(appendFile(path, '\n')); // Ends a line that was cut off.
        return;
      }
      const begun = new Set(outputs.map(keyOf));
      const others = [...all.values()].filter(({ output }) => !begun.has(output));
      const lines = others.map(({ output, source, file }) => toLine({ output, source, file }));
      await write(writeFile(path, lines.join('')));
    },
    add: (output, state) =>
      write(appendFile(path, toLine({ output: keyOf(output), ...state, file: toFile(state.source) }))),
  };
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function parseLine(
  line: string,
  toFile: (source: string) => string,
): [output: string, finished: FinishedSource][] {
  try {
    const value = JSON.parse(line) as unknown;
    if (!isRecord(value)) return [];
    const { output, file, ...state } = value;
    const { source } = state;
    if (typeof output !== 'string' || typeof source !== 'string') return [];
    const place = typeof file === 'string' ? file : toFile(source);
    return [[output, { output, source, file: place, state: JSON.stringify(state) }]];
  } catch {
    return []; // Empty, or cut off.
  }
}
