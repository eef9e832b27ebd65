/**
 * Decides which layers of a graph inference computes together.
 *
 * Inference may use that weights are constant: a batch normalisation is folded into the weights of the convolution
 * before it, a ReLU becomes a flag of the kernel before it, and an addition becomes the last step of the max pooling or
 * convolution that feeds it. A layer is not fused when its output is an output of the graph or has several consumers.
 */
import { describeGraph, soleConsumer } from '../describe-graph.js';
import type { BatchNormalizationLayer, Graph, Layer } from '../graph.js';
import type { Fusion, FusionPlan } from './fusion.js';
import { planResidualAdds } from './plan-residual-adds.js';

/** Layers into whose weights a following batch normalisation can be folded. */
export const FOLDING_KINDS: ReadonlySet<Layer['kind']> = new Set([
  'conv2d',
  'depthwiseConv2d',
  'separableConv2d',
  'dense',
]);
/** Layers whose kernel can end with a ReLU. */
const RELU_KINDS: ReadonlySet<Layer['kind']> = new Set([...FOLDING_KINDS, 'batchNormalization', 'add']);

/** Plans which layers are computed together. */
export function planFusions(graph: Graph): FusionPlan {
  const description = describeGraph(graph);
  const byName = new Map(graph.layers.map((layer) => [layer.name, layer]));
  const onlyConsumer = (name: string): Layer | undefined =>
    byName.get(soleConsumer(graph, description, name) ?? '');
  const fusions = new Map<string, Fusion>();
  const absorbed = new Set<string>();
  for (const layer of graph.layers) {
    if (absorbed.has(layer.name)) continue;
    let last = layer.name;
    let normalization: BatchNormalizationLayer | undefined;
    let relu = false;
    let next = onlyConsumer(last);
    if (next?.kind === 'batchNormalization' && FOLDING_KINDS.has(layer.kind)) {
      normalization = next;
      last = next.name;
      absorbed.add(last);
      next = onlyConsumer(last);
    }
    if (next?.kind === 'activation' && next.activation === 'relu' && RELU_KINDS.has(layer.kind)) {
      relu = true;
      last = next.name;
      absorbed.add(last);
    }
    fusions.set(layer.name, { normalization, relu, last });
  }
  return { description, fusions, residualAdds: planResidualAdds(graph, description, fusions) };
}
