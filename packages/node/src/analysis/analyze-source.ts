/**
 * The analysis of one source: open → read frames → analyse → store.
 *
 * Results go either to a journal, from which the output is written at the end, or directly to the observer.
 */
import { rm } from 'node:fs/promises';
import type { Analysis, Frame } from '@mien/core';
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
  { onResult, onProgress, onNote }: SourceObserver,
  opening?: Promise<OpenedSource>,
): Promise<void> {
  const { source, output } = task;
  const isStopped = () => task.sampling.signal?.aborted === true;
  if (isStopped()) return;
  analyzer.reset();
  const examples = output?.report === undefined ? undefined : new ExampleChooser();
  let last: FrameResult | undefined;
  /** The last result of an earlier process, which waits for the pixels of its frame, and the time of the one before it. */
  let waiting: Analysis | undefined;
  let beforeMs: number | undefined;
  const replayWaiting = (frame?: Frame) => {
    if (waiting !== undefined) analyzer.replay(waiting, frame);
    waiting = undefined;
  };
  // An annotated copy cannot be resumed, so its video is analysed from the start. A live source is over: its stored
  // results are all there is.
  const replay =
    task.resume === true && (task.annotate === undefined || isLive(source))
      ? (result: FrameResult) => {
          const analysis = toFramePixels(result);
          replayWaiting();
          waiting = analysis;
          beforeMs = last?.timestampMs;
          examples?.choose({ ...analysis, source });
          last = result;
        }
      : undefined;
  const journal =
    task.journal === undefined
      ? undefined
      : await openJournal(task.journal, await readSourceState(source), replay);
  let annotator: Annotator | undefined;
  let endMs: number | undefined;
  let progress: SourceProgress = { frames: 0 };
  let isDone = false;
  try {
    const isOver = last !== undefined && (last.timestampMs === undefined || isLive(source));
    if (!isOver) {
      const opened = await (opening ?? openTask(task, beforeMs));
      ({ endMs } = opened);
      for (const note of opened.notes ?? []) onNote(`${source}: ${note}`);
      const isSampled = keepsEveryFrame(task) ? createSampler(task.sampling) : () => true;
      let held: Analysis | undefined;
      for await (const { frame, timestampMs, reduced } of opened.frames) {
        if (waiting !== undefined) {
          const isAgain = timestampMs !== undefined && timestampMs <= (waiting.timestampMs ?? -Infinity);
          replayWaiting(isAgain ? frame : undefined);
          if (isAgain) continue;
        }
        const isWanted = timestampMs === undefined || isSampled(timestampMs);
        if (!isWanted && held !== undefined) {
          // Between two samples the copy shows the faces of the last one.
          await annotator?.add(frame, { ...held, timestampMs });
          continue;
        }
        const analysis =
          timestampMs === undefined
            ? analyzer.analyzeImage(frame)
            : analyzer.analyzeFrame(frame, timestampMs);
        const result: FrameResult = { source, ...toSourcePixels(analysis, reduced) };
        await (journal === undefined
          ? onResult?.(result)
          : journal.add(await withPictures(result, { analysis, frame }, examples)));
        last = result;
        if (task.annotate !== undefined) {
          annotator ??= await openAnnotator(task.annotate, opened, frame);
          await annotator.add(frame, analysis);
          held = analysis;
        }
        progress = { frames: progress.frames + 1, timeMs: timestampMs, endMs };
        onProgress(progress);
      }
    }
    await annotator?.end();
    annotator = undefined;
    isDone = !isStopped() || isLive(source);
  } finally {
    await annotator?.end().catch(() => undefined); // An earlier error is being reported.
    await journal?.close();
    if (journal !== undefined) {
      if (!isDone && last === undefined) await rm(journal.path, { force: true });
      else if (output !== undefined) {
        const onWritten = (written: number) => {
          onProgress({ ...progress, written });
        };
        await finish(journal, output, { labels, isDone, last, endMs, onWritten });
      }
    }
  }
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

interface Ending {
  readonly labels: readonly string[];
  readonly isDone: boolean;
  readonly last: FrameResult | undefined;
  readonly endMs: number | undefined;
  readonly onWritten: (part: number) => void;
}

/** How often the results are read for the pages of a recording. */
const PAGE_PASSES = 2;

/** Also writes what was read of a source that failed; its journal stays for another try. */
async function finish(
  { path }: Journal,
  output: SourceOutput,
  { labels, isDone, last, endMs, onWritten }: Ending,
): Promise<void> {
  const isPicture = last !== undefined && last.timestampMs === undefined;
  const hasPages = !isPicture && (output.timeline !== undefined || output.report !== undefined);
  const read = await openJournalReader(path, hasPages ? 1 + PAGE_PASSES : 1, onWritten);
  await writeOutput(read(), output.path, output.format, labels);
  if (hasPages) {
    const { writeRecordingPages } = await import('../results-folder/write-recording-pages.js');
    await writeRecordingPages(read, output, { labels, isWhole: isDone, endMs });
  }
  // The journal of a picture waits for the report about all pictures.
  if (isDone && !(isPicture && output.report !== undefined)) await rm(path, { force: true });
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
