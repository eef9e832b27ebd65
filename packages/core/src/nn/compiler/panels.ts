/**
 * Weights in the layout that products take them in: columns in panels of eight, each headed by its biases.
 * See packages/kernels/assembly/panels.ts for why.
 */
import { BLOCK_PIXELS, PANEL_COLUMNS } from '../../backend/generated/kernel-signatures.js';
import type { ArenaBuffer, ProgramBuilder } from '../../backend/program-builder.js';
import type { Operand } from './operand.js';

/** A matrix `[rows, columns]` before it is packed, with the bias that its products start from. */
export interface PanelMatrix {
  readonly values: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly rows: number;
  readonly columns: number;
}

/** Panels of a matrix of `columns` columns. */
export function panelCount(columns: number): number {
  return Math.ceil(columns / PANEL_COLUMNS);
}

/** Floats of all panels of a matrix of `rows` × `columns` with their biases. */
export function panelElements(rows: number, columns: number): number {
  return panelCount(columns) * (rows + 1) * PANEL_COLUMNS;
}

/** Floats that a chunk of a weight gradient of `columns` columns needs to work in (packages/kernels/assembly/weight-gradient.ts). */
export function gradientWorkElements(columns: number): number {
  return BLOCK_PIXELS * (4 + PANEL_COLUMNS * panelCount(columns));
}

/**
 * Packs a matrix that changes from run to run: weights in training.
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
