/**
 * Additions that the layer before them does on its way: a max pooling adds what the other summand holds before it
 * writes, a convolution adds itself onto the other summand where that lies.
 *
 * Either layer is then computed at the addition's place in the graph, later than its own, and the second overwrites a
 * value. That is allowed only where nobody still needs the old one: see `mayOverwrite`.
 */
import { soleConsumer, type GraphDescription } from './describe-graph.js';
import type { Conv2dLayer, Graph, Layer, MaxPooling2dLayer, SeparableConv2dLayer } from './graph.js';
import type { Fusion } from './plan-fusions.js';

/** What computes an addition: a layer that feeds it, and the other summand. */
export interface FusedSum {
  readonly layer: MaxPooling2dLayer | Conv2dLayer | SeparableConv2dLayer;
  /** Read by a max pooling, overwritten with the sum by a convolution. */
  readonly other: string;
}

/** The values that these layers give out are those that they take, in the same memory; a graph's input is its caller's. */
const BORROWERS: ReadonlySet<Layer['kind']> = new Set(['input', 'flatten', 'reshape', 'dropout']);

/** Fused additions by the names of their `add` layers. */
export function planSums(
  graph: Graph,
  description: GraphDescription,
  fusions: ReadonlyMap<string, Fusion>,
): ReadonlyMap<string, FusedSum> {
  const places = new Map(graph.layers.map(({ name }, index) => [name, index]));
  /** The layers whose launches end with a value, by the value's name. */
  const makers = new Map<string, Layer>();
  for (const layer of graph.layers) makers.set(fusions.get(layer.name)?.last ?? '', layer);
  const kindOf = (value: string) => makers.get(value)?.kind ?? 'input';
  const sums = new Map<string, FusedSum>();
  const overwritten = new Set<string>();
  const place = (name: string) => places.get(name) ?? Infinity;

  /** Whether a layer that feeds only this addition can wait for it: its inputs must still be there. */
  const mayWait = (layer: Layer, value: string) =>
    soleConsumer(graph, description, value) !== undefined &&
    !layer.inputs.some((input) => overwritten.has(input));
  const mayOverwrite = (value: string, add: Layer) =>
    !BORROWERS.has(kindOf(value)) &&
    !graph.outputs.includes(value) &&
    (description.consumers.get(value) ?? []).every(
      (name) => name === add.name || (place(name) < place(add.name) && !BORROWERS.has(kindOf(name))),
    );

  for (const add of graph.layers) {
    const fusion = fusions.get(add.name);
    if (add.kind !== 'add' || fusion === undefined) continue;
    const [first = '', second = ''] = add.inputs;
    for (const [value, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const layer = makers.get(value);
      if (layer === undefined || value === other || !mayWait(layer, value)) continue;
      if (layer.kind === 'maxPooling2d' && !fusion.relu) {
        sums.set(add.name, { layer, other });
      } else if (isProduct(layer, fusions) && mayOverwrite(other, add)) {
        sums.set(add.name, { layer, other });
        overwritten.add(other);
      } else continue;
      // Whoever waits counts from now on as standing where the addition does.
      places.set(layer.name, place(add.name));
      break;
    }
  }
  return sums;
}

/** A layer that ends with a matrix product, and whose sums are not clamped before they are added. */
function isProduct(
  layer: Layer,
  fusions: ReadonlyMap<string, Fusion>,
): layer is Conv2dLayer | SeparableConv2dLayer {
  if (fusions.get(layer.name)?.relu !== false) return false;
  return layer.kind === 'separableConv2d' || (layer.kind === 'conv2d' && layer.groups === 1);
}
