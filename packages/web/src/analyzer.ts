/**
 * The entry point for pages: models are loaded, a worker is started, and pictures go through it.
 *
 *   the page                                      its worker
 *   createAnalyzer   files of the models ───────→ loads them into the engine
 *   analyze, watch   a picture, unread ─────────→ pixels → faces → expressions
 *                    result ←────────────────────
 */
import { MienError, type Analysis, type ClassifierManifest } from '@mien/core';
import { findAssets } from './assets/asset-urls.js';
import { loadModelBytes, type ModelSource } from './assets/load-model-bytes.js';
import type { FrameOfStream, ModelContract } from './protocol/messages.js';
import { toPicture, type AnalysisSource } from './to-picture.js';
import { watchVideo, type OnResult, type WatchOptions } from './watch-video.js';
import { WorkerClient } from './worker-client.js';

export interface AnalyzerOptions extends ModelContract {
  /** Reads the expressions. Default `mini-xception`. */
  readonly model?: ModelSource;
  /** Finds the faces: `blazeface-short-range` (default), `haar-frontalface`, or a file. */
  readonly detector?: ModelSource;
  /** The model's manifest, as `JSON.parse` gives it, where it is not beside the file. */
  readonly manifest?: unknown;
  /**
   * How soon a followed face shows that it went from one clear expression to another, in milliseconds: shorter is
   * quicker, longer is calmer. Default 300.
   */
  readonly responseTimeMs?: number;
  /** The folder with the files that `npx mien-web-assets` copied, for bundlers that do not find them themselves. */
  readonly assetsUrl?: string | URL;
  /** Called while the models' weights are loaded. */
  readonly onProgress?: (progress: LoadingProgress) => void;
  /** Stops the loading. */
  readonly signal?: AbortSignal;
}

export interface LoadingProgress {
  readonly loadedBytes: number;
  /** Absent while the server has not said how large every file is. */
  readonly totalBytes?: number;
}

export interface AnalyzeOptions {
  /** Gives the picture up: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Analyzer {
  /** What the model says about itself: its id, labels, licence. */
  readonly model: ClassifierManifest;
  /** Id of the detector, as results carry it. */
  readonly detector: string;
  /**
   * Finds the faces of one picture and reads their expressions. Boxes are in pixels of the upright picture. No face is
   * an empty list. The source can be changed or closed as soon as the call has returned.
   *
   * @throws MienError `INPUT_INVALID` for a picture that cannot be decoded, `INPUT_TOO_LARGE`, `USAGE` for something
   *   else or pixels that the page must not read, `WORKER_FAILED`; the signal's reason
   */
  analyze(source: AnalysisSource, options?: AnalyzeOptions): Promise<Analysis>;
  /**
   * The same for one frame of a video, and follows the faces from frame to frame: each has an `id` once it is
   * confirmed, and `smoothed` values beside those of this frame alone.
   *
   * @param timestampMs the frame's time; not before that of the frame before it, unless `reset` was called
   * @throws MienError as `analyze`, and `USAGE` when time goes back
   */
  analyzeFrame(source: AnalysisSource, timestampMs: number, options?: AnalyzeOptions): Promise<Analysis>;
  /**
   * Analyses the newest frame of a video or camera, again and again, and follows the faces. Frames that come while
   * another one is analysed are left out; none waits. A paused video is waited for, and one that jumps back starts over.
   *
   * @param onResult called with each result; times are the position in the video, of a camera from its first frame on
   * @returns stops it: no result comes afterwards
   */
  watch(video: HTMLVideoElement, onResult: OnResult, options?: WatchOptions): () => void;
  /** Forgets the faces that are followed; the next one is number 1 again. */
  reset(): void;
  /** Ends the worker and frees its memory. Calls that wait are rejected. */
  dispose(): void;
}

/** The stream of `analyzeFrame`; each `watch` has one of its own. */
const CALLERS_STREAM = 0;

/**
 * Loads models and starts a worker for them.
 *
 * @throws MienError `NOT_FOUND` or `INPUT_UNREADABLE` when a file cannot be loaded, `MODEL_INVALID` or `UNSUPPORTED` for
 *   a model that cannot be used, `WORKER_FAILED` when the worker cannot be started, `USAGE` for an option out of range;
 *   the signal's reason
 *
 * @example
 * const analyzer = await createAnalyzer();
 * const { faces } = await analyzer.analyze(document.querySelector('img'));
 * for (const { expression, box } of faces) console.log(expression, box); // happy { x: 174.6, y: 75.9, … }
 */
