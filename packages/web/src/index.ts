/**
 * Mien for pages: pictures, videos and cameras to faces and expressions, in a worker.
 */
export {
  CAMERA_PROBLEMS,
  CameraError,
  listCameras,
  openCamera,
  type Camera,
  type CameraDevice,
  type CameraOptions,
  type CameraProblem,
} from './camera.js';
export type { AnalyzeOptions, Analyzer, FrameOptions, WithCrops } from './analyzer.js';
export { createAnalyzer } from './create-analyzer.js';
export type { AnalyzerOptions, LoadingProgress } from './analyzer-options.js';
export type { AnalysisWithCrops, FaceCrop } from './protocol/messages.js';
export type { Graph } from '@mien/core/nn';
export { drawFaces, type DrawFacesOptions } from './draw-faces.js';
export type { ModelSource } from './assets/load-model-bytes.js';
export type { AnalysisSource } from './to-picture.js';
export type { OnResult, WatchInfo, WatchOptions } from './watch-video.js';
export {
  ERROR_CODES,
  MienError,
  type Analysis,
  type ErrorCode,
  type Explanation,
  type ExplanationMethod,
  type Face,
} from '@mien/core';
