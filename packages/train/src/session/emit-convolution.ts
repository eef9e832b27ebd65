/** Convolutions in training: forward, and the gradients of weights and input. */
import {
  ELEMENT_GRAIN,
  emitConv2d,
  emitPanels,
  emitWinograd,
  emitWinogradPanels,
  emitWinogradWeightGradient,
  gradientWorkElements,
  hasWinogradGradient,
  panelCount,
  panelElements,
  ROW_GRAIN,
  toConv2dGeometry,
  toWindowOperands,
  toWinogradKernel,
  weightRows,
  winogradColumns,
  winogradGradientElements,
  type ArenaBuffer,
  type Conv2dGeometry,
  type Operand,
  type ProgramBuilder,
} from '@mien/core/compiler';
import type { Conv2dLayer, DepthwiseConv2dLayer, SeparableConv2dLayer, Shape } from '@mien/core/nn';
import type { GradientTape, Value } from './gradient-tape.js';

/** Where a convolution's weights are, and where their gradients go; 0 for a bias that it does not have. */
export interface ConvolutionWeights {
  readonly kernel: Operand;
  readonly kernelGradient: Operand;
  readonly bias: Operand;
  readonly biasGradient: Operand;
}

/** The weights of a layer in the parameter store. */
export function weightsOf(
  { parameters }: GradientTape,
  layerName: string,
  role: 'kernel' | 'depthwise_kernel' | 'pointwise_kernel',
  hasBias: boolean,
): ConvolutionWeights {
  const [kernel, bias] = [`${layerName}/${role}`, `${layerName}/bias`];
  return {
    kernel: parameters.offsetOf(kernel),
    kernelGradient: parameters.gradients.offsetOf(kernel),
    bias: hasBias ? parameters.offsetOf(bias) : 0,
    biasGradient: hasBias ? parameters.gradients.offsetOf(bias) : 0,
  };
}

/** y = x ∗ kernel + bias over all channels. */
export function emitConvolution(
  tape: GradientTape,
  g: Conv2dGeometry,
  x: Value,
  weights: ConvolutionWeights,
  y: Value,
): void {
  const { builder } = tape;
  const { kernel, bias } = weights;
  const operands = { x: x.buffer, y: y.buffer, flags: 0 };
  const input = hasWinograd(g)
    ? emitWinograd(builder, g, {
        ...operands,
        panels: emitWinogradPanels(builder, kernel, bias, toWinogradKernel(g, 1)),
      })
    : emitConv2d(builder, g, {
        ...operands,
        panels: emitPanels(builder, kernel, bias, weightRows(g), g.outputChannels),
      });
  tape.push(() => {
    const dy = tape.gradientOf(y);
    const pixels = g.batch * g.outputHeight * g.outputWidth;
    if (bias !== 0) tape.emitBiasGradient(weights.biasGradient, dy, pixels, g.outputChannels);
    emitKernelGradient(tape, g, input, dy, weights.kernelGradient);
    tape.emitGradient(x, (dx, flags) => {
      emitInputGradient(tape, g, kernel, dy, dx, flags);
    });
  });
}

/** Whether a convolution is computed with half the products; of pairs of columns only inference makes pixels. */
function hasWinograd(g: Conv2dGeometry): boolean {
  return winogradColumns(g) === 1;
}

/** y = x · kernel + bias for every row of `inputs` channels: a pointwise convolution or a fully connected layer. */
export function emitPointwise(
  tape: GradientTape,
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  filters: number,
  x: Value,
  weights: ConvolutionWeights,
  y: Value,
): void {
  const layer = { kernelSize: [1, 1], strides: 1, padding: 'valid', filters } as const;
  emitConvolution(tape, toConv2dGeometry(tape.batch, [height, width, channels], layer), x, weights, y);
}

