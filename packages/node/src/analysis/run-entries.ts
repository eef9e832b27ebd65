/** Sources in their order: those that work is done on, and those that lead nowhere. */
import { MienError } from '@mien/core';
import type { Moment } from '@mien/results';
import { isThere } from '../files/is-there.js';
import { readJournal } from '../outputs/journal.js';
import type { MissingSource } from '../sources/find-sources.js';
import { isLive } from '../sources/open-source.js';
import type { OpenedSource } from '../sources/source.js';
import { describe, type SourceProgress, type SourceTask } from './analyze-source.js';
import type { Executor } from './executor.js';
import type { FinishedSources } from './finished-sources.js';

export type Entry = SourceTask | MissingSource;

/** How far the work is, for people. */
export interface AnalysisProgress {
  /** More frames of the source with this index were looked at, or more of what they gave was written. */
  onFrame(index: number, source: string, progress: SourceProgress): void;
  onDone(index: number): void;
  /** Takes the line away. */
  clear(): void;
}

/** Where results and errors go. */
export interface Printer {
  readonly progress: AnalysisProgress;
  /** What was told to `fail`, in its order. */
  readonly failures: readonly Failure[];
  moment(moment: Moment): Promise<void>;
  end(): Promise<void>;
  /** @param source absent where it is about all of them */
  fail(error: MienError, source?: string): void;
  /** A line that is about all of it. */
  say(text: string): void;
}

export interface Failure {
  readonly source: string;
  readonly message: string;
}

export interface Run {
  readonly executor: Executor;
  readonly printer: Printer;
  /** The first source, opened beforehand. */
  readonly opening?: Promise<OpenedSource> | undefined;
  /** Of the folder of outputs, where there is one. */
  readonly finished?: FinishedSources | undefined;
  /** Ends all work that is not done yet: what has no room now has none for the others either. */
  readonly stop: () => void;
}

/**
 * Hands all tasks to the executor and prints what comes of them in their order; one that fails does not stop the others.
 *
 * @returns how many failed, and how many were not done to their end because all was stopped
 */
export async function runEntries(
  entries: readonly Entry[],
  { executor, printer, opening, finished, stop }: Run,
): Promise<{ readonly failed: number; readonly left: number }> {
  const { progress } = printer;
  let [failed, left] = [0, 0];
  const start = async (entry: Entry, index: number) => {
    if ('error' in entry) throw entry.error;
    const { source, output, sampling } = entry;
    let isEmpty = entry.resume !== true; // An earlier process may have seen it all.
    const head = finished === undefined ? undefined : await describe(source);
    const isFinished =
      head !== undefined && output !== undefined && finished?.has(output.path, head) === true;
    if (entry.resume === true && isFinished && !(await hasWorkLeft(entry))) return;
    const observer = {
      onMoment: (moment: Moment) => printer.moment(moment),
      onProgress: (state: SourceProgress) => {
        isEmpty &&= state.frames === 0;
        progress.onFrame(index, source, state);
      },
    };
    await executor.run(entry, observer, index === 0 ? opening : undefined).catch((error: unknown) => {
      if (isDiskFull(error)) stop(); // at once, whose turn it may be
      throw error;
    });
    if (sampling.signal?.aborted === true && !isLive(source)) {
      left++;
      return;
    }
    if (isEmpty && sampling.signal?.aborted !== true) {
      printer.say(`${source}: has no frame in the time asked for (--from, --to)`);
    }
    if (output !== undefined && head !== undefined) await finished?.add(output.path, head);
  };
  // Several at once are all begun here and awaited in their order; one by one, each begins in its turn.
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
        await handOn(entry, printer); // also what was seen before it failed
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
  return { failed, left };
}

function isDiskFull(error: unknown): boolean {
  const cause = error instanceof MienError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === 'ENOSPC' || cause?.code === 'EDQUOT';
}

/** The moments of a source that another thread looked at before it was its turn. */
async function handOn(entry: Entry, printer: Printer): Promise<void> {
  if ('error' in entry || entry.journal === undefined || entry.output !== undefined) return;
  if (!(await isThere(entry.journal))) return;
  for await (const moment of readJournal(entry.journal)) await printer.moment(moment);
}

/** Its output (or its report, and that of all pictures) is gone, or a journal says that it is not all. */
async function hasWorkLeft({ journal, output }: SourceTask): Promise<boolean> {
  if (journal === undefined || output === undefined) return true;
  if (!(await isThere(output.path)) || (await isThere(journal))) return true;
  const { report } = output;
  return report !== undefined && !(await isThere(report.path)) && !(await isThere(report.picturesPath));
}
