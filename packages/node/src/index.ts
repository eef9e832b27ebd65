/**
 * Reads facial expressions in Node: `createAnalyzer()` for pictures, videos, cameras and streams. `@mien/node`.
 *
 * @example
 * import { createAnalyzer } from '@mien/node';
 * const mien = await createAnalyzer();
 * console.log((await mien.analyze('portrait.jpg')).faces);
 */
export {
  createExplainer,
  ERROR_CODES,
  MienError,
  VERDICTS,
  type Analysis,
  type Box,
  type Detector,
  type ErrorCode,
  type Explainer,
  type Explanation,
  type ExplanationMethod,
  type Face,
  type Frame,
  type KeyPoints,
  type Probabilities,
  type Quality,
  type QualityMeasures,
  type Smoothed,
  type Verdict,
} from '@mien/core';
export type { FramesOptions, FramesSource, Time, VideoResult } from './analyzer/analyze-frames.js';
export {
  createAnalyzer,
  type AnalyzeOptions,
  type Analyzer,
  type AnalyzerOptions,
  type ExplainOptions,
} from './analyzer/create-analyzer.js';
export type { FrameFollower } from './analyzer/follow-frames.js';
export type { ExplainedFace } from './analyzer/explain-picture.js';
export type { PictureSource } from './analyzer/read-picture-source.js';
export type { DetectorSource, ModelSource } from './analyzer/load-parts.js';
