/**
 * A video file: looked through at five frames a second, as fast as the device can seek and read, while the person
 * already plays it. A second element does the seeking, so the one that is shown is not disturbed.
 */
import { effect, signal } from '@preact/signals';
import { MienError } from '@mien/web';
import { notify } from '../state/notices.js';
import { keepCrops } from '../state/crops.js';
import { readers } from '../state/readers.js';
import { addFrame, clearRecording, SAMPLE_INTERVAL_MS } from '../state/recording.js';
import { openScene, scene } from '../state/scene.js';
import { reportReadingProblem } from './report-problem.js';
import { words } from '../words/words.js';

/** A decoder that shows no frame for this long after a seek has none there. */
const FRAME_TIMEOUT_MS = 400;

/** How far the video was read, 0 to 1; `undefined` where none is open. */
export const videoProgress = signal<number | undefined>(undefined);

export async function openVideo(file: File): Promise<void> {
  const url = URL.createObjectURL(file);
  const video = createVideo(url);
  try {
    await new Promise<void>((resolve, reject) => {
      video.onloadeddata = () => resolve();
      video.onerror = () => reject(new Error(video.error?.message ?? ''));
    });
    if (video.videoWidth === 0) throw new Error('no picture');
  } catch {
    URL.revokeObjectURL(url);
    notify(words.peek().problems.video(file.name));
    return;
  }
  openScene(
    {
      kind: 'video',
      name: file.name,
      url,
      durationMs: video.duration * 1000,
      width: video.videoWidth,
      height: video.videoHeight,
    },
    () => {
      clearRecording();
      video.removeAttribute('src');
      video.load();
      URL.revokeObjectURL(url);
    },
  );
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
    const stopping = new AbortController();
    clearRecording();
    void readVideo(now.url, now.durationMs, chosen, stopping.signal).catch((error: unknown) => {
      const isReported = error instanceof MienError && error.code === 'WORKER_FAILED';
      if (!stopping.signal.aborted && !isReported)
        notify(words.peek().problems.other(now.name, error instanceof Error ? error.message : String(error)));
    });
    return () => stopping.abort();
  });
}

async function readVideo(
  url: string,
  durationMs: number,
  chosen: typeof readers.value,
  signal: AbortSignal,
): Promise<void> {
  const video = createVideo(url);
  try {
    await once(video, 'loadeddata', signal);
    for (const { analyzer } of chosen) analyzer.reset();
    let lastMs = -1;
    const isStopped = () => signal.aborted;
    for (let timeMs = 0; timeMs < durationMs && !isStopped(); timeMs += SAMPLE_INTERVAL_MS) {
      const shownMs = await seek(video, timeMs, signal);
      if (shownMs > lastMs) {
        lastMs = shownMs;
        await Promise.all(
          chosen.map(async (reader) => {
            try {
              const result = await reader.analyzer.analyzeFrame(video, shownMs, { signal, crops: true });
              if (!signal.aborted) addFrame(reader.choice.id, keepCrops(result));
            } catch (error) {
              if (error instanceof MienError && error.code === 'WORKER_FAILED' && !signal.aborted)
                reportReadingProblem(reader, error); // The video is read again by the one that is loaded then.
              throw error;
            }
          }),
        );
      }
      if (!isStopped()) videoProgress.value = Math.min(1, (timeMs + SAMPLE_INTERVAL_MS) / durationMs);
    }
    if (!isStopped()) videoProgress.value = 1;
  } finally {
    video.removeAttribute('src');
    video.load();
  }
}

/** @returns the time of the frame that is shown then, as the file states it */
async function seek(video: HTMLVideoElement, timeMs: number, signal: AbortSignal): Promise<number> {
  const presented = new Promise<number>((resolve) => {
    setTimeout(() => resolve(video.currentTime * 1000), FRAME_TIMEOUT_MS);
    video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime * 1000));
  });
  if (Math.abs(video.currentTime * 1000 - timeMs) > 1) {
    const seeked = once(video, 'seeked', signal);
    video.currentTime = timeMs / 1000;
    await seeked;
  }
  return presented;
}

function once(video: HTMLVideoElement, event: 'loadeddata' | 'seeked', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    video.addEventListener(event, () => resolve(), { once: true, signal });
    video.addEventListener('error', () => reject(new Error(video.error?.message ?? 'damaged')), {
      once: true,
      signal,
    });
    signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')), { once: true });
  });
}

function createVideo(url: string): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.preload = 'auto';
  video.src = url;
  return video;
}
