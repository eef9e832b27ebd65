/** Runs the analysis of many sources, and prints results and errors in the order of the sources. */
import { MienError } from '@mien/core';
import type { FrameResult } from '@mien/results';
import { isThere } from '../files/is-there.js';
import { readJournal } from '../results-folder/journal.js';
import type { Failure, ResultsFolder } from '../results-folder/results-folder.js';
import { readSourceState } from '../results-folder/source-state.js';
import type { MissingSource } from '../sources/find-sources.js';
import { isLive } from '../sources/open-source.js';
import type { OpenedSource } from '../sources/source.js';
import type { SourceProgress, SourceTask } from './analyze-source.js';
import type { Executor } from './executor.js';

export type Entry = SourceTask | MissingSource;

/** Shows progress to people. */
export interface AnalysisProgress {
  /** More frames of the source with this index were analysed, or more of its output was written. */
  onFrame(index: number, source: string, progress: SourceProgress): void;
  onDone(index: number): void;
  /** Removes the progress line. */
  clear(): void;
}

/** Where results and errors go. */
export interface Printer {
  readonly progress: AnalysisProgress;
  /** All calls of `fail` with a source, in their order. */
  readonly failures: readonly Failure[];
  result(result: FrameResult): Promise<void>;
  end(): Promise<void>;
  /** @param source absent if the error concerns all of them */
  fail(error: MienError, source?: string): void;
  /** Prints what of a source was not read; no error. */
  note(text: string): void;
  /** Prints a line about the whole run. */
  say(text: string): void;
}

export interface Run {
  readonly executor: Executor;
  readonly printer: Printer;
  /** The first source, if it was opened beforehand. */
  readonly opening?: Promise<OpenedSource> | undefined;
  /** Absent if results are printed. */
  readonly folder?: ResultsFolder | undefined;
  /** Stops all remaining work, because the disk is full. */
  readonly stop: () => void;
}

/**
 * Passes all tasks to the executor and prints their results in order. A task that fails does not stop the others.
 *
 * @returns how many failed, how many were not finished because the run was stopped, and how many were skipped because an
 *   earlier run had finished them
 */
export async function runEntries(
  entries: readonly Entry[],
  { executor, printer, opening, folder, stop }: Run,
): Promise<{ readonly failed: number; readonly left: number; readonly skipped: number }> {
  const { progress } = printer;
  let [failed, left, skipped] = [0, 0, 0];
  const start = async (entry: Entry, index: number) => {
    if ('error' in entry) throw entry.error;
    const { source, output, sampling } = entry;
    let isEmpty = entry.resume !== true; // An earlier process may have analysed all frames.
    const state = folder === undefined ? undefined : await readSourceState(source);
    const isFinished =
      output !== undefined && state !== undefined && (await folder?.isFinished(output, state)) === true;
    if (isFinished) {
      skipped++;
      return;
    }
    const observer = {
      onResult: (result: FrameResult) => printer.result(result),
      onNote: (line: string) => {
        printer.note(line);
      },
      onProgress: (state: SourceProgress) => {
        isEmpty &&= state.frames === 0;
        progress.onFrame(index, source, state);
      },
    };
    await executor.run(entry, observer, index === 0 ? opening : undefined).catch((error: unknown) => {
      if (isDiskFull(error)) stop(); // At once, not in the source's turn.
      throw error;
    });
    if (sampling.signal?.aborted === true && !isLive(source)) {
      left++;
      return;
    }
    if (isEmpty && sampling.signal?.aborted !== true) {
      printer.say(`${source}: has no frame in the time asked for (--from, --to)`);
    }
    if (output !== undefined && state !== undefined) await folder?.markFinished(output, state);
  };
  // With several jobs, all are started here and awaited in order; otherwise each one starts in its turn.
  const begun = entries.map((entry, index) => {
    if (executor.jobs === 1) return undefined;
    const running = start(entry, index);
    running.catch(() => undefined); // Reported in its turn.
    return running;
  });
  for (const [index, entry] of entries.entries()) {
    try {
      try {
        await (begun[index] ?? start(entry, index));
      } finally {
        await printSpooled(entry, printer); // also the results before a failure
      }
    } catch (error) {
      failed++;
      const bug = `${entry.source}: ${String(error)} (a bug; please report it)`;
      printer.fail(
        error instanceof MienError ? error : new MienError('INPUT_INVALID', bug, { cause: error }),
        entry.source,
      );
    }
    progress.onDone(index);
  }
  progress.clear();
  return { failed, left, skipped };
}

function isDiskFull(error: unknown): boolean {
  const cause = error instanceof MienError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === 'ENOSPC' || cause?.code === 'EDQUOT';
}

/** Prints the results of a source that a worker analysed before its turn. */
async function printSpooled(entry: Entry, printer: Printer): Promise<void> {
  if ('error' in entry || entry.journal === undefined || entry.output !== undefined) return;
  if (!(await isThere(entry.journal))) return;
  for await (const result of readJournal(entry.journal)) await printer.result(result);
}
