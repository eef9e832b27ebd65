/**
 * Analyses a video's newest frame again and again.
 *
 *   a frame is presented → nothing is analysed: it is taken
 *                        → something is: it is remembered that there is a newer one, and that is all
 *   a result comes       → a newer frame was presented: what the video shows now is taken
 *
 * So at most one frame is on its way, and what the device cannot keep up with is left out.
 */
import type { Analysis } from '@mien/core';

export interface WatchOptions {
  /** Least time from one analysed frame to the next, in milliseconds. Default 0: as many as the device manages. */
  readonly minIntervalMs?: number;
  /** Called when the watching ends by an error. Default: the error goes to the page as an uncaught one. */
  readonly onError?: (error: Error) => void;
  /** Stops the watching. */
  readonly signal?: AbortSignal;
}

export interface WatchInfo {
  /** From the presentation of the frame to its result. */
  readonly latencyMs: number;
  /** Frames that were presented and left out, so far. */
  readonly skippedFrames: number;
}

export type OnResult = (result: Analysis, info: WatchInfo) => void;

interface WatchTask extends WatchOptions {
  readonly onResult: OnResult;
  /** @param restarts whether the time went back */
  readonly analyze: (timestampMs: number, restarts: boolean) => Promise<Analysis>;
  readonly onStop: () => void;
}

/** How often a hidden page, which gets no frame callbacks, looks for a new frame; browsers make it once a second. */
const TIMER_MS = 200;

/** @returns stops it */
export function watchVideo(video: HTMLVideoElement, task: WatchTask): () => void {
  const { minIntervalMs = 0, onResult, onError = reportError, analyze, onStop, signal } = task;
  let isStopped = false;
  let isBusy = false;
  /** The newest frame that was not taken. */
  let newest: PresentedFrame | undefined;
  let lastTakenAt = -Infinity;
  let skippedFrames = 0;
  let cancelNext: () => void = () => undefined;
  const clock = createClock(video);

  const stop = () => {
    if (isStopped) return;
    isStopped = true;
    cancelNext();
    document.removeEventListener('visibilitychange', schedule);
    signal?.removeEventListener('abort', stop);
    onStop();
  };

  function onFrame(frame: PresentedFrame): void {
    if (newest !== undefined) skippedFrames++;
    newest = frame;
    void takeNewest();
  }

  async function takeNewest(): Promise<void> {
    if (isStopped || isBusy || newest === undefined || newest.atMs < lastTakenAt + minIntervalMs) return;
    // Between two sources a video has no picture.
    if (!hasPicture(video)) return;
    const { atMs } = newest;
    const { timestampMs, restarts } = clock(newest);
    newest = undefined;
    lastTakenAt = atMs;
    isBusy = true;
    try {
      const result = await analyze(timestampMs, restarts);
      isBusy = false;
      if (isStopped) return;
      onResult(result, { latencyMs: performance.now() - atMs, skippedFrames });
    } catch (error) {
      if (isStopped) return;
      stop();
      onError(error instanceof Error ? error : new Error(String(error)));
    }
    void takeNewest();
  }

  /** Waits for the next frame in the way that the page's state allows. */
  function schedule(): void {
    cancelNext();
    if (isStopped) return;
    // Firefox before 132 has no frame callbacks.
    const hasCallbacks = 'requestVideoFrameCallback' in video;
    if (hasCallbacks && !document.hidden) {
      const handle = video.requestVideoFrameCallback((now, { mediaTime }) => {
        schedule();
        onFrame({ atMs: now, positionMs: mediaTime * 1000 });
      });
      cancelNext = () => video.cancelVideoFrameCallback(handle);
      return;
    }
    const seen = video.currentTime;
    const look = () => {
      schedule();
      if (video.currentTime !== seen) onFrame(currentFrame(video));
    };
    if (document.hidden) {
      const timer = setTimeout(look, TIMER_MS);
      cancelNext = () => clearTimeout(timer);
    } else {
      const handle = requestAnimationFrame(look);
      cancelNext = () => cancelAnimationFrame(handle);
    }
  }

  if (signal?.aborted === true) {
    isStopped = true;
    onStop();
    return stop;
  }
  signal?.addEventListener('abort', stop);
  document.addEventListener('visibilitychange', schedule);
  schedule();
  // A paused video presents no frame, but has one.
  if (hasPicture(video)) onFrame(currentFrame(video));
  return stop;
}

interface PresentedFrame {
  /** By the page's clock. */
  readonly atMs: number;
  /** In the video. */
  readonly positionMs: number;
}

function hasPicture(video: HTMLVideoElement): boolean {
  return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
}

function currentFrame(video: HTMLVideoElement): PresentedFrame {
  return { atMs: performance.now(), positionMs: video.currentTime * 1000 };
}

/**
 * The time of each frame: of a file the position, which goes back when the video is played again; of a camera the time
 * since its first frame. Another source is another recording.
 */
function createClock(video: HTMLVideoElement) {
  let source: unknown;
  let startMs = 0;
  let lastMs = -Infinity;
  return ({ atMs, positionMs }: PresentedFrame) => {
    const isCamera = video.srcObject !== null;
    const current = video.srcObject ?? video.currentSrc;
    const isOther = current !== source;
    if (isOther) {
      source = current;
      startMs = atMs;
      lastMs = -Infinity;
    }
    // The clocks of timers and of frame callbacks differ by a moment.
    const timestampMs = isCamera ? Math.max(atMs - startMs, lastMs) : positionMs;
    const restarts = isOther || timestampMs < lastMs;
    lastMs = timestampMs;
    return { timestampMs, restarts };
  };
}
