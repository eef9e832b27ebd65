/** The weights of a graph as inference reads them: folded, split into groups, in the kernels' memory. */
import type { Kernels } from '../backend/kernels.js';
import type { GraphDescription } from './describe-graph.js';
import { foldIntoKernel, toChannelAffine } from './fold-batch-normalization.js';
import type { Conv2dLayer, Graph, Layer, Shape } from './graph.js';
import { FOLDING_KINDS, type Fusion, type FusionPlan } from './plan-fusions.js';
import type { Tensor, Weights } from './tensor.js';
import { requireWeight } from './weights.js';

/** Weights in the kernels' memory, folded; independent of the batch. */
export interface InferenceConstants {
  /** Byte offset of a constant by `<layer>/<role>`. */
  offsetOf(name: string): number;
}

/** Folds the weights and copies them into the kernels' memory. */
export function uploadConstants(
  kernels: Kernels,
  graph: Graph,
  plan: FusionPlan,
  weights: Weights,
): InferenceConstants {
  const constants = new Map<string, Float32Array>();
  for (const layer of graph.layers) {
    const fusion = plan.fusions.get(layer.name);
    if (fusion === undefined) continue;
    collectConstants(layer, fusion, plan.description, weights, constants);
  }
  const offsets = new Map<string, number>();
  for (const [name, values] of constants) offsets.set(name, kernels.allocate(values.byteLength));
  for (const [name, values] of constants) kernels.f32(offsets.get(name) ?? 0, values.length).set(values);
  return { offsetOf: (name) => offsets.get(name) ?? 0 };
}

function collectConstants(
  layer: Layer,
  { normalization }: Fusion,
  { layers }: GraphDescription,
  weights: Weights,
  constants: Map<string, Float32Array>,
): void {
  const described = layers.get(layer.name);
  const find = (role: string): Tensor | undefined => {
    const spec = described?.weights.find(({ name }) => name === `${layer.name}/${role}`);
    return spec && requireWeight(weights, spec.name, spec.shape);
  };
  const channels = described?.outputShape.at(-1) ?? 1;
  if (layer.kind === 'batchNormalization') {
    // The scaleShift kernel reads [scale, shift].
    const { scale, shift } = toChannelAffine(layer, channels, weights);
    constants.set(`${layer.name}/coefficients`, Float32Array.of(...scale, ...shift));
    return;
  }
  if (layer.kind === 'prelu') {
    constants.set(`${layer.name}/alpha`, find('alpha')?.data ?? new Float32Array(channels));
    return;
  }
  if (!FOLDING_KINDS.has(layer.kind)) return;
  const bias = find('bias');
  // The last kernel of a layer is the one that a normalisation or bias follows.
  const role =
    layer.kind === 'separableConv2d'
      ? 'pointwise_kernel'
      : layer.kind === 'depthwiseConv2d'
        ? 'depthwise_kernel'
        : 'kernel';
  const kernel = find(role);
  if (kernel === undefined) return;
  const put = (values: Float32Array, offsets: Float32Array | undefined): void => {
    const groups =
      layer.kind === 'conv2d' && !isDepthwise(layer, described?.inputShapes[0] ?? []) ? layer.groups : 1;
    for (let group = 0; group < groups; group++) {
      const suffix = groups === 1 ? '' : `/${group}`;
      constants.set(`${layer.name}/${role}${suffix}`, sliceLastAxis(values, channels, groups, group));
      if (offsets !== undefined) {
        constants.set(`${layer.name}/bias${suffix}`, sliceLastAxis(offsets, channels, groups, group));
      }
    }
  };
  if (layer.kind === 'separableConv2d') {
    const depthwise = find('depthwise_kernel');
    if (depthwise !== undefined) constants.set(`${layer.name}/depthwise_kernel`, depthwise.data);
  }
  if (normalization === undefined) {
    put(kernel.data, bias?.data);
  } else {
    const folded = foldIntoKernel(kernel, bias, toChannelAffine(normalization, channels, weights));
    put(folded.kernel, folded.bias);
  }
}

/** A convolution in which every channel is a group of its own: its kernel lies in memory as a depthwise one. */
export function isDepthwise({ groups, filters }: Conv2dLayer, inputShape: Shape): boolean {
  return groups > 1 && groups === filters && groups === inputShape[2];
}

/** The part of a group along the last axis, of length `length` in all. */
function sliceLastAxis(values: Float32Array, length: number, groups: number, group: number): Float32Array {
  if (groups === 1) return values;
  const size = length / groups;
  return values.filter((_, index) => Math.floor((index % length) / size) === group);
}
