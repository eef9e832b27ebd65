/**
 * The entry point for pages: starts a worker, loads the models into it and sends it pictures.
 *
 *   the page                                      its worker
 *   createAnalyzer   model files ───────────────→ compiled networks
 *   analyze, watch   picture (no pixels read) ──→ pixels → faces → expressions
 *                    result ←────────────────────
 */
import { MienError, type Analysis, type ClassifierManifest, type Explanation } from '@mien/core';
import type { Graph } from '@mien/core/nn';
import { findAssets, resolveUrl } from './assets/asset-urls.js';
import { loadModelBytes, type ModelSource } from './assets/load-model-bytes.js';
import type {
  AnalysisWithCrops,
  FaceCrop,
  FrameOfStream,
  ModelContract,
  Opened,
} from './protocol/messages.js';
import { toPicture, type AnalysisSource } from './to-picture.js';
import { watchVideo, type OnResult, type WatchOptions } from './watch-video.js';
import { WorkerClient } from './worker-client.js';

export interface AnalyzerOptions extends ModelContract {
  /** Reads the expressions. Default `nano`. */
  readonly model?: ModelSource;
  /** Detects the faces: `blazeface-short-range` (default), `haar-frontalface`, or a file. */
  readonly detector?: ModelSource;
  /** The model's manifest, as `JSON.parse` returns it, if it is not next to the file. */
  readonly manifest?: unknown;
  /** Further files of the model, by their names: TensorFlow.js' shards, ONNX's external data, weights of `to_json`. */
  readonly modelFiles?: Readonly<Record<string, Blob | Uint8Array>>;
  /**
   * How quickly smoothed results follow a change of expression, in milliseconds. Lower values react sooner, higher values
   * are steadier. Default 300.
   */
  readonly responseTimeMs?: number;
  /**
   * URL of onnxruntime-web's module (`ort.wasm.bundle.min.mjs`, with its .wasm file next to it), for ONNX models with
   * operators that Mien's engine lacks. It is not loaded for other models.
   */
  readonly onnxRuntimeUrl?: string | URL;
  /** URL of the folder with the files copied by `npx mien-web-assets`, for bundlers that do not copy assets (esbuild). */
  readonly assetsUrl?: string | URL;
  /** Called while the weights are downloaded. */
  readonly onProgress?: (progress: LoadingProgress) => void;
  /** Cancels loading. */
  readonly signal?: AbortSignal;
}

export interface LoadingProgress {
  readonly loadedBytes: number;
  /** Absent if the server does not send the size of every file. */
  readonly totalBytes?: number;
}

export interface AnalyzeOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whether the result has each face's crop, as the network sees it. Default false. */
  readonly crops?: boolean;
}
export type WithCrops<Options> = Options & { readonly crops: true };

