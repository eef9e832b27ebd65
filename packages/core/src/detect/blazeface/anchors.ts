import type { AnchorGrid } from './blazeface-contract.js';

interface InputSize {
  readonly width: number;
  readonly height: number;
}

/** Number of anchors of a grid over an input. */
export function countAnchors({ stride, perCell }: AnchorGrid, { width, height }: InputSize): number {
  return Math.ceil(width / stride) * Math.ceil(height / stride) * perCell;
}

/**
 * Centres of the network's anchors, `[anchors, 2]`: x and y as shares of the input's sides, in the order of the network's
 * outputs (by grid, row, column, anchor of the cell). All anchors have size 1, so box sizes are absolute.
 *
 * Ref: MediaPipe, SsdAnchorsCalculator with fixed_anchor_size; Bazarevsky et al., "BlazeFace: Sub-millisecond neural
 * face detection on mobile GPUs", 2019.
 */
export function createAnchors(size: InputSize, grids: readonly AnchorGrid[]): Float32Array {
  const { width, height } = size;
  const centers = new Float32Array(2 * grids.reduce((sum, grid) => sum + countAnchors(grid, size), 0));
  let to = 0;
  for (const { stride, perCell } of grids) {
    const [columns, rows] = [Math.ceil(width / stride), Math.ceil(height / stride)];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let k = 0; k < perCell; k++) {
          centers[to++] = (column + 0.5) / columns;
          centers[to++] = (row + 0.5) / rows;
        }
      }
    }
  }
  return centers;
}
