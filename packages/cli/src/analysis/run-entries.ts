/** Sources in their order: those that work is done on, and those that lead nowhere. */
import { stat } from 'node:fs/promises';
import { MienError } from '@mien/core';
import { readJournal } from '../outputs/journal.js';
import type { Moment } from '../outputs/moment.js';
import type { MissingSource } from '../sources/find-sources.js';
import type { OpenedSource } from '../sources/source.js';
import type { AnalysisProgress } from './analysis-progress.js';
import type { SourceTask } from './analyze-source.js';
import type { Executor } from './executor.js';

export type Entry = SourceTask | MissingSource;

/** Where results and errors go. */
export interface Printer {
  readonly progress: AnalysisProgress;
  /** What was told to `fail`, in its order. */
  readonly failures: readonly Failure[];
  moment(moment: Moment): Promise<void>;
  end(): Promise<void>;
  /** @param source absent where it is about all of them */
  fail(error: MienError, source?: string): void;
}

export interface Failure {
  readonly source: string;
  readonly message: string;
}

/**
 * Hands all tasks to the executor and prints what comes of them in their order; one that fails does not stop the others.
 *
 * @param opening the first source, opened beforehand
 */
export async function runEntries(
  entries: readonly Entry[],
  executor: Executor,
  printer: Printer,
  opening?: Promise<OpenedSource>,
): Promise<void> {
  const { progress } = printer;
  const start = async (entry: Entry, index: number) => {
    if ('error' in entry) throw entry.error;
    if (entry.resume === true && (await isFinished(entry))) return;
    const observer = {
      onMoment: (moment: Moment) => printer.moment(moment),
      onProgress: (state: Parameters<AnalysisProgress['onFrame']>[2]) => {
        progress.onFrame(index, entry.source, state);
      },
    };
    await executor.run(entry, observer, index === 0 ? opening : undefined);
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
      const bug = `${entry.source}: ${String(error)} (a bug; please report it)`;
      printer.fail(
        error instanceof MienError ? error : new MienError('INPUT_INVALID', bug, { cause: error }),
        entry.source,
      );
    }
    progress.onDone(index);
  }
  progress.clear();
}

/** The moments of a source that another thread looked at before it was its turn. */
async function handOn(entry: Entry, printer: Printer): Promise<void> {
  if ('error' in entry || entry.journal === undefined || entry.output !== undefined) return;
  if (!(await exists(entry.journal))) return;
  for await (const moment of readJournal(entry.journal)) await printer.moment(moment);
}

/** Its output (and its report, or that of all pictures) is there and no journal says that there is work left. */
async function isFinished({ journal, output }: SourceTask): Promise<boolean> {
  if (journal === undefined || output === undefined) return false;
  if (!(await exists(output.path)) || (await exists(journal))) return false;
  const { report } = output;
  return report === undefined || (await exists(report.path)) || (await exists(report.picturesPath));
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
