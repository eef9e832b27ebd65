/** Refuses options that the analyzer could not use, before it starts a worker and downloads models. */
import {
  CHANNEL_ORDERS,
  checkResponseTime,
  INPUT_LAYOUTS,
  isRecord,
  MienError,
  OUTPUT_KINDS,
} from '@mien/core';
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

/** Options that take one of a few words. */
const CHOICES = { inputLayout: INPUT_LAYOUTS, outputs: OUTPUT_KINDS, channelOrder: CHANNEL_ORDERS } as const;

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

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
  const { responseTimeMs, labels, inputRange } = options;
  if (responseTimeMs !== undefined) checkResponseTime(responseTimeMs as number);
  const check = (isRight: boolean, option: string, what: string): void => {
    if (options[option] === undefined || isRight) return;
    const given = options[option] as string;
    throw new MienError('USAGE', `createAnalyzer: ${option} must be ${what}, got ${given}`);
  };
  check(
    Array.isArray(labels) && labels.every((label) => typeof label === 'string'),
    'labels',
    'a list of names',
  );
  check(
    Array.isArray(inputRange) &&
      inputRange.length === 2 &&
      inputRange.every(isNumber) &&
      inputRange[0] !== inputRange[1],
    'inputRange',
    'two different numbers',
  );
  for (const option of ['inputMean', 'inputStd'] as const) {
    const list = options[option];
    check(Array.isArray(list) && list.every(isNumber), option, 'a number for each channel');
  }
  for (const [option, choices] of Object.entries(CHOICES)) {
    check(
      choices.some((choice) => choice === options[option]),
      option,
      choices.join(' or '),
    );
  }
}
