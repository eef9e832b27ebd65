/**
 * Where the pixels of a layer lie in the picture: row i is centred on row `offset + i · step` of the input. It follows the
 * first input of each layer, so at the sum of a residual block its main branch.
 */
import { describeGraph } from '../nn/describe-graph.js';
import type { Graph, Layer, Padding, Size2d } from '../nn/graph.js';
import { resolveWindow } from '../nn/window.js';

export interface Axis {
  /** Pixels of the layer. */
  readonly length: number;
  /** Centre of the first one, in pixels of the input, where 0 is the centre of its first pixel. */
  readonly offset: number;
  /** Distance of two, in pixels of the input. */
  readonly step: number;
}

export interface LayerGrid {
  readonly rows: Axis;
  readonly columns: Axis;
}

/** By layer name; layers without rows and columns, and those after them, have none. */
export function layerGrids(graph: Graph): ReadonlyMap<string, LayerGrid> {
  const { layers } = describeGraph(graph);
  const grids = new Map<string, LayerGrid>();
  for (const layer of graph.layers) {
    const [height, width, channels] = layers.get(layer.name)?.outputShape ?? [];
    if (height === undefined || width === undefined || channels === undefined) continue;
    if (layer.kind === 'input') {
      const axis = (length: number): Axis => ({ length, offset: 0, step: 1 });
      grids.set(layer.name, { rows: axis(height), columns: axis(width) });
      continue;
    }
    const before = grids.get(layer.inputs[0] ?? '');
    const move = before && movesOf(layer, [before.rows.length, before.columns.length]);
    if (before === undefined || move === undefined) continue;
    const follow = (axis: Axis, length: number, { start, step }: Move): Axis => ({
      length,
      offset: axis.offset + axis.step * start,
      step: axis.step * step,
    });
    grids.set(layer.name, {
      rows: follow(before.rows, height, move.rows),
      columns: follow(before.columns, width, move.columns),
    });
  }
  return grids;
}

/** Pixel i of a layer is centred on pixel `start + i · step` of the layer before it. */
interface Move {
  readonly start: number;
  readonly step: number;
}
interface Moves {
  readonly rows: Move;
  readonly columns: Move;
}

const STAY: Move = { start: 0, step: 1 };

function movesOf(layer: Layer, [height, width]: Size2d): Moves | undefined {
  switch (layer.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'separableConv2d':
      return slide([height, width], layer.kernelSize, layer);
    case 'maxPooling2d':
    case 'averagePooling2d':
      return slide([height, width], layer.poolSize, layer);
    case 'resize2d': {
      const scale = (from: number, to: number): Move => ({ start: (from / to - 1) / 2, step: from / to });
      return { rows: scale(height, layer.size[0]), columns: scale(width, layer.size[1]) };
    }
    case 'zeroPadding2d':
      return {
        rows: { start: -layer.padding.top, step: 1 },
        columns: { start: -layer.padding.left, step: 1 },
      };
    case 'batchNormalization':
    case 'activation':
    case 'prelu':
    case 'clip':
    case 'dropout':
    case 'add':
    case 'multiply':
      return { rows: STAY, columns: STAY };
    case 'concatenate':
      return layer.axis === 2 ? { rows: STAY, columns: STAY } : undefined;
    case 'input':
    case 'globalAveragePooling2d':
    case 'flatten':
    case 'reshape':
    case 'dense':
      return undefined;
    default:
      return layer satisfies never;
  }
}

function slide(
  size: Size2d,
  window: Size2d,
  { strides, padding }: { readonly strides: number; readonly padding: Padding },
): Moves {
  const { padTop, padLeft } = resolveWindow(size, { size: window, strides, padding });
  return {
    rows: { start: (window[0] - 1) / 2 - padTop, step: strides },
    columns: { start: (window[1] - 1) / 2 - padLeft, step: strides },
  };
}