export interface Analyzer {
  /** The model's manifest: id, labels, licence. */
  readonly model: ClassifierManifest;
  /** What was assumed of the model's file or changed, in lines for people: labels of a known network, a softmax. */
  readonly notices: readonly string[];
  /** The engine that runs the model: `mien`, or `onnxruntime-web` and its version. */
  readonly engine: string;
  /** Id of the detector, as in results. */
  readonly detector: string;
  /**
   * Detects the faces in a picture and reads their expressions. Boxes are in pixels of the upright picture. `faces` is
   * empty if there are none. The source may be changed or closed right after the call.
   *
   * @throws MienError `INPUT_INVALID` if the picture cannot be decoded, `INPUT_TOO_LARGE`, `USAGE` for an unknown type
   *   of source or a picture of another origin, `WORKER_FAILED`; the signal's reason
   */
  analyze(source: AnalysisSource, options: WithCrops<AnalyzeOptions>): Promise<AnalysisWithCrops>;
  analyze(source: AnalysisSource, options?: AnalyzeOptions): Promise<Analysis>;
  /**
   * As `analyze`, for one frame of a video: follows the faces from frame to frame and gives each an `id` once it is
   * confirmed, and `smoothed` values.
   *
   * @param timestampMs time of the frame; must not decrease, unless `reset` was called
   * @throws MienError as `analyze`, and `USAGE` if the time decreases
   */
  analyzeFrame(
    source: AnalysisSource,
    timestampMs: number,
    options: WithCrops<AnalyzeOptions>,
  ): Promise<AnalysisWithCrops>;
  analyzeFrame(source: AnalysisSource, timestampMs: number, options?: AnalyzeOptions): Promise<Analysis>;
  /**
   * Analyses the newest frame of a video or camera, over and over, and follows the faces. Frames that arrive while another
   * is analysed are skipped; nothing is queued. A seek backwards starts again with new ids.
   *
   * @param onResult called with each result; its `timestampMs` is the position in the video, or for a camera the time since its
   *   first frame
   * @returns a function that stops it; `onResult` is not called afterwards
   */
  watch(
    video: HTMLVideoElement,
    onResult: OnResult<AnalysisWithCrops>,
    options: WithCrops<WatchOptions>,
  ): () => void;
  watch(video: HTMLVideoElement, onResult: OnResult, options?: WatchOptions): () => void;
  /**
   * Shows which parts of a crop an expression hangs on, as a heat map over the crop. A network of Mien's engine is asked by
   * gradients, in about the time of two faces: for camera frames too. For one that onnxruntime-web runs, parts of the crop
   * are covered in turn, in the time of some 145 faces.
   *
   * It shows what the network's result hangs on, for this crop: neither a cause, nor anything about the person.
   *
   * @param crop of a result that was asked for with `crops`
   * @param expression one of the model's labels
   * @throws MienError `USAGE` for a crop of another model's size, or an expression that the model does not have
   */
  explain(crop: FaceCrop, expression: string, options?: Pick<AnalyzeOptions, 'signal'>): Promise<Explanation>;
  /**
   * The network that reads the expressions: its layers in topological order, with their settings and connections, without
   * weights. `describeGraph` of @mien/core/nn computes shapes, parameters and cost from it.
   *
   * @throws MienError `UNSUPPORTED` if another engine than Mien's runs the model
   */
  describe(): Promise<Graph>;
  /** Forgets all followed faces; ids start at 1 again. */
  reset(): void;
  /** Ends the worker and frees its memory, at the latest after a second. Pending calls are rejected at once. */
  dispose(): void;
}

/** The stream of `analyzeFrame`; each `watch` has its own. */
const CALLERS_STREAM = 0;

/**
 * Starts a worker and loads the models into it.
 *
 * @throws MienError `NOT_FOUND` or `INPUT_UNREADABLE` if a file cannot be loaded, `MODEL_INVALID` or `UNSUPPORTED` if a
 *   model cannot be used, `WORKER_FAILED` if the worker cannot be started, `USAGE` for an option out of range; the
 *   signal's reason
 *
 * @example
 * const analyzer = await createAnalyzer();
 * const { faces } = await analyzer.analyze(document.querySelector('img'));
 * for (const { expression, box } of faces) console.log(expression, box); // happy { x: 174.6, y: 75.9, … }
 */
