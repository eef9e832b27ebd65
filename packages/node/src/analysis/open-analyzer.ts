import { createAnalyzer, type Analyzer } from '@mien/core';
import { toContract, type ModelContract } from '@mien/formats/model-file';
import { createDetector, type HaarSettings } from '../models/create-detector.js';
import { resolveClassifier } from '../models/resolve-model.js';

/** What decides how faces are found and read; plain data, which a worker can be sent. */
export interface AnalyzerSettings extends HaarSettings, ModelContract {
  readonly model: string;
  readonly detector: string;
  /** In milliseconds. */
  readonly react?: number;
}

export interface OpenedAnalyzer {
  readonly analyzer: Analyzer;
  /** Of the model, in their order. */
  readonly labels: readonly string[];
}

export async function openAnalyzer(
  { model, detector, react, ...settings }: AnalyzerSettings,
  onNotice?: (line: string) => void,
): Promise<OpenedAnalyzer> {
  const [loadedModel, createdDetector] = await Promise.all([
    resolveClassifier(model, toContract(settings), onNotice),
    createDetector(detector, settings),
  ]);
  const options = {
    model: loadedModel,
    detector: createdDetector,
    ...(react !== undefined && { responseTimeMs: react }),
  };
  return { analyzer: await createAnalyzer(options), labels: loadedModel.labels };
}
