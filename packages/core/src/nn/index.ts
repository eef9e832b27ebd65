/** The engine: describe a network, compile it, run it. `@mien/core/nn`. */
export { FLAG_ACCUMULATE, FLAG_RELU } from '../backend/flags.js';
export {
  createKernels,
  detectKernelBuild,
  KERNEL_BUILDS,
  Kernels,
  type KernelBuild,
} from '../backend/kernels.js';
export {
  ProgramBuilder,
  type ArenaBuffer,
  type LaunchArgs,
  type PlannedProgram,
} from '../backend/program-builder.js';
export type { Launch, Program } from '../backend/program.js';
export {
  createMeetingPoint,
  serveTeam,
  shareOf,
  TeamLeader,
  type MeetingPoint,
} from '../backend/thread-team.js';
export { describeGraph, soleConsumer, type GraphDescription } from './describe-graph.js';
export { emitConv2d, toConv2dGeometry, type Conv2dGeometry, type Operand } from './emit-conv2d.js';
export { ELEMENT_GRAIN, ROW_GRAIN } from './grains.js';
export * from './graph.js';
export { GraphBuilder, type Symbolic } from './graph-builder.js';
export {
  describeLayer,
  INITIALIZERS,
  type Initializer,
  type LayerDescription,
  type WeightDescription,
} from './layers.js';
export { miniXception, type MiniXceptionOptions } from './mini-xception.js';
export { createNetwork, Network, type NetworkOptions } from './network.js';
export { parseGraph } from './parse-graph.js';
export { elementCount, type Tensor, type Weights } from './tensor.js';
export { checkWeights, requireWeight } from './weights.js';
export { resolveWindow, toWindowOperands, type ResolvedWindow } from './window.js';
