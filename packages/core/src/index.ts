/**
 * Mien's core: frame → faces → expressions, in Node and in the browser, without dependencies.
 *
 * The engine behind it (describe a network, compile it, run it) is `@mien/core/nn`.
 */
export { ERROR_CODES, MienError, type ErrorCode } from './errors.js';
export { checkFrame, MAX_FRAME_SIDE, type Frame, type FrameChannels } from './frame.js';
export { createAnalyzer, type Analyzer, type AnalyzerOptions } from './analyzer.js';
export { createAsyncAnalyzer, type AsyncAnalyzer, type AsyncAnalyzerOptions } from './async-analyzer.js';
export { argmax } from './argmax.js';
export { checkOptions } from './check-options.js';
export { isRecord } from './is-record.js';
export { checkResponseTime } from './track/response-time.js';
export { sha256 } from './sha256.js';
export { ACTIVATION_METHODS, type ActivationMethod } from './explain/class-activation.js';
export { explainableLayers, type ExplainedLayer } from './explain/choose-layer.js';
export {
  createExplainer,
  type Explainer,
  type ExplainerOptions,
  type Explanation,
  type ExplanationMethod,
} from './explain/explainer.js';
export { createFaceCropper, type FaceCropper } from './align/face-cropper.js';
export { createAsyncPredictor, createPredictor } from './classify/create-predictor.js';
export { normalizeInputs } from './classify/normalize-inputs.js';
export { withTemperature } from './classify/temperature.js';
export { intersectionOverUnion, type Box } from './geometry/box.js';
export { KEY_POINT_NAMES, type KeyPointName, type KeyPoints, type Point } from './geometry/key-points.js';
export type { Detection, Detector, ScoreTrust } from './detect/detector.js';
export {
  createBlazeFaceDetector,
  type BlazeFaceDetector,
  type BlazeFaceDetectorOptions,
} from './detect/blazeface/blazeface-detector.js';
export { FACE_SIDES_PX, SEARCH_MODES, type SearchMode } from './detect/blazeface/blazeface-contract.js';
export { createHaarDetector, type HaarDetectorOptions } from './detect/haar/haar-detector.js';
export { createYuNetDetector, type YuNetDetectorOptions } from './detect/yunet/yunet-detector.js';
export { halfToFloat32, halvesToFloat32, toHalfBits } from './model/half-float.js';
export {
  checkSha256,
  createAsyncExternalModel,
  createExternalModel,
  createModel,
  loadModel,
  type AsyncExternalModelParts,
  type ExternalModelParts,
  type ModelParts,
  type ModelSource,
} from './model/load-model.js';
export { toModelFile, type ModelFileContents } from './model/own-contract.js';
export {
  CHANNEL_ORDERS,
  INPUT_LAYOUTS,
  normalizationOf,
  type ChannelOrder,
  type InputContract,
  type InputLayout,
  type DetailRange,
  type ExposureRange,
  type InputNormalization,
} from './model/input-contract.js';
export { OUTPUT_KINDS, outputsOfGraph, type OutputKind } from './model/network-outputs.js';
export {
  FER2013_CROP,
  FER2013_LABELS,
  MODEL_KINDS,
  parseManifest,
  type BoxGeometry,
  type Calibration,
  type ClassifierManifest,
  type CropGeometry,
  type DetectorManifest,
  type Manifest,
  type ModelKind,
} from './model/manifest.js';
export type {
  AsyncClassifier,
  AsyncExternalModel,
  AsyncPredictor,
  Classifier,
  ExternalModel,
  Model,
  Predictor,
} from './model/model.js';
export { DEFAULT_QUALITY, type QualityThresholds } from './model/quality-thresholds.js';
export {
  parseSafetensors,
  toSafetensors,
  type Safetensors,
  type SafetensorsDtype,
} from './model/safetensors.js';
export type { Reading } from './reading.js';
export type { ShotView } from './track/shot-boundary.js';
export { DEFAULT_CHUNK_MS } from './pipeline.js';
export {
  VERDICTS,
  type Analysis,
  type Face,
  type Probabilities,
  type Quality,
  type QualityMeasures,
  type Smoothed,
  type Verdict,
} from './result.js';
export {
  createFrameSampler,
  SAME_TIME_MS,
  SLOT_ROUNDING,
  type FrameSampling,
} from './track/frame-sampler.js';