function emitKernelGradient(
  tape: GradientTape,
  g: Conv2dGeometry,
  input: Operand,
  dy: ArenaBuffer,
  target: Operand,
): void {
  const { builder } = tape;
  const rows = g.batch * g.outputHeight;
  const pixels = rows * g.outputWidth;
  const count = g.kernelHeight * g.kernelWidth * g.inputChannels * g.outputChannels;
  if (g.isPointwise) {
    tape.emitReduction(target, pixels, count, (partial, perChunk, chunks) => {
      const work = builder.buffer(chunks * gradientWorkElements(g.outputChannels));
      const sizes = [pixels, g.inputChannels, g.outputChannels, perChunk] as const;
      builder.launch('gemmBackwardWeights', [input, dy, partial, work, ...sizes], chunks);
    });
    return;
  }
  const sumElements = winogradGradientElements(g);
  if (hasWinogradGradient(g, tape.chunksOf(g.batch, sumElements).perChunk)) {
    const sums = builder.buffer(sumElements);
    tape.emitReduction(sums, g.batch, sumElements, (partial, perChunk, chunks) => {
      emitWinogradWeightGradient(builder, g, input, dy, { partial, perChunk, chunks });
    });
    const operands = [sums, target, g.kernelHeight, g.inputChannels, g.outputChannels] as const;
    builder.launch('winogradWeightsFromPoints', [...operands], g.kernelHeight);
    return;
  }
  tape.emitReduction(target, rows, count, (partial, perChunk, chunks) => {
    const work = builder.buffer(chunks * gradientWorkElements(g.outputChannels));
    builder.launch(
      'conv2dBackwardWeights',
      [
        input, dy, partial, work,
        g.paddedHeight, g.paddedWidth, g.inputChannels,
        g.outputHeight, g.outputWidth, g.outputChannels,
        g.kernelHeight, g.kernelWidth, g.strides, rows, perChunk,
      ],
      chunks,
    ); // prettier-ignore
  });
}

/**
 * The gradient of a convolution's input: dx[p] = Σ_t dy[(p + pad − t) / stride] · w[t], over the t for which the
 * division is whole.
 *
 * With stride 1 that is a convolution of dy with the kernel turned by 180° and its channels swapped. Otherwise pixels
 * fall into stride × stride phases by the remainder of p, and for each it is such a convolution with every stride-th
 * row and column of the kernel: no product with a zero between two outputs is ever made.
 */
function emitInputGradient(
  { builder }: GradientTape,
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
  /** How many there are. */
  readonly count: number;
  /** The kernel's rows that meet them: `taps` of them, every stride-th from `firstTap` on. */
  readonly firstTap: number;
  readonly taps: number;
  /** Zeros before the first output; negative where the first outputs are not used. */
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
  const packTurned = (): ArenaBuffer => {
    const turned = builder.buffer(panelElements(rows.taps * columns.taps * outputChannels, inputChannels));
    const places = [rows.firstTap, rows.taps, columns.firstTap, columns.taps, g.strides] as const;
    const sizes = [g.kernelWidth, inputChannels, outputChannels] as const;
    builder.launch('packRotatedPanels', [kernel, turned, ...sizes, ...places], panelCount(inputChannels));
    return turned;
  };
  if (g.isPointwise) {
    const pixels = batch * outputHeight * outputWidth;
    const sizes = [outputChannels, inputChannels, flags] as const;
    builder.launch('gemm', [dy, packTurned(), y, ...sizes], pixels, ROW_GRAIN);
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
  // A convolution of its own, from the gradients to those of the input.
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
  // With a stride, the kernel of a phase is only a part of the one in memory.
  if (g.strides === 1 && hasWinograd(gradient)) {
    const turned = { ...toWinogradKernel(gradient, 1), turned: true };
    const panels = emitWinogradPanels(builder, kernel, 0, turned);
    emitWinograd(builder, gradient, { x: input, panels, y, flags });
  } else {
    emitConv2d(builder, gradient, { x: input, panels: packTurned(), y, flags });
  }
}

/** Each channel convolved with its own kernel; the depthwise half of a separable convolution has no bias. */
export function emitDepthwise(
  tape: GradientTape,
  layer: Conv2dLayer | DepthwiseConv2dLayer | SeparableConv2dLayer,
  inputShape: Shape,
  x: Value,
  weights: ConvolutionWeights,
  y: Value,
): void {
  const { builder, batch } = tape;
  const { kernel, bias } = weights;
  const [height = 1, , channels = 1] = inputShape;
  const window = toWindowOperands(inputShape, { size: layer.kernelSize, ...layer });
  const rows = batch * window.outputHeight;
  builder.launch('depthwiseConv2d', [x.buffer, kernel, bias, y.buffer, ...window.operands, 0], rows);
  tape.push(() => {
    const dy = tape.gradientOf(y);
    if (bias !== 0) tape.emitBiasGradient(weights.biasGradient, dy, rows * window.outputWidth, channels);
    const count = layer.kernelSize[0] * layer.kernelSize[1] * channels;
    tape.emitReduction(weights.kernelGradient, rows, count, (partial, perChunk, chunks) => {
      const operands = [x.buffer, dy, partial, ...window.operands, rows, perChunk] as const;
      builder.launch('depthwiseConv2dBackwardWeights', [...operands], chunks);
    });
    tape.emitGradient(x, (dx, flags) => {
      const operands = [dy, kernel, dx, ...window.operands, flags] as const;
      builder.launch('depthwiseConv2dBackwardInput', [...operands], batch * height);
    });
  });
}
