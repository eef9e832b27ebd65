/**
 * The entry point for pages: starts a worker, loads the models into it and sends it pictures.
 *
 *   the page                                      its worker
 *   createAnalyzer   model files ───────────────→ compiled networks
 *   analyze, watch   picture (no pixels read) ──→ pixels → faces → expressions
 *                    result ←────────────────────
 */
import { MienError } from '@mien/core';
import { toContract } from '@mien/formats/model-file';
import { checkAnalyzerOptions, type AnalyzerOptions, type LoadingProgress } from './analyzer-options.js';
import type { Analyzer } from './analyzer.js';
import { findAssets, resolveUrl } from './assets/asset-urls.js';
import { loadModelBytes } from './assets/load-model-bytes.js';
import { WorkerAnalyzer } from './worker-analyzer.js';
import { WorkerClient } from './worker-client.js';

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
  checkAnalyzerOptions(options);
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