export async function createAnalyzer(options: AnalyzerOptions = {}): Promise<Analyzer> {
  const { labels, inputRange, manifest, responseTimeMs, assetsUrl, onProgress, signal } = options;
  signal?.throwIfAborted();
  const assets = findAssets(assetsUrl);
  const client = new WorkerClient(assets.worker);
  const load = { assets, signal, onProgress: onProgress && createProgress(onProgress) };
  try {
    const [model, detector] = await client.raceEnd(
      Promise.all([
        loadModelBytes(options.model ?? 'mini-xception', manifest, { ...load, role: 'model' }),
        loadModelBytes(options.detector ?? 'blazeface-short-range', undefined, { ...load, role: 'detector' }),
      ]),
    );
    const contract = { ...(labels && { labels }), ...(inputRange && { inputRange }) };
    const { parts } = assets;
    const { lockName } = client;
    const opened = await client.call(
      { kind: 'open', parts, model, contract, detector, responseTimeMs, lockName },
      [model.bytes.buffer, detector.bytes.buffer] as ArrayBuffer[],
      signal,
    );
    return new WorkerAnalyzer(client, opened.manifest, opened.detector);
  } catch (error) {
    client.terminate(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

class WorkerAnalyzer implements Analyzer {
  #nextStream = CALLERS_STREAM + 1;
  readonly #stops = new Set<() => void>();

  constructor(
    private readonly client: WorkerClient,
    readonly model: ClassifierManifest,
    readonly detector: string,
  ) {}

  analyze(source: AnalysisSource, { signal }: AnalyzeOptions = {}): Promise<Analysis> {
    return this.#send(source, undefined, signal);
  }

  analyzeFrame(
    source: AnalysisSource,
    timestampMs: number,
    { signal }: AnalyzeOptions = {},
  ): Promise<Analysis> {
    return this.#send(source, { stream: CALLERS_STREAM, timestampMs, restarts: false }, signal);
  }

  watch(video: HTMLVideoElement, onResult: OnResult, options: WatchOptions = {}): () => void {
    const stream = this.#nextStream++;
    const stopWatching = watchVideo(video, {
      ...options,
      onResult,
      analyze: (timestampMs, restarts) => this.#send(video, { stream, timestampMs, restarts }),
      onStop: () => {
        this.#stops.delete(stopWatching);
        this.client.note({ note: 'closeStream', stream });
      },
    });
    this.#stops.add(stopWatching);
    return stopWatching;
  }

  reset(): void {
    this.client.note({ note: 'reset' });
  }

  dispose(): void {
    for (const stop of [...this.#stops]) stop();
    this.client.terminate(new MienError('USAGE', 'analyzer: used after dispose(); create another one'));
  }

  async #send(source: AnalysisSource, frame?: FrameOfStream, signal?: AbortSignal): Promise<Analysis> {
    signal?.throwIfAborted();
    const { picture, transfer } = await toPicture(source);
    try {
      return await this.client.call({ kind: 'analyze', picture, ...(frame && { frame }) }, transfer, signal);
    } catch (cause) {
      if (!(cause instanceof DOMException && cause.name === 'DataCloneError')) throw cause;
      throw new MienError(
        'USAGE',
        'analyze: the picture comes from another origin, so this page may not read its pixels; set crossOrigin = "anonymous" ' +
          'before its src, on a server that allows it',
        { cause },
      );
    }
  }
}

/** Sums up the progress of several files. */
function createProgress(onProgress: (progress: LoadingProgress) => void) {
  const files = new Map<string, { loaded: number; total: number | undefined }>();
  return (url: string, loaded: number, total: number | undefined): void => {
    files.set(url, { loaded, total });
    const loadedBytes = [...files.values()].reduce((sum, file) => sum + file.loaded, 0);
    const totalBytes = [...files.values()].reduce((sum, file) => sum + (file.total ?? NaN), 0);
    onProgress({ loadedBytes, ...(!Number.isNaN(totalBytes) && { totalBytes }) });
  };
}
