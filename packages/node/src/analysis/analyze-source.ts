/**
 * The way of one source: opened → frame after frame → analysed → kept.
 *
 * Moments go either to a journal, from which the output is written at the end, or straight to whoever watches.
 */
import { rm, stat } from 'node:fs/promises';
import type { Analysis, Frame } from '@mien/core';
import { ExampleChooser, type KeptMoment, type Moment } from '@mien/results';
import { toVideoName } from '../annotate/plan-annotations.js';
import { openJournal, openJournalReader, type Journal, type JournalHead } from '../outputs/journal.js';
import type { SourceOutput } from '../outputs/plan-outputs.js';
import { writeOutput } from '../outputs/write-output.js';
import { isLive, openSource } from '../sources/open-source.js';
import type { OpenedSource, Sampling } from '../sources/source.js';
import type { OpenedAnalyzer } from './open-analyzer.js';
import { toFramePixels, toSourcePixels } from './source-pixels.js';

/** What is to be done with one source; plain data, which a worker can be sent. */
export interface SourceTask {
  readonly source: string;
  readonly sampling: Sampling;
  /** Where moments are kept; without it they are handed on. */
  readonly journal?: string;
  /** Written from the journal, which is removed then; without it the journal is the result. */
  readonly output?: SourceOutput;
  /** Where a copy with the faces drawn in goes. */
  readonly annotate?: string;
  /** Goes on with the journal of an earlier process. */
  readonly resume?: boolean;
}

export interface SourceObserver {
  /** Called for each moment where there is no journal; the next one waits for it. */
  readonly onMoment?: (moment: Moment) => Promise<void>;
  readonly onProgress: (progress: SourceProgress) => void;
}

export interface SourceProgress {
  /** Looked at so far by this process. */
  readonly frames: number;
  /** Of the last moment. */
  readonly timeMs?: number | undefined;
  readonly endMs?: number | undefined;
  /** Which part of what comes of it is written, 0 to 1; when all frames were looked at. */
  readonly written?: number;
}

/** Draws moments into a copy of their frames. */
interface Annotator {
  add(frame: Frame, analysis: Analysis): Promise<void>;
  end(): Promise<void>;
}

/**
 * @param opening the same source, opened beforehand
 * @throws MienError for what is wrong with the source; moments until then are kept, and written as the output
 */
export async function analyzeSource(
  { analyzer, labels }: OpenedAnalyzer,
  task: SourceTask,
  { onMoment, onProgress }: SourceObserver,
  opening?: Promise<OpenedSource>,
): Promise<void> {
  const { source, output } = task;
  const isStopped = () => task.sampling.signal?.aborted === true;
  if (isStopped()) return;
  analyzer.reset();
  const examples = output?.report === undefined ? undefined : new ExampleChooser();
  let last: Moment | undefined;
  // A video cannot be gone on with within its copy. What was live cannot either, and its moments are all there is of it.
  const replay =
    task.resume === true && (task.annotate === undefined || isLive(source))
      ? (moment: Moment) => {
          const analysis = toFramePixels(moment);
          analyzer.replay(analysis);
          examples?.choose({ ...analysis, source });
          last = moment;
        }
      : undefined;
  const journal =
    task.journal === undefined ? undefined : await openJournal(task.journal, await describe(source), replay);
  let annotator: Annotator | undefined;
  let progress: SourceProgress = { frames: 0 };
  let isDone = false;
  try {
    const isOver = last !== undefined && (last.timestampMs === undefined || isLive(source));
    if (!isOver) {
      const sampling = { ...task.sampling, afterMs: last?.timestampMs };
      const opened = await (opening ?? openSource(source, sampling));
      for await (const { frame, timestampMs, reduced } of opened.frames) {
        const analysis =
          timestampMs === undefined
            ? analyzer.analyzeImage(frame)
            : analyzer.analyzeFrame(frame, timestampMs);
        const moment: Moment = { source, ...toSourcePixels(analysis, reduced) };
        await (journal === undefined
          ? onMoment?.(moment)
          : journal.add(await withPictures(moment, { analysis, frame }, examples)));
        last = moment;
        if (task.annotate !== undefined) {
          annotator ??= await openAnnotator(task.annotate, opened, frame);
          await annotator.add(frame, analysis);
        }
        progress = { frames: progress.frames + 1, timeMs: timestampMs, endMs: opened.endMs };
        onProgress(progress);
      }
    }
    await annotator?.end();
    annotator = undefined;
    isDone = !isStopped() || isLive(source);
  } finally {
    await annotator?.end().catch(() => undefined); // What failed before is told.
    await journal?.close();
    if (journal !== undefined) {
      if (!isDone && last === undefined) await rm(journal.path, { force: true });
      else if (output !== undefined) {
        const onWritten = (written: number) => {
          onProgress({ ...progress, written });
        };
        await finish(journal, output, { labels, isDone, last, onWritten });
      }
    }
  }
}

/** Cuts out the faces that a report may show: later on, their frame, which `analysis` is in pixels of, is gone. */
async function withPictures(
  moment: Moment,
  { analysis, frame }: { readonly analysis: Analysis; readonly frame: Frame },
  examples: ExampleChooser | undefined,
): Promise<KeptMoment> {
  const chosen = examples?.choose({ ...analysis, source: moment.source }) ?? [];
  if (chosen.length === 0) return moment;
  const { cutOutFace } = await import('../annotate/cut-out-face.js');
  const pictures: Record<number, string> = {};
  for (const index of chosen) {
    const face = analysis.faces[index];
    if (face !== undefined) pictures[index] = (await cutOutFace(frame, face.box)).toString('base64');
  }
  return { ...moment, pictures };
}

interface Ending {
  readonly labels: readonly string[];
  readonly isDone: boolean;
  readonly last: Moment | undefined;
  readonly onWritten: (part: number) => void;
}

/** How often the pages of a recording go through its moments. */
const PAGE_PASSES = 2;

/** Also of a source that failed: what was seen until then is of use. Its journal stays for another try. */
async function finish(
  { path }: Journal,
  output: SourceOutput,
  { labels, isDone, last, onWritten }: Ending,
): Promise<void> {
  const isPicture = last !== undefined && last.timestampMs === undefined;
  const hasPages = !isPicture && (output.timeline !== undefined || output.report !== undefined);
  const read = await openJournalReader(path, hasPages ? 1 + PAGE_PASSES : 1, onWritten);
  await writeOutput(read(), output.path, output.format, labels);
  if (hasPages) {
    const { writeRecordingPages } = await import('../outputs/write-recording-pages.js');
    await writeRecordingPages(read, output, labels, isDone);
  }
  // That of a picture waits for the report that it shares with the others.
  if (isDone && !(isPicture && output.report !== undefined)) await rm(path, { force: true });
}

async function openAnnotator(path: string, { kind, sound }: OpenedSource, first: Frame): Promise<Annotator> {
  if (kind === 'footage') {
    const { openAnnotatedVideo } = await import('../annotate/write-annotated-video.js');
    return openAnnotatedVideo(toVideoName(path), first, sound);
  }
  const { writeAnnotatedPicture } = await import('../annotate/write-annotated-picture.js');
  return {
    add: (frame, { faces }) => writeAnnotatedPicture(frame, faces, path),
    end: () => Promise.resolve(),
  };
}

/** A source that is no file (a camera, a pipe) has neither size nor date. */
export async function describe(source: string): Promise<JournalHead> {
  const status = isLive(source) ? undefined : await stat(source).catch(() => undefined);
  return { source, sizeBytes: status?.size ?? 0, modifiedMs: status?.mtimeMs ?? 0 };
}
