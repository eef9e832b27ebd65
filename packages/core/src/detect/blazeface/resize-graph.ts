/** The detector's network at another input size: it is convolutional up to the reshapes before its outputs. */
import type { Graph } from '../../nn/graph.js';
import { countAnchors } from './anchors.js';
import type { AnchorGrid } from './blazeface-contract.js';

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The same layers over an input of `size`. Only the number of anchors in the reshape layers changes: a shape whose first
 * dimension is the anchor count of a grid gets that grid's new count.
 */
export function resizeGraph(graph: Graph, grids: readonly AnchorGrid[], size: Size): Graph {
  const [height, width, channels] = graph.inputShape;
  const counts = new Map(
    grids.map((grid) => [countAnchors(grid, { width, height }), countAnchors(grid, size)]),
  );
  const inputShape = [size.height, size.width, channels] as const;
  return {
    ...graph,
    inputShape,
    layers: graph.layers.map((layer) => {
      if (layer.kind === 'input') return { ...layer, shape: inputShape };
      if (layer.kind !== 'reshape') return layer;
      const [first = 0, ...others] = layer.shape;
      return { ...layer, shape: [counts.get(first) ?? first, ...others] };
    }),
  };
}
