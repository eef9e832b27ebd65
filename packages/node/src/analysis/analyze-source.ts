/**
 * The analysis of one source: take over what an earlier process left → read frames, analyse, store → write the output.
 *
 * Results go either to a journal, from which the output is written at the end, or directly to the observer.
 */
import { rm } from 'node:fs/promises';
import type { Analysis, Analyzer, Frame } from '@mien/core';
import { ExampleChooser, type FrameRecord, type FrameResult } from '@mien/results';
import { toVideoName } from '../annotate/plan-annotations.js';
import { openJournal, openJournalReader, type Journal } from '../results-folder/journal.js';
import type { SourceOutput } from '../results-folder/plan-outputs.js';
import { readSourceState } from '../results-folder/source-state.js';
import { writeOutput } from '../results-folder/write-output.js';
import { isLive, openSource } from '../sources/open-source.js';
import { createSampler } from '../sources/sampling.js';
import type { OpenedSource, Sampling } from '../sources/source.js';
import type { OpenedAnalyzer } from './open-analyzer.js';
import { toFramePixels, toSourcePixels } from './source-pixels.js';

/** What to do with one source; plain data, which can be sent to a worker. */
export interface SourceTask {
  readonly source: string;
  readonly sampling: Sampling;
  /** File for the results; without it they go to the observer. */
  readonly journal?: string;
  /** Written from the journal, which is then removed; without it the journal is the result. */
  readonly output?: SourceOutput;
  /** File for an annotated copy. */
  readonly annotate?: string;
  /** Whether to continue the journal of an earlier process. */
  readonly resume?: boolean;
}

export interface SourceObserver {
  /** Called for each result if there is no journal; the next frame waits for it. */
  readonly onResult?: (result: FrameResult) => Promise<void>;
  readonly onProgress: (progress: SourceProgress) => void;
  /** Called with lines for people about what of the source is not read. */
  readonly onNote: (line: string) => void;
}

export interface SourceProgress {
  /** Analysed so far by this process. */
  readonly frames: number;
  /** Time of the last result. */
  readonly timeMs?: number | undefined;
  readonly endMs?: number | undefined;
  /** The part of the output that is written, 0 to 1; once all frames are analysed. */
  readonly written?: number;
}

/** One analysis of a source, as far as it got. */
interface SourceRun {
  readonly analyzer: Analyzer;
  readonly labels: readonly string[];
  readonly task: SourceTask;
  readonly observer: SourceObserver;
  /** Of the results of an earlier process. */
  readonly replay: Replay;
  /** For the report. */
  readonly examples: ExampleChooser | undefined;
  /** The last result, of this process or an earlier one. */
  last: FrameResult | undefined;
  /** The time of the last but one result of an earlier process: from there on, frames are read again. */
  beforeMs: number | undefined;
  endMs: number | undefined;
  progress: SourceProgress;
}

/** Draws faces into a copy of the frames. */
interface Annotator {
  add(frame: Frame, analysis: Analysis): Promise<void>;
  end(): Promise<void>;
}

/** Whether the annotated copy keeps every frame of its video, although only some of them are analysed. */
function keepsEveryFrame({ source, annotate, sampling }: SourceTask): boolean {
  return annotate !== undefined && sampling.everyMs !== undefined && !isLive(source);
}

/** Opens the source of a task, to be passed to `analyzeSource`. */
export function openTask(task: SourceTask, afterMs?: number): Promise<OpenedSource> {
  const { source, sampling } = task;
  const everyMs = keepsEveryFrame(task) ? undefined : sampling.everyMs;
  return openSource(source, { ...sampling, everyMs, afterMs });
}

/**
 * @param opening what {@link openTask} returned for the same task
 * @throws MienError if the source cannot be read; earlier results are kept, and written as the output
 */
export async function analyzeSource(
  { analyzer, labels }: OpenedAnalyzer,
  task: SourceTask,
  observer: SourceObserver,
  opening?: Promise<OpenedSource>,
): Promise<void> {
  const isStopped = () => task.sampling.signal?.aborted === true;
  if (isStopped()) return;
  analyzer.reset();
  const run: SourceRun = {
    ...{ analyzer, labels, task, observer },
    replay: createReplay(analyzer),
    examples: task.output?.report === undefined ? undefined : new ExampleChooser(),
    ...{ last: undefined, beforeMs: undefined, endMs: undefined },
    progress: { frames: 0 },
  };
  const journal = await openTaskJournal(run);
  try {
    if (!isOver(run)) await readFrames(run, journal, opening);
  } catch (error) {
    // What was read until then is written too. If that fails as well, the first error says why.
    await writeResults(run, journal, false).catch(() => undefined);
    throw error;
  }
  await writeResults(run, journal, !isStopped() || isLive(task.source));
}

/** Opens the journal of a task that has one, and takes over what an earlier process left in it. */
async function openTaskJournal(run: SourceRun): Promise<Journal | undefined> {
  const { source, journal, resume, annotate } = run.task;
  if (journal === undefined) return undefined;
  // An annotated copy cannot be resumed, so its video is analysed from the start. A live source is over: its stored
  // results are all there is.
  const isResumed = resume === true && (annotate === undefined || isLive(source));
  const takeOver = (result: FrameResult) => {
    const analysis = toFramePixels(result);
    run.replay.add(analysis);
    run.examples?.choose({ ...analysis, source });
    run.beforeMs = run.last?.timestampMs;
    run.last = result;
  };
  return openJournal(journal, await readSourceState(source), isResumed ? takeOver : undefined);
}

/** Whether an earlier process has read all there is. */
function isOver({ last, task }: SourceRun): boolean {
  return last !== undefined && (last.timestampMs === undefined || isLive(task.source));
}

