/**
 * Emits Winograd convolutions, which need about half the multiplications, for inference and training. This file decides
 * where they pay off and how weights are packed; packages/kernels/assembly/winograd.ts explains the algorithm.
 *
 * The kernel is three columns wide and has a stride of 1. A 5×5 convolution with a stride of 2 has that form too, if two
 * columns count as one pixel: in memory, a row of 2·n pixels of c channels is a row of n pixels of 2·c channels.
 */
import { WINOGRAD_OUTPUTS, WINOGRAD_POINTS } from '../../backend/generated/kernel-signatures.js';
import type { ArenaBuffer, ProgramBuilder } from '../../backend/program-builder.js';
import { emitPadding, type Conv2dGeometry } from './emit-conv2d.js';
import type { Operand } from './operand.js';
import { gradientWorkElements, panelCount, panelElements } from './panels.js';

/** With fewer channels, the transforms cost more than the products save. */
const LEAST_INPUTS = 6;
const LEAST_OUTPUTS = 8;
/** Minimum share of computed outputs that lie within the row. */
const LEAST_USED = 2 / 3;
/** Working memory of a block of rows: a share of the second-level cache. */
const BLOCK_BYTES = 96 * 1024;

/**
 * A weight gradient at the six points is twice as large as the gradient itself, and is updated for a quarter of the
 * pixels, so a chunk needs many pixels. With fewer channels, the transforms cost more than the sums save.
 */
const LEAST_GRADIENT_PIXELS = 128;
const LEAST_GRADIENT_INPUTS = 16;
/** Pixels per point in a block of a weight gradient: enough to outweigh loading the sums. */
const BLOCK_PIXELS = 128;

/** Number of columns that count as one pixel; 0 if a convolution of one group does not use Winograd. */
export function winogradColumns(g: Conv2dGeometry): 0 | 1 | 2 {
  const columns = g.strides === 1 && g.kernelWidth === 3 ? 1 : g.strides === 2 && g.kernelWidth === 5 ? 2 : 0;
  const used = g.outputWidth / (WINOGRAD_OUTPUTS * Math.ceil(g.outputWidth / WINOGRAD_OUTPUTS));
  const pays =
    g.inputChannels * columns >= LEAST_INPUTS && g.outputChannels >= LEAST_OUTPUTS && used > LEAST_USED;
  return pays ? columns : 0;
}

/** Whether the weight gradient uses Winograd too, for chunks of `picturesPerChunk` pictures. */
export function hasWinogradGradient(g: Conv2dGeometry, picturesPerChunk: number): boolean {
  const pixels = picturesPerChunk * g.outputHeight * g.outputWidth;
  const pays = g.inputChannels >= LEAST_GRADIENT_INPUTS && pixels >= LEAST_GRADIENT_PIXELS;
  return winogradColumns(g) === 1 && pays;
}

/** A kernel to be transformed to the six points; parameters of `packWinogradPanels`. */
export interface WinogradKernel {
  readonly height: number;
  /** Inputs per kernel row. */
  readonly rowInputs: number;
  /** Channels per pixel, summed over its columns. */
  readonly inputs: number;
  readonly outputs: number;
  /** Whether to rotate the kernel by 180°, for the input gradient of a convolution. */
  readonly rotated: boolean;
}

/** @param columns number of columns that count as one pixel */
export function toWinogradKernel(g: Conv2dGeometry, columns: number): WinogradKernel {
  const rowInputs = g.kernelWidth * g.inputChannels;
  const inputs = columns * g.inputChannels;
  return { height: g.kernelHeight, rowInputs, inputs, outputs: g.outputChannels, rotated: false };
}

/** Number of floats of the packed kernel at all six points. */
export function winogradElements({ height, inputs, outputs }: WinogradKernel): number {
  return WINOGRAD_POINTS * panelElements(height * inputs, outputs);
}

/** Parameters of `packWinogradPanels` after the pointers. */
export function winogradOperands(kernel: WinogradKernel) {
  const { height, rowInputs, inputs, outputs, rotated } = kernel;
  return [height, rowInputs, inputs, outputs, rotated ? 1 : 0] as const;
}

