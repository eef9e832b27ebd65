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

/** How often a page without frame callbacks looks for a new frame. Of a hidden page browsers make it once a second. */
const TIMER_MS = 200;

/** After these a video shows another picture, also while it is paused. */
const PICTURE_EVENTS = ['loadeddata', 'seeked'] as const;

/** @returns stops it */
export function watchVideo(video: HTMLVideoElement, task: WatchTask): () => void {
  const { minIntervalMs = 0, onResult, onError = reportError, analyze, onStop, signal } = task;
  let hasStopped = false;
  let isBusy = false;
  /** As a call: it changes while something is waited for. */
  const isStopped = () => hasStopped;
  /** The newest frame that was not taken. */
  let newest: PresentedFrame | undefined;
  let lastTakenAt = -Infinity;
  let skippedFrames = 0;
  let cancelNext: () => void = () => undefined;
  let expectation: ReturnType<typeof setTimeout> | undefined;
  const clock = createClock(video);

  const stop = () => {
    if (isStopped()) return;
    hasStopped = true;
    cancelNext();
    clearTimeout(expectation);
    document.removeEventListener('visibilitychange', schedule);
    for (const event of PICTURE_EVENTS) video.removeEventListener(event, expectFrame);
    signal?.removeEventListener('abort', stop);
    onStop();
  };

  function onFrame(frame: PresentedFrame): void {
    clearTimeout(expectation);
    if (newest !== undefined) skippedFrames++;
    newest = frame;
    void takeNewest();
  }

  async function takeNewest(): Promise<void> {
    if (isStopped() || isBusy || newest === undefined || newest.atMs < lastTakenAt + minIntervalMs) return;
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
      if (isStopped()) return;
      onResult(result, { latencyMs: performance.now() - atMs, skippedFrames });
    } catch (error) {
      isBusy = false;
      if (isStopped()) return;
      // Its source was taken away under way; another one may follow.
      if (!hasPicture(video)) return;
      stop();
      onError(error instanceof Error ? error : new Error(String(error)));
    }
    void takeNewest();
  }

  /** A paused video has a picture, but its presentation may have been before, or is not told. */
  function expectFrame(): void {
    clearTimeout(expectation);
    expectation = setTimeout(() => {
      if (hasPicture(video)) onFrame(currentFrame(video));
    }, TIMER_MS);
  }

  /** Waits for the next frame in the way that the page's state allows. */
  function schedule(): void {
    cancelNext();
    if (isStopped()) return;
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
    onStop();
    return () => undefined;
  }
  signal?.addEventListener('abort', stop);
  document.addEventListener('visibilitychange', schedule);
  for (const event of PICTURE_EVENTS) video.addEventListener(event, expectFrame);
  schedule();
  expectFrame();
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

/** Those of timers and of frame callbacks differ by a frame or two: less than this is no jump back. */
const CLOCK_DIFFERENCE_MS = 100;

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
    const ownMs = isCamera ? atMs - startMs : positionMs;
    const restarts = isOther || ownMs < lastMs - CLOCK_DIFFERENCE_MS;
    const timestampMs = restarts ? Math.max(ownMs, 0) : Math.max(ownMs, lastMs, 0);
    lastMs = timestampMs;
    return { timestampMs, restarts };
  };
}
