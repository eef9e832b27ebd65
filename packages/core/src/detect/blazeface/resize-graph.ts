/** The detector's network for an input of another size: it is convolutional up to the reshaping of its outputs. */
import type { Graph } from '../../nn/graph.js';
import { countAnchors } from './anchors.js';
import type { AnchorGrid } from './parse-contract.js';

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The same layers over an input of `size`. What differs is the number of anchors in the shapes that outputs are given:
 * a shape that begins with the anchors of a grid begins with those that the grid has now.
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
