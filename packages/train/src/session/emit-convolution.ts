/** Convolutions in training: forward, and the gradients of weights and input. */
import {
  emitConv2d,
  emitConv2dInputGradient,
  emitPanels,
  emitWinograd,
  emitWinogradPanels,
  emitWinogradWeightGradient,
  gradientWorkElements,
  hasWinogradGradient,
  toConv2dGeometry,
  toWindowOperands,
  toWinogradKernel,
  weightRows,
  winogradColumns,
  winogradGradientElements,
  type ArenaBuffer,
  type Conv2dGeometry,
  type Operand,
} from '@mien/core/compiler';
import type { Conv2dLayer, DepthwiseConv2dLayer, SeparableConv2dLayer, Shape } from '@mien/core/nn';
import type { GradientTape, Value } from './gradient-tape.js';

/** Offsets of a convolution's weights and their gradients; 0 without bias. */
export interface ConvolutionWeights {
  readonly kernel: Operand;
  readonly kernelGradient: Operand;
  readonly bias: Operand;
  readonly biasGradient: Operand;
}

/** Offsets of a layer's weights in the parameter store. */
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
      emitConv2dInputGradient(builder, g, kernel, dy, dx, flags);
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

/** Depthwise convolution; the depthwise part of a separable convolution has no bias. */
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
