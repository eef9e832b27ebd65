/** `@mien/core/nn`: describe a network, compile it, run it. */
export {
  createKernels,
  detectKernelBuild,
  KERNEL_BUILDS,
  type KernelBuild,
  type Kernels,
} from '../backend/kernels.js';
export { baseNetwork, type BaseNetworkOptions } from './base-network.js';
export { bigXception, type BigXceptionOptions } from './big-xception.js';
export { describeGraph, soleConsumer, type GraphDescription } from './describe-graph.js';
export { foldIntoKernel, toChannelAffine, type ChannelAffine } from './fold-batch-normalization.js';
export * from './graph.js';
export { createEnsemble, type EnsembleMember } from './ensemble.js';
export { GraphBuilder, type Symbolic } from './graph-builder.js';
export {
  describeLayer,
  INITIALIZERS,
  type Initializer,
  type LayerDescription,
  type WeightDescription,
} from './layers.js';
export { miniXception, type MiniXceptionOptions } from './mini-xception.js';
export { nanoNetwork, type NanoNetworkOptions } from './nano-network.js';
export { createLayerProbe, LayerProbe, type LayerReading } from './layer-probe.js';
export { createNetwork, Network, type NetworkOptions } from './network.js';
export { parseGraph } from './parse-graph.js';
export { residualNetwork, type ResidualNetworkOptions } from './residual-network.js';
export { squeezeExcitation } from './squeeze-excitation.js';
export { elementCount, type Tensor, type Weights } from './tensor.js';
export { checkWeights, requireWeight } from './weights.js';
export { resolveWindow, type ResolvedWindow } from './window.js';
