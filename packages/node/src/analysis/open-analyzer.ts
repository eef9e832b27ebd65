import { createAnalyzer, DEFAULT_CHUNK_MS, type Analyzer } from '@mien/core';
import { toContract, type ModelSettings } from '@mien/formats/model-file';
import { createDetector, type DetectorSettings } from '../models/create-detector.js';
import { resolveClassifier } from '../models/resolve-model.js';

/** Settings of detection and reading; plain data, which can be sent to a worker. */
export interface AnalyzerSettings extends DetectorSettings, ModelSettings {
  readonly model: string;
  readonly detector: string;
  readonly responseTimeMs?: number;
  /** Length of the chunks of videos; default `DEFAULT_CHUNK_MS` of the core. */
  readonly chunkMs?: number;
}

export interface OpenedAnalyzer {
  readonly analyzer: Analyzer;
  /** The model's labels, in their order. */
  readonly labels: readonly string[];
  readonly chunkMs: number;
}

export async function openAnalyzer(
  { model, detector, responseTimeMs, chunkMs = DEFAULT_CHUNK_MS, ...settings }: AnalyzerSettings,
  onNotice?: (line: string) => void,
): Promise<OpenedAnalyzer> {
  const [loadedModel, createdDetector] = await Promise.all([
    resolveClassifier(model, toContract(settings), onNotice),
    createDetector(detector, settings),
  ]);
  const options = {
    model: loadedModel,
    detector: createdDetector,
    chunkMs,
    ...(responseTimeMs !== undefined && { responseTimeMs }),
  };
  return { analyzer: await createAnalyzer(options), labels: loadedModel.labels, chunkMs };
}
