/** The last step of an import, once every operator is a layer: removes what is not needed and names the outputs. */
import type { Layer, Tensor } from '@mien/core/nn';

export interface UnfinishedGraph {
  /** By name, in order; the first is the input. */
  readonly layers: Map<string, Layer>;
  /** By layer, then by the layer's own name for them. */
  readonly weights: Map<string, Readonly<Record<string, Tensor>>>;
  /** Normalisations that only add. */
  readonly offsets: ReadonlySet<string>;
  /** Layers that are outputs, each once, with the names that they should have. */
  readonly outputs: readonly { readonly layer: string; readonly wanted: string }[];
}

export interface FinishedGraph {
  readonly layers: readonly Layer[];
  readonly outputs: readonly string[];
  readonly weights: Map<string, Tensor>;
}

export function finishGraph(graph: UnfinishedGraph): FinishedGraph {
  dropUnused(graph);
  const merged = mergeOffsets(graph);
  const names = finalNames(graph, merged);
  const nameOf = (layer: string) => {
    const own = merged.get(layer) ?? layer;
    return names.get(own) ?? own;
  };
  const weights = new Map<string, Tensor>();
  for (const [layer, tensors] of graph.weights) {
    for (const [name, tensor] of Object.entries(tensors)) weights.set(`${nameOf(layer)}/${name}`, tensor);
  }
  const layers = [...graph.layers.values()].map((layer) => ({
    ...layer,
    name: nameOf(layer.name),
    inputs: layer.inputs.map(nameOf),
  }));
  return { layers, outputs: graph.outputs.map(({ layer }) => nameOf(layer)), weights };
}

/** Removes layers that no output depends on, apart from the input. */
function dropUnused({ layers, weights, outputs }: UnfinishedGraph): void {
  const used = new Set(outputs.map(({ layer }) => layer));
  for (const layer of [...layers.values()].reverse()) {
    if (used.has(layer.name)) layer.inputs.forEach((input) => used.add(input));
    else if (layer.kind !== 'input') {
      layers.delete(layer.name);
      weights.delete(layer.name);
    }
  }
}

/**
 * An offset right after a layer that could have a bias and has none is its bias.
 *
 * @returns which layer each of those that went is now
 */
function mergeOffsets({ layers, weights, offsets, outputs }: UnfinishedGraph): ReadonlyMap<string, string> {
  const uses = new Map<string, number>();
  for (const { inputs } of layers.values()) {
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  // An output's value must stay what it is.
  for (const { layer } of outputs) uses.set(layer, (uses.get(layer) ?? 0) + 1);
  const merged = new Map<string, string>();
  for (const offset of offsets) {
    const input = layers.get(offset)?.inputs[0] ?? '';
    const before = layers.get(input);
    const bias = weights.get(offset)?.['beta'];
    const isOpen =
      (before?.kind === 'conv2d' || before?.kind === 'depthwiseConv2d' || before?.kind === 'dense') &&
      !before.useBias;
    if (!isOpen || uses.get(input) !== 1 || bias === undefined) continue;
    layers.set(input, { ...before, useBias: true });
    weights.set(input, { ...weights.get(input), bias });
    layers.delete(offset);
    weights.delete(offset);
    merged.set(offset, input);
  }
  return merged;
}

/** Outputs get the names that they should have; other layers of those names make room. */
function finalNames(
  { layers, outputs }: UnfinishedGraph,
  merged: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const names = new Map(outputs.map(({ layer, wanted }) => [merged.get(layer) ?? layer, wanted]));
  const taken = new Set(names.values());
  for (const [layer, wanted] of [...names]) {
    if (layer === wanted || !layers.has(wanted) || names.has(wanted)) continue;
    // The two swap names, unless that one is wanted too.
    let other = layer;
    for (let count = 2; taken.has(other) || (other !== layer && layers.has(other)); count++) {
      other = `${wanted}_${count}`;
    }
    taken.add(other);
    names.set(wanted, other);
  }
  return names;
}
