/**
 * The order in which Keras lists the layers of a functional model.
 *
 * Keras works it out anew whenever it builds a model from its description, and then loads weights by position: a file
 * whose layers stand in another order would put weights into the wrong layers. So files are written in this order.
 *
 * A layer's depth is the length of the longest way from it to an output. Layers come by falling depth, and those of one
 * depth in the order in which a walk from the outputs, along first inputs first, meets them.
 *
 * Ref: Keras, `map_graph_network` (2.x) and `map_graph` (3.x); the same order in both.
 */
import { MienError } from '@mien/core';
import type { Graph, Layer } from '@mien/core/nn';

export function toKerasOrder(graph: Graph): readonly Layer[] {
  const layers = new Map(graph.layers.map((layer) => [layer.name, layer]));
  const met = new Map<string, number>();
  // A stack instead of recursion: a graph may be thousands of layers deep. Inputs are pushed last to first.
  const stack = [...graph.outputs].reverse();
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (met.has(name)) continue;
    met.set(name, met.size);
    const { inputs } = requireLayer(layers, name);
    for (const input of [...inputs].reverse()) if (!met.has(input)) stack.push(input);
  }

  // Layers are in topological order, so from the back every consumer's depth is known before its inputs'.
  const depths = new Map<string, number>();
  for (const { name, inputs } of [...graph.layers].reverse()) {
    const depth = depths.get(name) ?? 0;
    depths.set(name, depth);
    for (const input of inputs) depths.set(input, Math.max(depths.get(input) ?? 0, depth + 1));
  }
  const rank = (ranks: ReadonlyMap<string, number>, { name }: Layer): number => ranks.get(name) ?? 0;
  return [...graph.layers].sort((a, b) => rank(depths, b) - rank(depths, a) || rank(met, a) - rank(met, b));
}

/**
 * The graph with its layers in a given order, or unchanged if that is not an order in which each layer follows
 * its inputs.
 */
export function reorderLayers(graph: Graph, names: readonly string[]): Graph {
  const layers = new Map(graph.layers.map((layer) => [layer.name, layer]));
  if (names.length !== layers.size) return graph;
  const done = new Set<string>();
  const ordered: Layer[] = [];
  for (const name of names) {
    const layer = layers.get(name);
    if (layer === undefined || done.has(name) || !layer.inputs.every((input) => done.has(input)))
      return graph;
    done.add(name);
    ordered.push(layer);
  }
  return { ...graph, layers: ordered };
}

function requireLayer(layers: ReadonlyMap<string, Layer>, name: string): Layer {
  const layer = layers.get(name);
  if (layer === undefined) throw new MienError('MODEL_INVALID', `graph: no layer is named ${name}`);
  return layer;
}
