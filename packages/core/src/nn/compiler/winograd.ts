/**
 * Dense convolutions with about half the multiplications, in inference and in training; packages/kernels/assembly/winograd.ts
 * says how. Here is where that pays, and what becomes of the weights.
 *
 * The kernel slides by one column and is three wide. So does, and so is, one of 5×5 with a stride of 2 over a picture
 * whose columns are taken in pairs: in memory a row of 2·n pixels of c channels is one of n pixels of 2·c channels.
 */
import { WINOGRAD_OUTPUTS, WINOGRAD_POINTS } from '../../backend/generated/kernel-signatures.js';
import type { ArenaBuffer, ProgramBuilder } from '../../backend/program-builder.js';
import { emitPadding, type Conv2dGeometry } from './emit-conv2d.js';
import type { Operand } from './operand.js';
import { gradientWorkElements, panelCount, panelElements } from './panels.js';

/** Fewer channels leave more to do around the products than is saved in them. */
const LEAST_INPUTS = 6;
const LEAST_OUTPUTS = 8;
/** Of the outputs that are computed, those behind the end of a row must be few. */
const LEAST_USED = 2 / 3;
/** Working memory of a block of rows: a share of the second-level cache. */
const BLOCK_BYTES = 96 * 1024;

/**
 * The sums of a weight gradient at the points are twice as large as it is, and each is fetched for a quarter of the
 * pixels: a chunk must have many. Fewer channels leave more to do around the sums than is saved in them.
 */
const LEAST_GRADIENT_PIXELS = 128;
const LEAST_GRADIENT_INPUTS = 16;
/** Pixels that a block of a weight gradient has at each point: enough for the sums to be worth fetching. */
const BLOCK_PIXELS = 128;

/** Columns that are taken as one pixel; 0 for a convolution (of one group) that is not computed this way. */
export function winogradColumns(g: Conv2dGeometry): 0 | 1 | 2 {
  const columns = g.strides === 1 && g.kernelWidth === 3 ? 1 : g.strides === 2 && g.kernelWidth === 5 ? 2 : 0;
  const used = g.outputWidth / (WINOGRAD_OUTPUTS * Math.ceil(g.outputWidth / WINOGRAD_OUTPUTS));
  const pays =
    g.inputChannels * columns >= LEAST_INPUTS && g.outputChannels >= LEAST_OUTPUTS && used > LEAST_USED;
  return pays ? columns : 0;
}

/** Whether the gradient of the weights is summed at the points as well, in chunks of so many pictures. */
export function hasWinogradGradient(g: Conv2dGeometry, picturesPerChunk: number): boolean {
  const pixels = picturesPerChunk * g.outputHeight * g.outputWidth;
  const pays = g.inputChannels >= LEAST_GRADIENT_INPUTS && pixels >= LEAST_GRADIENT_PIXELS;
  return winogradColumns(g) === 1 && pays;
}

/** A kernel of which the values at the six points are wanted, in the words of `packWinogradPanels`. */
export interface WinogradKernel {
  readonly height: number;
  /** Inputs of a row of the kernel. */
  readonly rowInputs: number;
  /** Channels of a pixel, those of all its columns. */
  readonly inputs: number;
  readonly outputs: number;
  /** Whether the kernel in memory is that of the convolution whose input gradient this one is. */
  readonly turned: boolean;
}

/** @param columns that are taken as one pixel */
export function toWinogradKernel(g: Conv2dGeometry, columns: number): WinogradKernel {
  const rowInputs = g.kernelWidth * g.inputChannels;
  const inputs = columns * g.inputChannels;
  return { height: g.kernelHeight, rowInputs, inputs, outputs: g.outputChannels, turned: false };
}

/** Floats of the panels of all six points. */
export function winogradElements({ height, inputs, outputs }: WinogradKernel): number {
  return WINOGRAD_POINTS * panelElements(height * inputs, outputs);
}

/** What `packWinogradPanels` takes behind its pointers. */
export function winogradOperands(kernel: WinogradKernel) {
  const { height, rowInputs, inputs, outputs, turned } = kernel;
  return [height, rowInputs, inputs, outputs, turned ? 1 : 0] as const;
}

/** Packs a kernel that changes from run to run, with its bias (0 for none), for {@link emitWinograd}. */
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
 * @param panels those of the six points, as `packWinogradPanels` leaves them
 * @returns the input over which the convolution is "valid": `x`, or its padded copy
 */
export function emitWinograd(
  builder: ProgramBuilder,
  g: Conv2dGeometry,
  { x, panels, y, flags }: { x: Operand; panels: Operand; y: Operand; flags: number },
): Operand {
  const columns = winogradColumns(g);
  // The last output sees whole pixels of `columns` columns.
  const inputWidth = g.outputWidth + 2;
  const paddedWidth = inputWidth * columns;
  const needsPadding = g.needsPadding || paddedWidth !== g.inputWidth;
  const input = needsPadding ? emitPadding(builder, { ...g, paddedWidth }, x) : x;

  const inputChannels = g.inputChannels * columns;
  const quads = Math.ceil(g.outputWidth / WINOGRAD_OUTPUTS);
  const rowElements = WINOGRAD_POINTS * quads * (g.strides * inputChannels + g.outputChannels);
  const blocks = Math.ceil((g.outputHeight * rowElements * 4) / BLOCK_BYTES);
  // Whole tiles of the product, which go down the rows of a quad.
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

/** Where the sums of a weight gradient go, and how they are cut into chunks of pictures. */
export interface PartialGradients {
  readonly partial: Operand;
  readonly perChunk: number;
  readonly chunks: number;
}

/** Floats of the sums that one chunk leaves: the gradient at each of the six points. */
export function winogradGradientElements(g: Conv2dGeometry): number {
  return WINOGRAD_POINTS * g.kernelHeight * g.inputChannels * g.outputChannels;
}

/** Emits the sums at the six points of which `winogradWeightsFromPoints` makes the gradient of the weights; of stride 1. */
export function emitWinogradWeightGradient(
  builder: ProgramBuilder,
  g: Conv2dGeometry,
  input: Operand,
  dy: Operand,
  { partial, perChunk, chunks }: PartialGradients,
): void {
  const quads = Math.ceil(g.outputWidth / WINOGRAD_OUTPUTS);
  // Some rows of a picture, or as many pictures as it takes.
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
