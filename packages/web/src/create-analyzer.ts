/**
 * The entry point for pages: starts a worker, loads the models into it and sends it pictures.
 *
 *   the page                                      its worker
 *   createAnalyzer   model files ───────────────→ compiled networks
 *   analyze, watch   picture (no pixels read) ──→ pixels → faces → expressions
 *                    result ←────────────────────
 */
import { MienError } from '@mien/core';
import { toContract, type ModelSettings } from '@mien/formats/model-file';
import type { Analyzer } from './analyzer.js';
import { findAssets, resolveUrl } from './assets/asset-urls.js';
import { loadModelBytes, type ModelSource } from './assets/load-model-bytes.js';
import { checkOptions } from './check-options.js';
import { WorkerAnalyzer } from './worker-analyzer.js';
import { WorkerClient } from './worker-client.js';

export interface AnalyzerOptions extends ModelSettings {
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

/**
 * Starts a worker and loads the models into it.
 *
 * @throws MienError `NOT_FOUND` or `INPUT_UNREADABLE` if a file cannot be loaded, `MODEL_INVALID` or `UNSUPPORTED` if a
 *   model cannot be used, `WORKER_FAILED` if the worker cannot be started, `USAGE` for an unknown option or one
 *   out of range; the signal's reason
 *
 * @example
 * const analyzer = await createAnalyzer();
 * const { faces } = await analyzer.analyze(document.querySelector('img'));
 * for (const { expression, box } of faces) console.log(expression, box); // happy { x: 174.6, y: 75.9, … }
 */
export async function createAnalyzer(options: AnalyzerOptions = {}): Promise<Analyzer> {
  checkOptions(options);
  const { manifest, responseTimeMs, assetsUrl, onProgress, signal } = options;
  signal?.throwIfAborted();
  if (!('Worker' in globalThis)) {
    throw new MienError('UNSUPPORTED', '@mien/web: needs a browser; use @mien/node in Node');
  }
  const assets = findAssets(assetsUrl);
  const contract = toContract(options);
  const onnxRuntimeUrl = options.onnxRuntimeUrl && resolveUrl(options.onnxRuntimeUrl, 'onnxRuntimeUrl').href;
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
