/** The folded kernels of dense convolutions and layers as they are, for the backward pass: it packs them transposed. */
import type { Kernels } from '../../backend/kernels.js';
import type { Graph } from '../graph.js';
import type { Weights } from '../tensor.js';
import type { FusionPlan } from './fusion.js';
import {
  foldLastKernel,
  isDepthwise,
  sliceLastAxis,
  type InferenceConstants,
} from './inference-constants.js';

/** Copies the kernels into the kernels' memory by `<layer>`, or `<layer>/<group>` in a grouped convolution. */
export function uploadDenseKernels(
  kernels: Kernels,
  graph: Graph,
  { description, fusions }: FusionPlan,
  weights: Weights,
): InferenceConstants {
  const offsets = new Map<string, number>();
  const upload = (name: string, values: Float32Array): void => {
    const offset = kernels.allocate(values.byteLength);
    kernels.f32(offset, values.length).set(values);
    offsets.set(name, offset);
  };
  for (const layer of graph.layers) {
    const fusion = fusions.get(layer.name);
    const folded = fusion && foldLastKernel(layer, fusion.normalization, description, weights);
    if (folded === undefined || folded.role === 'depthwise_kernel') continue;
    const { inputShapes = [], outputShape = [] } = description.layers.get(layer.name) ?? {};
    const groups = layer.kind === 'conv2d' ? layer.groups : 1;
    if (layer.kind === 'conv2d' && isDepthwise(layer, inputShapes[0] ?? [])) continue;
    for (let group = 0; group < groups; group++) {
      const name = groups === 1 ? layer.name : `${layer.name}/${group}`;
      upload(name, sliceLastAxis(folded.kernel, outputShape.at(-1) ?? 1, groups, group));
    }
  }
  return { offsetOf: (name) => offsets.get(name) ?? 0 };
}
