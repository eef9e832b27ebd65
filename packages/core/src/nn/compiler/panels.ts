/**
 * Packed weights, the layout that matrix products read: panels of eight columns, each starting with their biases. See
 * packages/kernels/assembly/panels.ts for the reason.
 */
import { BLOCK_PIXELS, PANEL_COLUMNS } from '../../backend/generated/kernel-signatures.js';
import type { ArenaBuffer, ProgramBuilder } from '../../backend/program-builder.js';
import type { Operand } from './operand.js';

/** A matrix `[rows, columns]` before packing, and its bias. */
export interface PanelMatrix {
  readonly values: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly rows: number;
  readonly columns: number;
}

/** Number of panels for `columns` columns. */
export function panelCount(columns: number): number {
  return Math.ceil(columns / PANEL_COLUMNS);
}

/** Number of floats of a packed matrix of `rows` × `columns` with its bias. */
export function panelElements(rows: number, columns: number): number {
  return panelCount(columns) * (rows + 1) * PANEL_COLUMNS;
}

/** Floats that a chunk of a weight gradient of `columns` columns needs to work in (packages/kernels/assembly/weight-gradient.ts). */
export function gradientWorkElements(columns: number): number {
  return BLOCK_PIXELS * (4 + PANEL_COLUMNS * panelCount(columns));
}

/**
 * Emits the packing of a matrix that changes between runs, such as weights in training.
 *
 * @param matrix `[rows, columns]`
 * @param bias `[columns]`; 0 for none
 */
export function emitPanels(
  builder: ProgramBuilder,
  matrix: Operand,
  bias: Operand,
  rows: number,
  columns: number,
): ArenaBuffer {
  const panels = builder.buffer(panelElements(rows, columns));
  builder.launch('packPanels', [matrix, bias, panels, rows, columns], panelCount(columns));
  return panels;
}
