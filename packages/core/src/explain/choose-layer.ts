import { MienError } from '../errors.js';
import type { Graph } from '../nn/graph.js';
import { probedLayers } from '../nn/compiler/compile-layer-probe.js';
import { layerGrids, type LayerGrid } from './layer-grid.js';

/** A layer with rows and columns, and where they lie in the picture. */
export interface ExplainedLayer {
  readonly layer: string;
  readonly grid: LayerGrid;
}

const LEAST_SIDE = 12;

/** Layers whose maps can be shown: the last of each size, from the largest to the smallest. */
export function explainableLayers(graph: Graph): readonly ExplainedLayer[] {
  const grids = layerGrids(graph);
  const bySize = new Map<string, ExplainedLayer>();
  for (const layer of probedLayers(graph)) {
    const grid = grids.get(layer);
    if (grid === undefined) continue;
    bySize.set(`${grid.rows.length}×${grid.columns.length}`, { layer, grid });
  }
  return [...bySize.values()];
}

/** @throws MienError `USAGE` for a layer without a map, or a network that has none */
export function chooseLayer(graph: Graph, name?: string): ExplainedLayer {
  const layers = explainableLayers(graph);
  const chosen =
    name === undefined
      ? (layers.findLast(({ grid }) => Math.min(grid.rows.length, grid.columns.length) >= LEAST_SIDE) ??
        layers[0])
      : layers.find(({ layer }) => layer === name);
  if (chosen === undefined) {
    throw new MienError(
      'USAGE',
      `explain: ${graph.name} has no map of the layer ${name ?? ''}; choose one of ${layers.map(({ layer }) => layer).join(', ')}`,
    );
  }
  return chosen;
}
