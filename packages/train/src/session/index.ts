/**
 * Training without files: a network, its batches, its updates. For Node and for pages alike; nothing below this door
 * knows which of them it runs in, apart from how threads are started. `@mien/train/session`.
 */
export { createRandom, type Random, type RandomState } from '../random.js';
export type { AdamConfig, AdamWConfig, OptimizerConfig, OptimizerState, SgdConfig } from './optimizer.js';
export {
  createTrainingSession,
  type StepResult,
  type TrainingSession,
  type TrainingSessionOptions,
} from './training-session.js';