interface Replay {
  add(analysis: Analysis): void;
  /** Whether the frame is that of the last result, which is not analysed again. To be asked for every frame. */
  isAgain(frame: Frame, timestampMs: number | undefined): boolean;
}

/** Shows results of an earlier process to the analyzer. The last one waits for the pixels of its frame. */
function createReplay(analyzer: Analyzer): Replay {
  let waiting: Analysis | undefined;
  const replayWaiting = (frame?: Frame) => {
    if (waiting !== undefined) analyzer.replay(waiting, frame);
    waiting = undefined;
  };
  return {
    add: (analysis) => {
      replayWaiting();
      waiting = analysis;
    },
    isAgain: (frame, timestampMs) => {
      if (waiting === undefined) return false;
      const isAgain = timestampMs !== undefined && timestampMs <= (waiting.timestampMs ?? -Infinity);
      replayWaiting(isAgain ? frame : undefined);
      return isAgain;
    },
  };
}

/** Reads the source to its end: analyses its frames, stores the results, and draws the annotated copy. */
async function readFrames(
  run: SourceRun,
  journal: Journal | undefined,
  opening?: Promise<OpenedSource>,
): Promise<void> {
  const { analyzer, task, observer, replay } = run;
  const { source, sampling, annotate } = task;
  const opened = await (opening ?? openTask(task, run.beforeMs));
  const { frames, notes = [], endMs } = opened;
  run.endMs = endMs;
  for (const note of notes) observer.onNote(`${source}: ${note}`);
  const isSampled = keepsEveryFrame(task) ? createSampler(sampling) : () => true;
  const copy = annotate === undefined ? undefined : createCopy(annotate, opened);
  let held: Analysis | undefined;
  try {
    for await (const { frame, timestampMs, reduced } of frames) {
      if (replay.isAgain(frame, timestampMs)) continue;
      const isWanted = timestampMs === undefined || isSampled(timestampMs);
      if (!isWanted && held !== undefined) {
        // Between two samples the copy shows the faces of the last one.
        await copy?.add(frame, { ...held, timestampMs });
        continue;
      }
      const analysis =
        timestampMs === undefined ? analyzer.analyzeImage(frame) : analyzer.analyzeFrame(frame, timestampMs);
      const result: FrameResult = { source, ...toSourcePixels(analysis, reduced) };
      await (journal === undefined
        ? observer.onResult?.(result)
        : journal.add(await withPictures(result, { analysis, frame }, run.examples)));
      run.last = result;
      await copy?.add(frame, analysis);
      held = analysis;
      run.progress = { frames: run.progress.frames + 1, timeMs: timestampMs, endMs };
      observer.onProgress(run.progress);
    }
  } catch (error) {
    await copy?.end().catch(() => undefined);
    throw error;
  }
  await copy?.end();
}

/** Cuts out the faces that a report may show, while the frame is at hand; `analysis` is in pixels of the frame. */
async function withPictures(
  result: FrameResult,
  { analysis, frame }: { readonly analysis: Analysis; readonly frame: Frame },
  examples: ExampleChooser | undefined,
): Promise<FrameRecord> {
  const chosen = examples?.choose({ ...analysis, source: result.source }) ?? [];
  if (chosen.length === 0) return result;
  const { cutOutFace } = await import('../annotate/cut-out-face.js');
  const pictures: Record<number, string> = {};
  for (const index of chosen) {
    const face = analysis.faces[index];
    if (face !== undefined) pictures[index] = (await cutOutFace(frame, face.box)).toString('base64');
  }
  return { ...result, pictures };
}

/** How often the results are read for the pages of a recording. */
const PAGE_PASSES = 2;

/**
 * Writes the output from the journal; without an output, the journal is the result.
 *
 * Also writes what was read of a source that failed; its journal stays for another try.
 */
async function writeResults(run: SourceRun, journal: Journal | undefined, isDone: boolean): Promise<void> {
  await journal?.close();
  if (journal === undefined) return;
  const { path } = journal;
  const { labels, last, endMs } = run;
  const { output } = run.task;
  if (!isDone && last === undefined) return rm(path, { force: true });
  if (output === undefined) return;
  const isPicture = last !== undefined && last.timestampMs === undefined;
  const hasPages = !isPicture && (output.timeline !== undefined || output.report !== undefined);
  const read = await openJournalReader(path, hasPages ? 1 + PAGE_PASSES : 1, (written) => {
    run.observer.onProgress({ ...run.progress, written });
  });
  await writeOutput(read(), output.path, output.format, labels, endMs);
  if (hasPages) {
    const { writeRecordingPages } = await import('../results-folder/write-recording-pages.js');
    await writeRecordingPages(read, output, { labels, isWhole: isDone, endMs });
  }
  // The journal of a picture waits for the report about all pictures.
  if (isDone && !(isPicture && output.report !== undefined)) await rm(path, { force: true });
}

/** An annotated copy, opened for its first frame. */
function createCopy(path: string, source: OpenedSource): Annotator {
  let opening: Promise<Annotator> | undefined;
  return {
    add: async (frame, analysis) => {
      opening ??= openAnnotator(path, source, frame);
      await (await opening).add(frame, analysis);
    },
    end: async () => (await opening)?.end(),
  };
}

async function openAnnotator(path: string, { kind, sound }: OpenedSource, first: Frame): Promise<Annotator> {
  if (kind === 'video') {
    const { openAnnotatedVideo } = await import('../annotate/write-annotated-video.js');
    return openAnnotatedVideo(toVideoName(path), first, sound);
  }
  const { writeAnnotatedPicture } = await import('../annotate/write-annotated-picture.js');
  return {
    add: (frame, { faces }) => writeAnnotatedPicture(frame, faces, path),
    end: () => Promise.resolve(),
  };
}
