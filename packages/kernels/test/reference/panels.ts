/** Reference for assembly/panels.ts: the packed layout of the right-hand matrix of a product. */
import { at } from './gemm.js';

const PANEL_COLUMNS = 8;

/** `[⌈n / 8⌉][1 + k][8]`: a row of biases, then the rows of w `[k, n]`; zeros after column n. */
export function packPanels(w: Float32Array, bias: Float32Array | null, k: number, n: number): Float32Array {
  const panelLength = (k + 1) * PANEL_COLUMNS;
  return Float32Array.from({ length: Math.ceil(n / PANEL_COLUMNS) * panelLength }, (_, index) => {
    const column = Math.floor(index / panelLength) * PANEL_COLUMNS + (index % PANEL_COLUMNS);
    const row = Math.floor((index % panelLength) / PANEL_COLUMNS) - 1;
    if (column >= n) return 0;
    return row < 0 ? (bias?.[column] ?? 0) : at(w, row * n + column);
  });
}

/** The kernel `[taps, cIn, cOut]` with its taps reversed and its channels swapped: `[taps, cOut, cIn]`. */
export function rotateKernel(w: Float32Array, taps: number, cIn: number, cOut: number): Float32Array {
  const rotated = new Float32Array(w.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let ci = 0; ci < cIn; ci++) {
      for (let co = 0; co < cOut; co++) {
        rotated[((taps - 1 - tap) * cOut + co) * cIn + ci] = at(w, (tap * cIn + ci) * cOut + co);
      }
    }
  }
  return rotated;
}
