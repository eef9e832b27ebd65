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
  type Arena,
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
export { baseNetwork, type BaseNetworkOptions } from './base-network.js';
export { bigXception, type BigXceptionOptions } from './big-xception.js';
export { concatenatedParts, type ConcatenatedPart } from './concatenation.js';
export { describeGraph, soleConsumer, type GraphDescription } from './describe-graph.js';
export { emitConv2d, toConv2dGeometry, weightRows, type Conv2dGeometry } from './emit-conv2d.js';
export { emitZeroPadding } from './emit-zero-padding.js';
export { foldIntoKernel, toChannelAffine, type ChannelAffine } from './fold-batch-normalization.js';
export { ELEMENT_GRAIN, ROW_GRAIN } from './grains.js';
export * from './graph.js';
export { GraphBuilder, type Symbolic } from './graph-builder.js';
export { isDepthwise } from './inference-constants.js';
export {
  describeLayer,
  INITIALIZERS,
  type Initializer,
  type LayerDescription,
  type WeightDescription,
} from './layers.js';
export { miniXception, type MiniXceptionOptions } from './mini-xception.js';
export { nanoNetwork, type NanoNetworkOptions } from './nano-network.js';
export { createNetwork, Network, type NetworkOptions } from './network.js';
export type { Operand } from './operand.js';
export { emitPanels, gradientWorkElements, panelCount, panelElements } from './panels.js';
export { parseGraph } from './parse-graph.js';
export { residualNetwork, type ResidualNetworkOptions } from './residual-network.js';
export { squeezeExcitation } from './squeeze-excitation.js';
export { elementCount, type Tensor, type Weights } from './tensor.js';
export { checkWeights, requireWeight } from './weights.js';
export { resolveWindow, toWindowOperands, type ResolvedWindow } from './window.js';
export {
  emitWinograd,
  emitWinogradPanels,
  emitWinogradSums,
  hasWinogradGradient,
  toWinogradKernel,
  winogradColumns,
  winogradSumElements,
} from './winograd.js';
