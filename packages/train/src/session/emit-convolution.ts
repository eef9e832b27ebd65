/** Convolutions in training: forward, and the gradients of weights and input. */
import {
  ELEMENT_GRAIN,
  emitConv2d,
  emitPanels,
  FLAG_ACCUMULATE,
  panelCount,
  panelElements,
  ROW_GRAIN,
  toConv2dGeometry,
  toWindowOperands,
  weightRows,
  type ArenaBuffer,
  type Conv2dGeometry,
  type Conv2dLayer,
  type DepthwiseConv2dLayer,
  type Operand,
  type SeparableConv2dLayer,
  type Shape,
} from '@mien/core/nn';
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
  const panels = emitPanels(builder, kernel, bias, weightRows(g), g.outputChannels);
  const input = emitConv2d(builder, g, { x: x.buffer, panels, y: y.buffer, flags: 0 });
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

/** Floats that a chunk of a weight gradient needs to work in (packages/kernels/assembly/outer.ts). */
function workElements(outputChannels: number): number {
  return 128 * (4 + 8 * Math.ceil(outputChannels / 8));
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
      const work = builder.buffer(chunks * workElements(g.outputChannels));
      const sizes = [pixels, g.inputChannels, g.outputChannels, perChunk] as const;
      builder.launch('gemmBackwardWeights', [input, dy, partial, work, ...sizes], chunks);
    });
    return;
  }
  tape.emitReduction(target, rows, count, (partial, perChunk, chunks) => {
    const work = builder.buffer(chunks * workElements(g.outputChannels));
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
 * The gradient of a convolution's input is a convolution of the output's gradient with the kernel turned by 180°
 * and its channel axes swapped: dx[p] = Σ_t dy[(p + pad − t) / stride] · w[t], where the division is whole. With
 * zeros between (stride) and around (kernel − 1 − pad) the gradient's pixels it is a plain one of stride 1.
 */
function emitInputGradient(
  { builder }: GradientTape,
  g: Conv2dGeometry,
  kernel: Operand,
  dy: ArenaBuffer,
  dx: ArenaBuffer,
  flags: number,
): void {
  const taps = g.kernelHeight * g.kernelWidth;
  const { inputChannels, outputChannels } = g;
  const turned = builder.buffer(panelElements(taps * outputChannels, inputChannels));
  const sizes = [taps, inputChannels, outputChannels] as const;
  builder.launch('packTurnedPanels', [kernel, turned, ...sizes], panelCount(inputChannels));

  const outputPixels = g.batch * g.outputHeight * g.outputWidth;
  const multiply = (y: ArenaBuffer, gemmFlags: number) => {
    builder.launch(
      'gemm',
      [dy, turned, y, outputChannels, inputChannels, gemmFlags],
      outputPixels,
      ROW_GRAIN,
    );
  };
  if (g.isPointwise) {
    multiply(dx, flags);
    return;
  }

  /** Puts the pixels of `from` as far apart as the stride, into a picture of zeros. */
  const spread = (from: ArenaBuffer, channels: number, to: ArenaBuffer, size: Shape, origin: Shape) => {
    const [height = 1, width = 1] = size;
    const [top = 0, left = 0] = origin;
    builder.launch(
      'padDilate2d',
      [from, to, g.outputHeight, g.outputWidth, channels, height, width, top, left, g.strides],
      g.batch * height,
    );
  };
  if (taps === 1) {
    // 1×1 with a stride: multiply the few pixels that have a gradient, then put them where they belong.
    const few = builder.buffer(outputPixels * inputChannels);
    const elements = g.batch * g.inputHeight * g.inputWidth * inputChannels;
    const accumulates = (flags & FLAG_ACCUMULATE) !== 0;
    const all = accumulates ? builder.buffer(elements) : dx;
    multiply(few, 0);
    spread(few, inputChannels, all, [g.inputHeight, g.inputWidth], [0, 0]);
    if (accumulates) builder.launch('add', [dx, all, dx, 0], elements, ELEMENT_GRAIN);
    return;
  }
  const height = g.inputHeight + g.kernelHeight - 1;
  const width = g.inputWidth + g.kernelWidth - 1;
  const around = builder.buffer(g.batch * height * width * outputChannels);
  spread(
    dy,
    outputChannels,
    around,
    [height, width],
    [g.kernelHeight - 1 - g.padTop, g.kernelWidth - 1 - g.padLeft],
  );
  builder.launch(
    'conv2d',
    [
      around, turned, dx,
      height, width, outputChannels, g.inputHeight, g.inputWidth, inputChannels,
      g.kernelHeight, g.kernelWidth, 1, flags,
    ],
    g.batch * g.inputHeight,
  ); // prettier-ignore
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
