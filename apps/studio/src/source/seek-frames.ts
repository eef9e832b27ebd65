/** Frames of a video by a video element that is sent from time to time: slower than decoding, but it reads what the browser plays. */

export interface SeekOptions {
  readonly durationMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** A decoder that shows no frame for this long after a seek has none there. */
const FRAME_TIMEOUT_MS = 400;

/** The element shows the frame until the next one is asked for. */
export async function* seekFrames(
  url: string,
  { durationMs, everyMs, signal }: SeekOptions,
): AsyncGenerator<{ readonly timestampMs: number; readonly picture: HTMLVideoElement }, void, void> {
  const video = createVideo(url);
  try {
    await waitFor(video, 'loadeddata', signal);
    let lastMs = -1;
    for (let timeMs = 0; timeMs < durationMs && !signal.aborted; timeMs += everyMs) {
      const timestampMs = await seek(video, timeMs, signal);
      if (timestampMs <= lastMs) continue;
      lastMs = timestampMs;
      yield { timestampMs, picture: video };
    }
  } finally {
    video.removeAttribute('src');
    video.load();
  }
}

/** @returns the time of the frame that is shown then, as the file states it */
export async function seek(video: HTMLVideoElement, timeMs: number, signal: AbortSignal): Promise<number> {
  const presented = new Promise<number>((resolve) => {
    setTimeout(() => resolve(video.currentTime * 1000), FRAME_TIMEOUT_MS);
    video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime * 1000));
  });
  if (Math.abs(video.currentTime * 1000 - timeMs) > 1) {
    const seeked = waitFor(video, 'seeked', signal);
    video.currentTime = timeMs / 1000;
    await seeked;
  }
  return presented;
}

export function waitFor(
  video: HTMLVideoElement,
  event: 'loadeddata' | 'seeked',
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    video.addEventListener(event, () => resolve(), { once: true, signal });
    video.addEventListener('error', () => reject(new Error(video.error?.message ?? 'damaged')), {
      once: true,
      signal,
    });
    signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')), { once: true });
  });
}

export function createVideo(url: string): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.preload = 'auto';
  video.src = url;
  return video;
}