/** Emits the packing of a kernel that changes between runs, with its bias (0 for none), for {@link emitWinograd}. */
export function emitWinogradPanels(
  builder: ProgramBuilder,
  weights: Operand,
  bias: Operand,
  kernel: WinogradKernel,
): ArenaBuffer {
  const panels = builder.buffer(winogradElements(kernel));
  const operands = [weights, bias, panels, ...winogradOperands(kernel)] as const;
  builder.launch('packWinogradPanels', [...operands], panelCount(kernel.outputs));
  return panels;
}

/**
 * Emits y = act(x ∗ kernel + bias).
 *
 * @param panels kernel and bias, packed by `packWinogradPanels`
 * @returns the input of the "valid" convolution: `x` or its padded copy
 */
export function emitWinograd(
  builder: ProgramBuilder,
  g: Conv2dGeometry,
  { x, panels, y, flags }: { x: Operand; panels: Operand; y: Operand; flags: number },
): Operand {
  const columns = winogradColumns(g);
  // The input has to consist of whole pixels of `columns` columns.
  const inputWidth = g.outputWidth + 2;
  const paddedWidth = inputWidth * columns;
  const needsPadding = g.needsPadding || paddedWidth !== g.inputWidth;
  const input = needsPadding ? emitPadding(builder, { ...g, paddedWidth }, x) : x;

  const inputChannels = g.inputChannels * columns;
  const quads = Math.ceil(g.outputWidth / WINOGRAD_OUTPUTS);
  const rowElements = WINOGRAD_POINTS * quads * (g.strides * inputChannels + g.outputChannels);
  const blocks = Math.ceil((g.outputHeight * rowElements * 4) / BLOCK_BYTES);
  // Whole register tiles of the product, which run down the rows of a quad.
  const rows = Math.min(4 * Math.ceil(g.outputHeight / blocks / 4), g.outputHeight);
  const rowsSeen = g.strides * (rows - 1) + g.kernelHeight;
  const workElements = WINOGRAD_POINTS * quads * (rowsSeen * inputChannels + rows * g.outputChannels);
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
  return input;
}

/** Partial sums of a weight gradient, one for each chunk of pictures. */
export interface PartialGradients {
  readonly partial: Operand;
  readonly perChunk: number;
  readonly chunks: number;
}

/** Number of floats of a chunk's partial sums: the gradient at each of the six points. */
export function winogradGradientElements(g: Conv2dGeometry): number {
  return WINOGRAD_POINTS * g.kernelHeight * g.inputChannels * g.outputChannels;
}

/** Emits the partial sums at the six points, from which `winogradWeightsFromPoints` computes the weight gradient. Stride 1 only. */
export function emitWinogradWeightGradient(
  builder: ProgramBuilder,
  g: Conv2dGeometry,
  input: Operand,
  dy: Operand,
  { partial, perChunk, chunks }: PartialGradients,
): void {
  const quads = Math.ceil(g.outputWidth / WINOGRAD_OUTPUTS);
  // A block is some rows of a picture, or several small pictures.
  const rows = Math.min(g.outputHeight, Math.ceil(BLOCK_PIXELS / quads));
  const blockImages =
    rows < g.outputHeight ? 1 : Math.min(perChunk, Math.ceil(BLOCK_PIXELS / (quads * g.outputHeight)));
  const rowElements = (rows + g.kernelHeight - 1) * g.inputChannels + rows * g.outputChannels;
  const work = gradientWorkElements(g.outputChannels) + WINOGRAD_POINTS * blockImages * quads * rowElements;
  builder.launch(
    'conv2dWinogradBackwardWeights',
    [
      input, dy, partial, builder.buffer(chunks * work),
      g.outputHeight, g.outputWidth, g.inputChannels, g.outputChannels, g.kernelHeight,
      g.batch, perChunk, blockImages, rows,
    ],
    chunks,
  ); // prettier-ignore
}
