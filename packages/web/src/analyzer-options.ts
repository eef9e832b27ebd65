/** What `createAnalyzer` takes. */
import { checkOptions, checkResponseTime } from '@mien/core';
import type { ModelSettings } from '@mien/formats/model-file';
import type { ModelSource } from './assets/load-model-bytes.js';

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

/** All options, so that a misspelt one is refused instead of ignored. */
const OPTIONS: Readonly<Record<keyof AnalyzerOptions, true>> = {
  model: true,
  detector: true,
  responseTimeMs: true,
  manifest: true,
  modelFiles: true,
  labels: true,
  inputRange: true,
  inputLayout: true,
  outputs: true,
  normalization: true,
  inputMean: true,
  inputStd: true,
  channelOrder: true,
  crop: true,
  onnxRuntimeUrl: true,
  assetsUrl: true,
  onProgress: true,
  signal: true,
};

/**
 * Refuses options that the analyzer does not have, before it starts a worker and downloads models.
 *
 * @throws MienError `USAGE`
 */
export function checkAnalyzerOptions(options: AnalyzerOptions): void {
  checkOptions(options, OPTIONS);
  if (options.responseTimeMs !== undefined) checkResponseTime(options.responseTimeMs);
}
