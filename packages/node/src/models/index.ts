/** Models and detectors by id or path. `@mien/node/models`. */
export { createDetector, DETECTORS, isDetectorName } from './create-detector.js';
export { findInstalledModel, listInstalledModels } from './installed-models.js';
export { MANIFEST, readContractBeside } from './read-contract-beside.js';
export {
  DEFAULT_MODEL,
  type LocatedModel,
  locateModel,
  readManifest,
  resolveClassifier,
  resolveModel,
} from './resolve-model.js';
