/**
 * Analyses the newest frame of a video, over and over.
 *
 *   a frame is presented → if idle, it is captured and sent
 *                        → if busy, only its time is remembered
 *   a result arrives     → if a newer frame was presented, the current frame is captured and sent
 *
 * So at most one frame is in flight, and frames that the device cannot keep up with are skipped.
 */
import type { Analysis } from '@mien/core';

export interface WatchOptions {
  /** Minimum time between analysed frames, in milliseconds. Default 0: as fast as the device can. */
  readonly minIntervalMs?: number;
  /** Whether results have each face's crop, as the network sees it. Default false. */
  readonly crops?: boolean;
  /** Called if an error ends the watch. Default: the error is reported as uncaught. */
  readonly onError?: (error: Error) => void;
  /** Stops the watch. */
  readonly signal?: AbortSignal;
}

export interface WatchInfo {
  /** Time from the presentation of the frame to its result. */
  readonly latencyMs: number;
  /** Number of presented frames that were skipped so far. */
  readonly skippedFrames: number;
}

export type OnResult<Result extends Analysis = Analysis> = (result: Result, info: WatchInfo) => void;

interface WatchTask extends WatchOptions {
  readonly onResult: OnResult;
  /** @param restarts whether the time decreased or the source changed */
  readonly analyze: (timestampMs: number, restarts: boolean) => Promise<Analysis>;
  readonly onStop: () => void;
}

/** Polling interval without frame callbacks. In hidden pages browsers raise it to a second. */
const TIMER_MS = 200;

/** Events after which a paused video shows another frame. */
const PICTURE_EVENTS = ['loadeddata', 'seeked'] as const;

/** @returns a function that stops the watch */
export function watchVideo(video: HTMLVideoElement, task: WatchTask): () => void {
  const { minIntervalMs = 0, onResult, onError = reportError, analyze, onStop, signal } = task;
  let hasStopped = false;
  let isBusy = false;
  /** A function, because the value changes during awaits. */
  const isStopped = () => hasStopped;
  /** The newest frame that was not captured yet. */
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
    video.removeEventListener('pause', takeShown);
    signal?.removeEventListener('abort', stop);
    onStop();
  };

  function onFrame(frame: PresentedFrame): void {
    clearTimeout(expectation);
    if (newest !== undefined) skippedFrames++;
    newest = frame;
    void takeNewest();
  }

  async function takeNewest(hasWaited = false): Promise<void> {
    if (isStopped() || isBusy || newest === undefined) return;
    const takenAt = hasWaited ? performance.now() : newest.atMs;
    if (takenAt < lastTakenAt + minIntervalMs) {
      // A video that plays has other frames then; a paused one keeps showing this one.
      if (video.paused) {
        clearTimeout(expectation);
        expectation = setTimeout(
          () => void takeNewest(true),
          lastTakenAt + minIntervalMs - performance.now(),
        );
      }
      return;
    }
    // While its source is being changed, a video has no frame.
    if (!hasPicture(video)) return;
    const { atMs } = newest;
    const { timestampMs, restarts } = clock(newest);
    newest = undefined;
    lastTakenAt = takenAt;
    isBusy = true;
    try {
      const result = await analyze(timestampMs, restarts);
      isBusy = false;
      if (isStopped()) return;
      onResult(result, { latencyMs: performance.now() - atMs, skippedFrames });
    } catch (error) {
      isBusy = false;
      if (isStopped()) return;
      // Its source was removed meanwhile; another one may follow.
      if (!hasPicture(video)) return;
      stop();
      onError(error instanceof Error ? error : new Error(String(error)));
    }
    void takeNewest();
  }

  /** A frame that came within the minimum interval was left to those after it: when the video is paused, none comes. */
  function takeShown(): void {
    void takeNewest();
  }

  /** A paused video may have presented its frame before the watch began, and Chromium does not report every seek. */
  function expectFrame(): void {
    clearTimeout(expectation);
    expectation = setTimeout(() => {
      if (hasPicture(video)) onFrame(currentFrame(video));
    }, TIMER_MS);
  }

  /** Waits for the next frame: by frame callbacks, or by polling where there are none. */
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
  video.addEventListener('pause', takeShown);
  schedule();
  expectFrame();
  return stop;
}

interface PresentedFrame {
  /** `performance.now()` at its presentation. */
  readonly atMs: number;
  /** Position in the video. */
  readonly positionMs: number;
}

function hasPicture(video: HTMLVideoElement): boolean {
  return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
}

function currentFrame(video: HTMLVideoElement): PresentedFrame {
  return { atMs: performance.now(), positionMs: video.currentTime * 1000 };
}

/** Timers and frame callbacks disagree by a frame or two: a smaller decrease is not a seek. */
const CLOCK_DIFFERENCE_MS = 100;

/**
 * The time of each frame: for a file its position, which decreases when the video is replayed; for a camera the time
 * since its first frame. A new source starts a new recording.
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
