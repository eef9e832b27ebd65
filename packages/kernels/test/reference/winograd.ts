/** Reference for assembly/winograd-panels.ts, in float64. */
import { at } from './gemm.js';
import { packPanels } from './panels.js';

/**
 * The values of three weights at the points 0, 1, −1, 2, −2 and ∞, with the factors of all three transforms.
 * Ref: Lavin and Gray, 2016, section 4.3, the matrix G of F(4, 3).
 */
const AT_POINTS = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
] as const;

/**
 * The panels of a kernel `[height, rowInputs, outputs]` at the six points, one after the other; rows are padded with zeros to
 * three pixels of `inputs` channels.
 */
export function packWinogradPanels(
  w: Float32Array,
  bias: Float32Array | null,
  height: number,
  rowInputs: number,
  inputs: number,
  outputs: number,
): Float32Array {
  const weight = (row: number, tap: number, input: number, output: number): number => {
    const place = tap * inputs + input;
    return place < rowInputs ? at(w, (row * rowInputs + place) * outputs + output) : 0;
  };
  const rows = height * inputs;
  const points = AT_POINTS.map((factors, point) => {
    const matrix = Float32Array.from({ length: rows * outputs }, (_, i) => {
      const [place, output] = [Math.floor(i / outputs), i % outputs];
      const [row, input] = [Math.floor(place / inputs), place % inputs];
      return factors.reduce((sum, factor, tap) => sum + factor * weight(row, tap, input, output), 0);
    });
    return packPanels(matrix, point === 1 ? bias : null, rows, outputs);
  });
  return new Float32Array(points.flatMap((panels) => [...panels]));
}
