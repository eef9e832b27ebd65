/** Emits the gradient of a dense convolution's input, for training and for explanations. */
import type { ArenaBuffer, ProgramBuilder } from '../../backend/program-builder.js';
import { emitConv2d, type Conv2dGeometry } from './emit-conv2d.js';
import { ELEMENT_GRAIN, ROW_GRAIN } from './grains.js';
import type { Operand } from './operand.js';
import { panelCount, panelElements } from './panels.js';
import { emitWinograd, emitWinogradPanels, toWinogradKernel, winogradColumns } from './winograd.js';

/**
 * The gradient of a convolution's input: dx[p] = Σ_t dy[(p + pad − t) / stride] · w[t], over the t for which the
 * division has no remainder.
 *
 * With stride 1 this is a convolution of dy with the kernel rotated by 180° and its channels swapped. Otherwise pixels
 * form stride × stride phases by the remainder of p, and each phase is such a convolution with every stride-th row and
 * column of the kernel, without multiplications by the zeros of a dilated dy.
 */
export function emitConv2dInputGradient(
  builder: ProgramBuilder,
  g: Conv2dGeometry,
  kernel: Operand,
  dy: ArenaBuffer,
  dx: ArenaBuffer,
  flags: number,
): void {
  const { batch, strides, inputHeight, inputWidth, inputChannels } = g;
  const phases = phasesOf(strides, g.kernelHeight, g.padTop, inputHeight).flatMap((rows) =>
    phasesOf(strides, g.kernelWidth, g.padLeft, inputWidth).map((columns) => ({ rows, columns })),
  );
  const hasTaps = ({ rows, columns }: (typeof phases)[number]) => rows.taps > 0 && columns.taps > 0;
  if (flags === 0 && !phases.every(hasTaps)) {
    builder.launch('fill', [dx, 0], batch * inputHeight * inputWidth * inputChannels, ELEMENT_GRAIN);
  }
  for (const { rows, columns } of phases.filter(hasTaps)) {
    if (strides === 1) {
      emitPhase(builder, g, kernel, dy, rows, columns, dx, flags);
      continue;
    }
    const part = builder.buffer(batch * rows.count * columns.count * inputChannels);
    emitPhase(builder, g, kernel, dy, rows, columns, part, 0);
    const target = [inputHeight, inputWidth, rows.start, columns.start, strides, flags] as const;
    const source = [part, dx, rows.count, columns.count, inputChannels] as const;
    builder.launch('dilate2d', [...source, ...target], batch * rows.count);
  }
}

/** The input's rows (or columns) p ≡ start modulo the stride. */
interface Phase {
  readonly start: number;
  /** Number of rows. */
  readonly count: number;
  /** The kernel rows that apply to them: `taps` rows, every stride-th from `firstTap`. */
  readonly firstTap: number;
  readonly taps: number;
  /** Zeros before the first output; negative when the first outputs are not used. */
  readonly padding: number;
}

function phasesOf(stride: number, kernelSize: number, padding: number, length: number): Phase[] {
  return Array.from({ length: Math.min(stride, length) }, (_, start) => {
    const firstTap = (start + padding) % stride;
    const taps = Math.max(0, Math.ceil((kernelSize - firstTap) / stride));
    return {
      start,
      count: Math.ceil((length - start) / stride),
      firstTap,
      taps,
      padding: taps - 1 - (start + padding - firstTap) / stride,
    };
  });
}

/** y[batch, rows.count, columns.count, inputChannels]: one phase of an input gradient. */
function emitPhase(
  builder: ProgramBuilder,
  g: Conv2dGeometry,
  kernel: Operand,
  dy: ArenaBuffer,
  rows: Phase,
  columns: Phase,
  y: ArenaBuffer,
  flags: number,
): void {
  const { batch, inputChannels, outputChannels, outputHeight, outputWidth } = g;
  const packRotated = (): ArenaBuffer => {
    const turned = builder.buffer(panelElements(rows.taps * columns.taps * outputChannels, inputChannels));
    const places = [rows.firstTap, rows.taps, columns.firstTap, columns.taps, g.strides] as const;
    const sizes = [g.kernelWidth, inputChannels, outputChannels] as const;
    builder.launch('packRotatedPanels', [kernel, turned, ...sizes, ...places], panelCount(inputChannels));
    return turned;
  };
  if (g.isPointwise) {
    const pixels = batch * outputHeight * outputWidth;
    const sizes = [outputChannels, inputChannels, flags] as const;
    builder.launch('gemm', [dy, packRotated(), y, ...sizes], pixels, ROW_GRAIN);
    return;
  }

  const height = rows.count + rows.taps - 1;
  const width = columns.count + columns.taps - 1;
  const fits =
    rows.padding === 0 && columns.padding === 0 && height === outputHeight && width === outputWidth;
  const input = fits ? dy : builder.buffer(batch * height * width * outputChannels);
  if (input !== dy) {
    const source = [dy, input, outputHeight, outputWidth, outputChannels] as const;
    builder.launch('pad2d', [...source, height, width, rows.padding, columns.padding], batch * height);
  }
  // The convolution from output gradients to input gradients.
  const gradient: Conv2dGeometry = {
    batch,
    inputHeight: height,
    inputWidth: width,
    inputChannels: outputChannels,
    outputHeight: rows.count,
    outputWidth: columns.count,
    outputChannels: inputChannels,
    kernelHeight: rows.taps,
    kernelWidth: columns.taps,
    strides: 1,
    padTop: 0,
    padLeft: 0,
    paddedHeight: height,
    paddedWidth: width,
    isPointwise: rows.taps === 1 && columns.taps === 1,
    needsPadding: false,
  };
  // With a stride, the kernel of a phase is only part of the kernel in memory.
  if (g.strides === 1 && winogradColumns(gradient) === 1) {
    const turned = { ...toWinogradKernel(gradient, 1), rotated: true };
    const panels = emitWinogradPanels(builder, kernel, 0, turned);
    emitWinograd(builder, gradient, { x: input, panels, y, flags });
  } else {
    emitConv2d(builder, gradient, { x: input, panels: packRotated(), y, flags });
  }
}
