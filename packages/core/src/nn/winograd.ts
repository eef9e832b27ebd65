/**
 * Dense convolutions in inference with about half the multiplications; packages/kernels/assembly/winograd.ts says how.
 * Here is where that pays, and what becomes of the weights.
 *
 * The kernel slides by one column and is three wide. So does, and so is, one of 5×5 with a stride of 2 over a picture
 * whose columns are taken in pairs: in memory a row of 2·n pixels of c channels is one of n pixels of 2·c channels.
 */
import type { ProgramBuilder } from '../backend/program-builder.js';
import { emitPadding, type Conv2dGeometry } from './emit-conv2d.js';
import type { Operand } from './operand.js';
import type { PanelMatrix } from './panels.js';

const POINTS = 6;
/** Outputs of a row that are computed together. */
const OUTPUTS = 4;
/** Fewer channels leave more to do around the products than is saved in them. */
const LEAST_INPUTS = 6;
const LEAST_OUTPUTS = 8;
/** Of the outputs that are computed, those behind the end of a row must be few. */
const LEAST_USED = 2 / 3;
/** Working memory of a block of rows: a share of the second-level cache. */
const BLOCK_BYTES = 96 * 1024;

/**
 * The values of three weights at the points 0, 1, −1, 2, −2 and ∞, with the factors of the whole transformation.
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
/** The point whose value counts once in each output: the bias goes there. */
const BIAS_POINT = 1;

/** Columns that are taken as one pixel; 0 for a convolution (of one group) that is not computed this way. */
export function winogradColumns(g: Conv2dGeometry): 0 | 1 | 2 {
  const columns = g.strides === 1 && g.kernelWidth === 3 ? 1 : g.strides === 2 && g.kernelWidth === 5 ? 2 : 0;
  const used = g.outputWidth / (OUTPUTS * Math.ceil(g.outputWidth / OUTPUTS));
  const pays =
    g.inputChannels * columns >= LEAST_INPUTS && g.outputChannels >= LEAST_OUTPUTS && used > LEAST_USED;
  return pays ? columns : 0;
}

/**
 * From a kernel `[height, width, inputs, outputs]` to the matrices `[height·columns·inputs, outputs]` of the six points.
 *
 * @param columns that are taken as one pixel
 */
export function toWinogradMatrices(
  kernel: Float32Array,
  bias: Float32Array | undefined,
  { kernelHeight, kernelWidth, inputChannels, outputChannels }: Conv2dGeometry,
  columns: number,
): PanelMatrix[] {
  const plane = inputChannels * outputChannels;
  /** The weights of one of the three pixels; behind the kernel's last column they are zero. */
  const weight = (row: number, tap: number, column: number, i: number): number => {
    const place = tap * columns + column;
    return place < kernelWidth ? kernel[(row * kernelWidth + place) * plane + i]! : 0;
  };
  return AT_POINTS.map(([left, middle, right], point) => {
    const values = new Float32Array(kernelHeight * columns * plane);
    let to = 0;
    for (let row = 0; row < kernelHeight; row++) {
      for (let column = 0; column < columns; column++) {
        for (let i = 0; i < plane; i++) {
          values[to++] =
            left * weight(row, 0, column, i) +
            middle * weight(row, 1, column, i) +
            right * weight(row, 2, column, i);
        }
      }
    }
    const rows = kernelHeight * columns * inputChannels;
    return { values, bias: point === BIAS_POINT ? bias : undefined, rows, columns: outputChannels };
  });
}

/** Emits y = act(x ∗ kernel + bias); `panels` are those of the six matrices, one after the other. */
export function emitWinograd(
  builder: ProgramBuilder,
  g: Conv2dGeometry,
  { x, panels, y, flags }: { x: Operand; panels: Operand; y: Operand; flags: number },
): void {
  const columns = winogradColumns(g);
  // The last output sees whole pixels of `columns` columns.
  const inputWidth = g.outputWidth + 2;
  const paddedWidth = inputWidth * columns;
  const needsPadding = g.needsPadding || paddedWidth !== g.inputWidth;
  const input = needsPadding ? emitPadding(builder, { ...g, paddedWidth }, x) : x;

  const inputChannels = g.inputChannels * columns;
  const quads = Math.ceil(g.outputWidth / OUTPUTS);
  const rowElements = POINTS * quads * (g.strides * inputChannels + g.outputChannels);
  const blocks = Math.ceil((g.outputHeight * rowElements * 4) / BLOCK_BYTES);
  // Whole tiles of the product, which go down the rows of a quad.
  const rows = Math.min(4 * Math.ceil(g.outputHeight / blocks / 4), g.outputHeight);
  const rowsSeen = g.strides * (rows - 1) + g.kernelHeight;
  const workElements = POINTS * quads * (rowsSeen * inputChannels + rows * g.outputChannels);
  builder.launch(
    'conv2dWinograd',
    [
      input, panels, y, builder.buffer(g.batch * workElements),
      g.paddedHeight, inputWidth, inputChannels,
      g.outputHeight, g.outputChannels,
      g.kernelHeight, g.strides, rows, flags,
    ],
    g.batch,
  ); // prettier-ignore
}
