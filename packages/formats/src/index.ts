/**
 * Model files of other tools, read into Mien's networks and written from them.
 */
export { isHdf5 } from './hdf5/hdf5-reader.js';
export type { WeightType } from './float16.js';
export {
  OPTIMIZER_SLOTS,
  type ExportableModel,
  type ExportOptions,
  type ImportedModel,
  type OptimizerKind,
  type OptimizerState,
} from './imported-model.js';
export { parseKerasArchive, toKerasArchive } from './keras/keras-archive.js';
export { holdsWeightsOnly, parseKerasHdf5, parseKerasPair, toKerasHdf5 } from './keras/keras-hdf5.js';
export { isKerasGraph } from './keras/to-config.js';
export { parseOnnx, type ParseOnnxOptions } from './onnx/parse-onnx.js';
export {
  createOnnxRuntimeModel,
  type OnnxRuntime,
  type OnnxRuntimeModelOptions,
  type OnnxSession,
} from './onnx/onnx-runtime-model.js';
export { runOnnxBatches, type OnnxBatch, type OnnxBatchOptions } from './onnx/onnx-batches.js';
export {
  findOnnxPicture,
  listExternalData,
  outlineOnnx,
  type OnnxOperator,
  type OnnxOutline,
} from './onnx/outline-onnx.js';
export { ProtobufReader, ProtobufWriter } from './onnx/protobuf.js';
export type { PictureInput } from './onnx/picture-input.js';
export type { ToOnnxOptions } from './onnx/onnx-export.js';
export { toOnnx } from './onnx/to-onnx.js';
export { parseModelSafetensors, toModelSafetensors } from './safetensors/model-safetensors.js';
export { isTensorflowJs, listShards } from './tfjs/manifest.js';
export { parseTensorflowJs } from './tfjs/parse-tfjs.js';
export { toTensorflowJsGraph } from './tfjs/to-graph-model.js';
export { toTensorflowJs, type TensorflowJsFiles, type ToTensorflowJsOptions } from './tfjs/to-tfjs.js';
export { parseTflite, type ParseTfliteOptions } from './tflite/parse-tflite.js';
export { toTflite, type ToTfliteOptions } from './tflite/to-tflite.js';
