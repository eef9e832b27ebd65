/**
 * Finds additions that the launch of one of their inputs can compute: max pooling adds the other summand before it
 * writes, a convolution accumulates onto the other summand in place.
 *
 * Either layer is then computed later than its position in the graph, namely where the addition is, and a convolution
 * overwrites the other summand. That is safe only if no other layer still needs the overwritten value; `mayOverwrite`
 * checks it.
 */
import { soleConsumer, type GraphDescription } from '../describe-graph.js';
import type { Conv2dLayer, Graph, Layer, SeparableConv2dLayer } from '../graph.js';
import type { Fusion, ResidualAdd } from './fusion.js';

/** The output of these layers aliases their input: the same memory. The caller writes a graph's input. */
const ALIASING_KINDS: ReadonlySet<Layer['kind']> = new Set(['input', 'flatten', 'reshape', 'dropout']);

/** Fused additions by the names of their `add` layers. */
export function planResidualAdds(
  graph: Graph,
  description: GraphDescription,
  fusions: ReadonlyMap<string, Fusion>,
): ReadonlyMap<string, ResidualAdd> {
  const positions = new Map(graph.layers.map(({ name }, index) => [name, index]));
  /** The layer whose launch produces a value, by the value's name. */
  const producers = new Map<string, Layer>();
  for (const layer of graph.layers) producers.set(fusions.get(layer.name)?.last ?? '', layer);
  const kindOf = (value: string) => producers.get(value)?.kind ?? 'input';
  const residualAdds = new Map<string, ResidualAdd>();
  const overwritten = new Set<string>();
  const position = (name: string) => positions.get(name) ?? Infinity;

  /** Whether a layer can be computed as late as the addition: nothing else consumes it, and its inputs still exist. */
  const mayDefer = (layer: Layer, value: string) =>
    soleConsumer(graph, description, value) !== undefined &&
    !layer.inputs.some((input) => overwritten.has(input));
  const mayOverwrite = (value: string, add: Layer) =>
    !ALIASING_KINDS.has(kindOf(value)) &&
    !graph.outputs.includes(value) &&
    (description.consumers.get(value) ?? []).every(
      (name) =>
        name === add.name || (position(name) < position(add.name) && !ALIASING_KINDS.has(kindOf(name))),
    );

  for (const add of graph.layers) {
    const fusion = fusions.get(add.name);
    if (add.kind !== 'add' || fusion === undefined) continue;
    const [first = '', second = ''] = add.inputs;
    for (const [value, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const layer = producers.get(value);
      if (layer === undefined || value === other || !mayDefer(layer, value)) continue;
      if (layer.kind === 'maxPooling2d' && !fusion.relu) {
        residualAdds.set(add.name, { layer, other });
      } else if (canAccumulate(layer, fusions) && mayOverwrite(other, add)) {
        residualAdds.set(add.name, { layer, other });
        overwritten.add(other);
      } else continue;
      // From here on, the deferred layer is computed where the addition is.
      positions.set(layer.name, position(add.name));
      break;
    }
  }
  return residualAdds;
}

/** A layer that ends with a matrix product, without a ReLU before the addition. */
function canAccumulate(
  layer: Layer,
  fusions: ReadonlyMap<string, Fusion>,
): layer is Conv2dLayer | SeparableConv2dLayer {
  if (fusions.get(layer.name)?.relu !== false) return false;
  return layer.kind === 'separableConv2d' || (layer.kind === 'conv2d' && layer.groups === 1);
}
