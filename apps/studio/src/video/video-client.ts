/** The page's side of the video worker. Each task gets a worker of its own, which ends with it. */
import type { AnnotateTask, CopyTask, FromVideoWorker, ToVideoWorker } from './messages.js';

/** A frame to analyse, and its time in the video. `image` is to be closed. */
export interface DecodedFrame {
  readonly timestampMs: number;
  readonly image: ImageBitmap;
}

export type Opened = Extract<FromVideoWorker, { kind: 'opened' }>;
export type Unreadable = Extract<FromVideoWorker, { kind: 'unreadable' }>;

export interface DecodedVideo {
  readonly opened: Opened | Unreadable;
  /** The next frame; `undefined` after the last one. */
  next(): Promise<DecodedFrame | undefined>;
  close(): void;
}

/** As many frames are decoded while others are read. */
const AHEAD = 2;

/**
 * Opens a video by WebCodecs, to read the first frame of every interval.
 *
 * @throws Error for a damaged file; the signal's reason
 */
export async function decodeVideo(file: Blob, everyMs: number, signal?: AbortSignal): Promise<DecodedVideo> {
  if (!('VideoDecoder' in globalThis)) return closed({ kind: 'unreadable' });
  const worker = new VideoWorker(signal);
  worker.post({ kind: 'read', file, everyMs });
  const opened = await worker.receive();
  if (opened.kind !== 'opened') {
    worker.end();
    if (opened.kind === 'unreadable') return closed(opened);
    throw new Error(opened.kind === 'failed' ? opened.message : opened.kind);
  }
  for (let frame = 0; frame < AHEAD; frame++) worker.post({ kind: 'next' });
  return {
    opened,
    async next() {
      const message = await worker.receive();
      if (message.kind === 'frame') {
        worker.post({ kind: 'next' });
        return message;
      }
      worker.end();
      if (message.kind === 'failed') throw new Error(message.message);
      return undefined;
    },
    close: () => worker.end(),
  };
}

function closed(opened: Unreadable): DecodedVideo {
  return { opened, next: () => Promise.resolve(undefined), close: () => undefined };
}

export interface WrittenVideo {
  readonly bytes: ArrayBuffer;
  /** Why the sound is not in it. */
  readonly lostSound?: string;
}

/**
 * @param onProgress 0…1
 * @throws Error where the browser cannot encode it; the signal's reason
 */
export function annotateVideo(
  task: AnnotateTask,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<WrittenVideo> {
  return writeVideo(task, onProgress, signal);
}

/**
 * The same video with its length and an index, so that players can jump in it.
 *
 * @throws Error for what cannot be copied
 */
export async function copyVideo(file: Blob): Promise<Blob> {
  const container = file.type === 'video/mp4' ? 'mp4' : 'webm';
  const { bytes } = await writeVideo({ kind: 'copy', file, container });
  return new Blob([bytes], { type: `video/${container}` });
}

async function writeVideo(
  task: AnnotateTask | CopyTask,
  onProgress: (part: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<WrittenVideo> {
  const worker = new VideoWorker(signal);
  try {
    worker.post(task);
    for (;;) {
      const message = await worker.receive();
      if (message.kind === 'progress') onProgress(message.part);
      else if (message.kind === 'written') return message;
      else throw new Error(message.kind === 'failed' ? message.message : message.kind);
    }
  } finally {
    worker.end();
  }
}

class VideoWorker {
  readonly #worker = new Worker(new URL('./video-worker.ts', import.meta.url), {
    type: 'module',
    name: 'mien-video',
  });
  readonly #received: FromVideoWorker[] = [];
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromVideoWorker>) => {
      this.#received.push(data);
      this.#wake();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Error(event.message === '' ? 'the video worker could not be loaded' : event.message));
    };
    const stop = () => this.#fail(signal?.reason instanceof Error ? signal.reason : new Error('stopped'));
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop, { once: true });
  }

  post(message: ToVideoWorker): void {
    this.#worker.postMessage(message);
  }

  async receive(): Promise<FromVideoWorker> {
    while (this.#received.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#received.shift()!;
  }

  end(): void {
    this.#worker.terminate();
    for (const message of this.#received.splice(0)) if (message.kind === 'frame') message.image.close();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.end();
    this.#wake();
  }
}
