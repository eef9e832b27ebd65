/**
 * A video file: looked through at five frames a second, as fast as the device can decode and read, while the person already
 * plays it. Frames come from a worker that decodes the file, or, where that cannot be, from a second video element.
 */
import { effect, signal } from '@preact/signals';
import { MienError } from '@mien/web';
import { notify } from '../state/notices.js';
import { keepCrops } from '../state/crops.js';
import { readers } from '../state/readers.js';
import { addFrame, clearRecording, SAMPLE_INTERVAL_MS } from '../state/recording.js';
import { openScene, scene } from '../state/scene.js';
import { decodeVideo } from '../video/video-client.js';
import { mayReplace } from '../unsaved/may-replace.js';
import { reportReadingProblem } from './report-problem.js';
import { words } from '../words/words.js';
import { beginOpening, isWiped } from '../state/opening.js';
import { createVideo, seekFrames } from './seek-frames.js';
import { describeUnreadable } from './unreadable-video.js';

/** How far the video was read, 0 to 1; `undefined` where none is open. */
export const videoProgress = signal<number | undefined>(undefined);

export async function openVideo(file: File): Promise<void> {
  const opening = beginOpening();
  if (file.size === 0) {
    notify(words.peek().problems.empty(file.name));
    return;
  }
  const url = URL.createObjectURL(file);
  const video = createVideo(url);
  const release = (): void => {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      video.onloadeddata = () => resolve();
      video.onerror = () => reject(new Error(video.error?.message ?? ''));
    });
    if (video.videoWidth === 0) throw new Error('no picture');
  } catch {
    URL.revokeObjectURL(url);
    const problem = await describeUnreadable(file);
    if (!isWiped(opening)) notify(problem);
    return;
  }
  const durationMs = await durationOf(video, file);
  if (!(await mayReplace(opening))) {
    release();
    return;
  }
  openScene(
    {
      kind: 'video',
      name: file.name,
      file,
      url,
      durationMs,
      width: video.videoWidth,
      height: video.videoHeight,
    },
    () => {
      clearRecording();
      release();
    },
  );
}

/** Recordings of browsers do not state their length. */
async function durationOf(video: HTMLVideoElement, file: Blob): Promise<number> {
  if (Number.isFinite(video.duration)) return video.duration * 1000;
  const decoded = await decodeVideo(file, SAMPLE_INTERVAL_MS).catch(() => undefined);
  decoded?.close();
  if (decoded?.opened.kind === 'opened') return decoded.opened.durationMs;
  // An element that is sent beyond the end goes to the end.
  const changed = new Promise((resolve) => video.addEventListener('durationchange', resolve, { once: true }));
  video.currentTime = Number.MAX_SAFE_INTEGER;
  await changed;
  return video.duration * 1000;
}

/** Reads the video that is open with the models that are chosen. */
export function followVideo(): () => void {
  return effect(() => {
    const now = scene.value;
    const chosen = readers.value;
    if (now.kind !== 'video' || chosen.length === 0) {
      videoProgress.value = undefined;
      return undefined;
    }
    if (now.readBy !== undefined && chosen.every(({ choice }) => now.readBy?.includes(choice.id))) {
      videoProgress.value = 1;
      return undefined;
    }
    const stopping = new AbortController();
    clearRecording();
    void readVideo(now, chosen, stopping.signal).catch((error: unknown) => {
      const isReported = error instanceof MienError && error.code === 'WORKER_FAILED';
      if (!stopping.signal.aborted && !isReported)
        notify(words.peek().problems.other(now.name, error instanceof Error ? error.message : String(error)));
    });
    return () => stopping.abort();
  });
}

async function readVideo(
  { file, url, durationMs }: Extract<typeof scene.value, { kind: 'video' }>,
  chosen: typeof readers.value,
  signal: AbortSignal,
): Promise<void> {
  for (const { analyzer } of chosen) analyzer.reset();
  const isStopped = () => signal.aborted;
  for await (const { timestampMs, picture } of framesOf(file, url, durationMs, signal)) {
    if (isStopped()) return;
    await Promise.all(
      chosen.map(async (reader) => {
        try {
          const result = await reader.analyzer.analyzeFrame(picture, timestampMs, {
            signal,
            crops: true,
            search: 'picture', // as `mien analyze` reads it
          });
          if (!signal.aborted) addFrame(reader.choice.id, keepCrops(result));
        } catch (error) {
          if (error instanceof MienError && error.code === 'WORKER_FAILED' && !signal.aborted)
            reportReadingProblem(reader, error); // The video is read again by the one that is loaded then.
          throw error;
        }
      }),
    );
    if (!isStopped()) videoProgress.value = Math.min(0.999, (timestampMs + SAMPLE_INTERVAL_MS) / durationMs);
  }
  if (!isStopped()) videoProgress.value = 1;
}

interface TimedPicture {
  readonly timestampMs: number;
  /** May be used until the next one is asked for. */
  readonly picture: ImageBitmap | HTMLVideoElement;
}

async function* framesOf(
  file: Blob,
  url: string,
  durationMs: number,
  signal: AbortSignal,
): AsyncGenerator<TimedPicture, void, void> {
  const decoded = await decodeVideo(file, SAMPLE_INTERVAL_MS, signal);
  if (decoded.opened.kind === 'unreadable') {
    yield* seekFrames(url, { durationMs, everyMs: SAMPLE_INTERVAL_MS, signal });
    return;
  }
  try {
    for (let frame = await decoded.next(); frame !== undefined; frame = await decoded.next()) {
      try {
        yield { timestampMs: frame.timestampMs, picture: frame.image };
      } finally {
        frame.image.close();
      }
    }
  } finally {
    decoded.close();
  }
}