export async function createAnalyzer(options: AnalyzerOptions = {}): Promise<Analyzer> {
  const { manifest, responseTimeMs, assetsUrl, onProgress, signal } = options;
  signal?.throwIfAborted();
  if (!('Worker' in globalThis)) {
    throw new MienError('UNSUPPORTED', '@mien/web: needs a browser; use @mien/node in Node');
  }
  const assets = findAssets(assetsUrl);
  const client = new WorkerClient(assets.worker);
  const load = { assets, signal, onProgress: onProgress && createProgress(onProgress) };
  try {
    const [model, detector] = await client.raceEnd(
      Promise.all([
        loadModelBytes(options.model ?? 'nano', manifest, {
          ...load,
          role: 'model',
          beside: options.modelFiles,
        }),
        loadModelBytes(options.detector ?? 'blazeface-short-range', undefined, { ...load, role: 'detector' }),
      ]),
    );
    const contract = toContract(options);
    const onnxRuntimeUrl =
      options.onnxRuntimeUrl && resolveUrl(options.onnxRuntimeUrl, 'onnxRuntimeUrl').href;
    const { parts } = assets;
    const { lockName } = client;
    const opened = await client.call(
      { kind: 'open', parts, model, contract, onnxRuntimeUrl, detector, responseTimeMs, lockName },
      [model.bytes.buffer, detector.bytes.buffer] as ArrayBuffer[],
      signal,
    );
    return new WorkerAnalyzer(client, opened);
  } catch (error) {
    client.terminate(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** Only what is given: an absent property differs from an undefined one. */
function toContract({
  labels,
  inputRange,
  normalization,
  inputLayout,
  outputs,
}: ModelContract): ModelContract {
  return {
    ...(labels && { labels }),
    ...(inputRange && { inputRange }),
    ...(normalization && { normalization }),
    ...(inputLayout && { inputLayout }),
    ...(outputs && { outputs }),
  };
}

class WorkerAnalyzer implements Analyzer {
  #nextStream = CALLERS_STREAM + 1;
  readonly #stops = new Set<() => void>();

  readonly model: ClassifierManifest;
  readonly engine: string;
  readonly detector: string;
  readonly notices: readonly string[];

  constructor(
    private readonly client: WorkerClient,
    { manifest, engine, detector, notices }: Opened,
  ) {
    this.model = manifest;
    this.engine = engine;
    this.detector = detector;
    this.notices = notices;
  }

  analyze(source: AnalysisSource, options: WithCrops<AnalyzeOptions>): Promise<AnalysisWithCrops>;
  analyze(source: AnalysisSource, options?: AnalyzeOptions): Promise<Analysis>;
  analyze(source: AnalysisSource, { signal, crops }: AnalyzeOptions = {}): Promise<AnalysisWithCrops> {
    return this.#send(source, { crops }, signal) as Promise<AnalysisWithCrops>;
  }

  analyzeFrame(
    source: AnalysisSource,
    timestampMs: number,
    options: WithCrops<AnalyzeOptions>,
  ): Promise<AnalysisWithCrops>;
  analyzeFrame(source: AnalysisSource, timestampMs: number, options?: AnalyzeOptions): Promise<Analysis>;
  analyzeFrame(
    source: AnalysisSource,
    timestampMs: number,
    { signal, crops }: AnalyzeOptions = {},
  ): Promise<AnalysisWithCrops> {
    const frame = { stream: CALLERS_STREAM, timestampMs, restarts: false };
    return this.#send(source, { frame, crops }, signal) as Promise<AnalysisWithCrops>;
  }

  watch(
    video: HTMLVideoElement,
    onResult: OnResult<AnalysisWithCrops>,
    options: WithCrops<WatchOptions>,
  ): () => void;
  watch(video: HTMLVideoElement, onResult: OnResult, options?: WatchOptions): () => void;
  watch(
    video: HTMLVideoElement,
    onResult: OnResult<AnalysisWithCrops>,
    { crops, ...options }: WatchOptions = {},
  ): () => void {
    const stream = this.#nextStream++;
    const stopWatching = watchVideo(video, {
      ...options,
      // Without `crops` the caller's function takes results that have none.
      onResult: onResult as OnResult,
      analyze: (timestampMs, restarts) =>
        this.#send(video, { frame: { stream, timestampMs, restarts }, crops }),
      onStop: () => {
        this.#stops.delete(stopWatching);
        this.client.note({ note: 'closeStream', stream });
      },
    });
    this.#stops.add(stopWatching);
    return stopWatching;
  }

  explain(
    crop: FaceCrop,
    expression: string,
    { signal }: Pick<AnalyzeOptions, 'signal'> = {},
  ): Promise<Explanation> {
    return this.client.call({ kind: 'explain', crop, expression }, [], signal);
  }

  describe(): Promise<Graph> {
    return this.client.call({ kind: 'describe' });
  }

  reset(): void {
    this.client.note({ note: 'reset' });
  }

  dispose(): void {
    for (const stop of [...this.#stops]) stop();
    this.client.terminate(new MienError('USAGE', 'analyzer: used after dispose(); create another one'));
  }

  async #send(
    source: AnalysisSource,
    { frame, crops }: { frame?: FrameOfStream; crops?: boolean | undefined },
    signal?: AbortSignal,
  ): Promise<Analysis> {
    signal?.throwIfAborted();
    const { picture, transfer } = await toPicture(source);
    try {
      const options = { ...(frame && { frame }), ...(crops === true && { crops }) };
      return await this.client.call({ kind: 'analyze', picture, ...options }, transfer, signal);
    } catch (cause) {
      // A picture that never left is still open: the worker ended before the call, or the signal was aborted meanwhile.
      // Browsers complain of frames that are not closed. One that was transferred is closed here already.
      if (picture.kind === 'image') picture.image.close();
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

/** Adds up the progress of all files. */
function createProgress(onProgress: (progress: LoadingProgress) => void) {
  const files = new Map<string, { loaded: number; total: number | undefined }>();
  return (url: string, loaded: number, total: number | undefined): void => {
    files.set(url, { loaded, total });
    const loadedBytes = [...files.values()].reduce((sum, file) => sum + file.loaded, 0);
    const totalBytes = [...files.values()].reduce((sum, file) => sum + (file.total ?? NaN), 0);
    onProgress({ loadedBytes, ...(!Number.isNaN(totalBytes) && { totalBytes }) });
  };
}
