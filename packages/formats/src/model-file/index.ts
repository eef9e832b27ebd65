/** A model file of any format: read by its bytes, described, written. `@mien/formats/model-file`. */
export { type LayerSummary, type NetworkSummary, summarizeNetwork } from './describe-model.js';
export { exportModel, HALF_EXTENSIONS, measureDifference, TARGETS, toTarget } from './export-model.js';
export { type ModelContract, parseContract, toContract } from './model-contract.js';
export {
  checkContract,
  checkGivenLabels,
  type ContractHints,
  extensionOf,
  findContract,
  importModelFile,
  isOnnx,
  MODEL_EXTENSIONS,
  type ModelExtension,
  type ModelFile,
  readModelFile,
  toModelId,
} from './read-model-file.js';
