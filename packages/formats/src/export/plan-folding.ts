/**
 * Which layers an operator of TFLite or TensorFlow computes together.
 *
 * As TensorFlow's converters do it, a batch normalisation goes into the weights of the layer before it, and an
 * activation into the options of the operator before it. A layer whose value is an output of the graph, or that
 * several layers take, stays on its own.
 */
import {
  describeGraph,
  soleConsumer,
  type BatchNormalizationLayer,
  type Graph,
  type Layer,
} from '@mien/core/nn';

/** ActivationFunctionType of the schema. TANH has a number too, but no kernel that knows it. */
export const FUSED = { none: 0, relu: 1, reluN1To1: 2, relu6: 3 } as const;
export type FusedActivation = (typeof FUSED)[keyof typeof FUSED];

/** A layer and the layers that are folded into it. */
export interface Folding {
  readonly first: Layer;
  readonly normalization: BatchNormalizationLayer | undefined;
  readonly activation: FusedActivation;
  /** Whose value comes out: one of the others, or the first itself. */
  readonly last: Layer;
}

const HAS_WEIGHTS: ReadonlySet<Layer['kind']> = new Set([
  'conv2d',
  'depthwiseConv2d',
  'separableConv2d',
  'dense',
]);
const ENDS_WITH_ACTIVATION: ReadonlySet<Layer['kind']> = new Set([
  ...HAS_WEIGHTS,
  'batchNormalization',
  'add',
  'multiply',
  'maxPooling2d',
  'averagePooling2d',
]);

/** In the graph's order; every layer is in one of them. */
export function planFolding(graph: Graph): readonly Folding[] {
  const description = describeGraph(graph);
  const byName = new Map(graph.layers.map((layer) => [layer.name, layer]));
  const takenOver = new Set<Layer>();
  return graph.layers.flatMap((first): Folding[] => {
    if (takenOver.has(first)) return [];
    let last = first;
    let normalization: BatchNormalizationLayer | undefined;
    let activation: FusedActivation = FUSED.none;
    const next = () => byName.get(soleConsumer(graph, description, last.name) ?? '');
    const following = next();
    if (following?.kind === 'batchNormalization' && HAS_WEIGHTS.has(first.kind)) {
      normalization = following;
      last = following;
    }
    const end = next();
    const fused = end && ENDS_WITH_ACTIVATION.has(first.kind) ? toFused(end) : undefined;
    if (end !== undefined && fused !== undefined) {
      activation = fused;
      takenOver.add(last);
      last = end;
    }
    takenOver.add(last);
    return [{ first, normalization, activation, last }];
  });
}

/** `undefined` if TFLite has no such fused activation. */
export function toFused(layer: Layer): Exclude<FusedActivation, typeof FUSED.none> | undefined {
  if (layer.kind === 'clip') {
    const { min, max } = layer;
    if (min === 0 && max === Infinity) return FUSED.relu;
    if (min === 0 && max === 6) return FUSED.relu6;
    return min === -1 && max === 1 ? FUSED.reluN1To1 : undefined;
  }
  if (layer.kind !== 'activation') return undefined;
  if (layer.activation === 'relu') return FUSED.relu;
  return layer.activation === 'relu6' ? FUSED.relu6 : undefined;
}
