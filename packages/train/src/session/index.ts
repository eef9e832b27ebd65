/**
 * Training sessions: a network, batches, updates. `@mien/train/session`.
 *
 * Part of `@mien/train`, and a separate entry point because of its size: it imports only the core, without the parsers
 * of model files, so that a page can load it without a bundler.
 */
export { createRandom, type Random, type RandomState } from '../random.js';
export type { AdamConfig, AdamWConfig, OptimizerConfig, OptimizerState, SgdConfig } from './optimizer.js';
export {
  createTrainingSession,
  type StepResult,
  type TrainingSession,
  type TrainingSessionOptions,
} from './training-session.js';
