/**
 * Which layers of a graph inference computes together.
 *
 * What is known once weights stand still is used here: a batch normalisation is folded into the convolution before
 * it, a ReLU becomes a flag of the kernel before it, and an addition becomes the last step of the max pooling or of the
 * convolution that feeds it. A layer whose value is an output of the graph, or that several layers take, stays on its own.
 */
import { describeGraph, soleConsumer, type GraphDescription } from './describe-graph.js';
import type { BatchNormalizationLayer, Graph, Layer } from './graph.js';
import { planSums, type FusedSum } from './plan-sums.js';

/** What a layer's launch does besides the layer itself. */
export interface Fusion {
  readonly normalization: BatchNormalizationLayer | undefined;
  readonly relu: boolean;
  /** The layer whose output the fused launch produces. */
  readonly last: string;
}

/** Layers that take over a following normalisation (they have weights to fold it into) … */
export const FOLDING_KINDS: ReadonlySet<Layer['kind']> = new Set([
  'conv2d',
  'depthwiseConv2d',
  'separableConv2d',
  'dense',
]);
/** … and those whose kernel can end with a ReLU. */
const RELU_KINDS: ReadonlySet<Layer['kind']> = new Set([...FOLDING_KINDS, 'batchNormalization', 'add']);

/** A plan of which layers are computed together. */
export interface FusionPlan {
  readonly description: GraphDescription;
  readonly fusions: ReadonlyMap<string, Fusion>;
  /** Additions that a layer before them computes, by their names. */
  readonly sums: ReadonlyMap<string, FusedSum>;
}

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
  return { description, fusions, sums: planSums(graph, description, fusions) };
}
