/** A model file of any format: read by its bytes, described, written. `@mien/formats/model-file`. */
export { type LayerSummary, type NetworkSummary, summarizeNetwork } from './describe-model.js';
export {
  detectFormat,
  extensionOf,
  MODEL_EXTENSIONS,
  type ModelExtension,
  type ModelFormat,
} from './detect-format.js';
export {
  type ExportedFiles,
  exportFiles,
  exportModel,
  HALF_EXTENSIONS,
  measureDifference,
  TARGETS,
  toTarget,
} from './export-model.js';
export { type FileWithNeighbours, importModelFile, isPlainName } from './import-model-file.js';
export { type ModelContract, type ModelSettings, parseContract, toContract } from './model-contract.js';
export {
  checkContract,
  checkGivenLabels,
  type ContractHints,
  findContract,
  type FoundContract,
  isOnnx,
  type ModelFile,
  readModelFile,
  toModelId,
} from './read-model-file.js';
