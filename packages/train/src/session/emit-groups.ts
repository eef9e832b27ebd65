/** Convolutions in groups of channels that do not see each other. */
import {
  isDepthwise,
  ROW_GRAIN,
  toConv2dGeometry,
  type ArenaBuffer,
  type Operand,
} from '@mien/core/compiler';
import type { Conv2dLayer, Shape } from '@mien/core/nn';
import { emitConvolution, emitDepthwise, weightsOf } from './emit-convolution.js';
import type { GradientTape, Value } from './gradient-tape.js';

const FLOAT_BYTES = 4;

/** A slice of the channels of every row: `channels` of them from `start` on, out of `all`. */
interface Slice {
  readonly start: number;
  readonly channels: number;
  readonly all: number;
}

/**
 * A convolution in groups as one plain convolution per group over contiguous copies of its slices of input, kernel and
 * output. Where every channel is a group of its own, a depthwise one, whose kernel lies in memory the same way.
 */
export function emitGroupedConvolution(
  tape: GradientTape,
  layer: Conv2dLayer,
  inputShape: Shape,
  x: Value,
  y: Value,
): void {
  const all = weightsOf(tape, layer.name, 'kernel', layer.useBias);
  if (isDepthwise(layer, inputShape)) {
    emitDepthwise(tape, layer, inputShape, x, all, y);
    return;
  }
  const { builder, batch } = tape;
  const { groups } = layer;
  const [height = 1, width = 1, inputChannels = 1] = inputShape;
  const [channels, filters] = [inputChannels / groups, layer.filters / groups];
  const geometry = toConv2dGeometry(batch, [height, width, channels], { ...layer, filters });
  const inputPixels = batch * height * width;
  const outputPixels = batch * geometry.outputHeight * geometry.outputWidth;
  /** Rows of the kernel: it is [kernelHeight, kernelWidth, channels, filters of all groups]. */
  const taps = layer.kernelSize[0] * layer.kernelSize[1] * channels;

  const take = (
    from: Operand,
    { start, channels: size, all: step }: Slice,
    to: ArenaBuffer,
    rows: number,
  ) => {
    builder.launch('copyBlocks', [from, start, step, to, 0, size, size], rows, ROW_GRAIN);
  };
  const put = (from: ArenaBuffer, { start, channels: size, all: step }: Slice, to: Operand, rows: number) => {
    builder.launch('copyBlocks', [from, 0, size, to, start, step, size], rows, ROW_GRAIN);
  };
  const parts = Array.from({ length: groups }, (_, group) => ({
    inputs: { start: group * channels, channels, all: inputChannels },
    outputs: { start: group * filters, channels: filters, all: layer.filters },
    x: tape.value(height * width * channels, x.needsGradient),
    y: tape.value(geometry.outputHeight * geometry.outputWidth * filters),
    kernel: builder.buffer(taps * filters),
    kernelGradient: builder.buffer(taps * filters),
  }));

  for (const part of parts) {
    take(x.buffer, part.inputs, part.x.buffer, inputPixels);
    take(all.kernel, part.outputs, part.kernel, taps);
  }
  tape.push(() => {
    for (const part of parts) put(part.kernelGradient, part.outputs, all.kernelGradient, taps);
    tape.emitGradientApart(x, (dx) => {
      for (const part of parts) put(tape.gradientOf(part.x), part.inputs, dx, inputPixels);
    });
  });

  /** A group's biases and their gradients lie side by side already. */
  const slice = (bias: Operand, { start }: Slice): Operand =>
    typeof bias === 'number' && bias !== 0 ? bias + start * FLOAT_BYTES : bias;
  for (const part of parts) {
    const weights = {
      kernel: part.kernel,
      kernelGradient: part.kernelGradient,
      bias: slice(all.bias, part.outputs),
      biasGradient: slice(all.biasGradient, part.outputs),
    };
    emitConvolution(tape, geometry, part.x, weights, part.y);
  }

  for (const part of parts) put(part.y.buffer, part.outputs, y.buffer, outputPixels);
  tape.push(() => {
    const dy = tape.gradientOf(y);
    for (const part of parts) {
      tape.emitGradient(part.y, (gradient) => {
        take(dy, part.outputs, gradient, outputPixels);
      });
    }
  });
}
