/** Refuses options that the analyzer does not have, before it starts a worker and downloads models. */
import { checkResponseTime, isRecord, MienError } from '@mien/core';
import type { AnalyzerOptions } from './create-analyzer.js';

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

/** @throws MienError `USAGE` */
export function checkOptions(options: unknown): void {
  if (!isRecord(options)) {
    const given = typeof options === 'string' ? `"${options}"` : String(options);
    throw new MienError('USAGE', `createAnalyzer: takes an object such as { model: 'nano' }, got ${given}`);
  }
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(OPTIONS, key));
  if (unknown !== undefined) {
    const known = Object.keys(OPTIONS).join(', ');
    throw new MienError('USAGE', `createAnalyzer: there is no option ${unknown}; the options are ${known}`);
  }
  const { responseTimeMs } = options;
  if (responseTimeMs !== undefined) checkResponseTime(responseTimeMs as number);
}
