/**
 * The folder of `--out`: its results, and all that is needed to resume an interrupted run.
 *
 *   <name>.<format>             the result of a source, written when it is complete (plan-outputs.ts)
 *   <name>.<format>.journal     its results so far; removed when the output is written (journal.ts)
 *   <name>.timeline.svg, .png   for --plot
 *   <name>.report.html          for --report, and pictures.report.html for all pictures (pictures-page.ts)
 *   .mien-analyze.json          the settings (settings-file.ts)
 *   .mien-finished.ndjson       the finished sources (finished-sources.ts)
 *
 * A process may be killed at any time: what it leaves is either whole or a journal from which the next one goes on.
 */
import { MienError } from '@mien/core';
import type { OnProgress } from '@mien/train';
import { isThere } from '../files/is-there.js';
import type { FoundSource } from '../sources/find-sources.js';
import { readFinishedSources, type FinishedSources } from './finished-sources.js';
import { planOutputs, type OutputRequest, type SourceOutput } from './plan-outputs.js';
import { keepSettings } from './settings-file.js';
import type { SourceState } from './source-state.js';

export interface ResultsFolderOptions extends OutputRequest {
  /** Everything that results depend on, as plain data. */
  readonly settings: object;
  /** Whether to go on with the work of an earlier run. */
  readonly resume: boolean;
}

export interface ResultsFolder {
  readonly path: string;
  /** The files of every source. */
  readonly outputs: ReadonlyMap<FoundSource, SourceOutput>;
  /** Whether an earlier run has finished the source in this state, and all of its files are there. */
  isFinished(output: SourceOutput, state: SourceState): Promise<boolean>;
  /**
   * To be called when the output is written.
   *
   * @throws MienError `OUTPUT_FAILED`
   */
  markFinished(output: SourceOutput, state: SourceState): Promise<void>;
  /**
   * Writes the page of all pictures, when all sources were analysed.
   *
   * @throws MienError `OUTPUT_FAILED`
   */
  writePages(options: PagesOptions): Promise<PagesOutcome>;
}

export interface PagesOptions {
  readonly labels: readonly string[];
  readonly failures: readonly Failure[];
  /** Whether sources are left for another run. */
  readonly isInterrupted: boolean;
  /** Called with the number of sources that were collected for the page. */
  readonly onProgress: OnProgress;
}

/** A source that could not be analysed. */
export interface Failure {
  readonly source: string;
  readonly message: string;
}

export interface PagesOutcome {
  /** Timelines were requested, and there was no recording. */
  readonly hasNothingToDraw: boolean;
}

/**
 * Opens a results folder for a run. Nothing is written if it throws `USAGE`.
 *
 * @throws MienError `USAGE` if a source is named twice, if an output is the result of another source, or to resume with
 *   other settings; `OUTPUT_FAILED`
 */
export async function openResultsFolder(
  path: string,
  sources: readonly FoundSource[],
  { settings, resume, ...request }: ResultsFolderOptions,
): Promise<ResultsFolder> {
  const outputs = planOutputs(sources, path, request);
  const finished = await readFinishedSources(path, resume);
  await requireOwnResults(outputs, finished);
  await keepSettings(path, settings, resume);
  const all = [...outputs.values()];
  await finished.begin(all.map((output) => output.path));
  // Loaded if needed, because it would delay the start of other runs.
  const pictures =
    request.report === undefined
      ? undefined
      : await (await import('./pictures-page.js')).openPicturesPage(all, resume);
  return {
    path,
    outputs,
    isFinished: async (output, state) => finished.has(output.path, state) && !(await hasWorkLeft(output)),
    markFinished: (output, state) => finished.add(output.path, state),
    async writePages({ labels, failures, isInterrupted, onProgress }) {
      // Pages are shared: they do not name the places of sources on this machine.
      const names = new Map([...outputs].map(([{ source }, { name }]) => [source, name]));
      const unreadable = failures.map(({ source, message }) =>
        renameSource(message, source, names.get(source) ?? source),
      );
      await pictures?.write(labels, unreadable, onProgress);
      if (!isInterrupted) await pictures?.close();
      const hasNothingToDraw = request.plot === true && !isInterrupted && (await hasNoTimeline(all));
      return { hasNothingToDraw };
    },
  };
}

/** Messages begin with their source, except those about standard input. */
export function renameSource(message: string, source: string, name: string): string {
  return message.startsWith(`${source}:`) ? name + message.slice(source.length) : message;
}

/** @throws MienError `USAGE` if the result of another source would be replaced */
async function requireOwnResults(
  outputs: ReadonlyMap<FoundSource, SourceOutput>,
  finished: FinishedSources,
): Promise<void> {
  for (const [{ source }, { path }] of outputs) {
    const owner = finished.ownerOtherThan(path, source);
    if (owner === undefined || !(await isThere(path))) continue;
    throw new MienError(
      'USAGE',
      `--out: ${path} is the result of ${owner} and would be replaced by that of ${source}; name both in one run, or use another folder`,
    );
  }
}

/** Whether its output or its report is missing, or a journal shows that it is incomplete. */
async function hasWorkLeft({ path, journal, report }: SourceOutput): Promise<boolean> {
  if (!(await isThere(path)) || (await isThere(journal))) return true;
  return report !== undefined && !(await isThere(report.path)) && !(await isThere(report.picturesPath));
}

async function hasNoTimeline(outputs: readonly SourceOutput[]): Promise<boolean> {
  const written = await Promise.all(outputs.map(({ path }) => isThere(path)));
  const drawn = await Promise.all(outputs.map(({ timeline }) => isThere(`${timeline ?? ''}.svg`)));
  return written.some(Boolean) && !drawn.some(Boolean);
}
