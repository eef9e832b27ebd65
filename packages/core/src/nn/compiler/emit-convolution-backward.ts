/** Emits the backward pass of convolutions and dense layers in inference: the gradients of their inputs. */
import type { ArenaBuffer } from '../../backend/program-builder.js';
import type { Conv2dLayer, DepthwiseConv2dLayer, SeparableConv2dLayer, Shape } from '../graph.js';
import { elementCount } from '../tensor.js';
import { toWindowOperands } from '../window.js';
import type { InferenceEmitter } from './inference-emitter.js';
import { toConv2dGeometry } from './emit-conv2d.js';
import { emitConv2dInputGradient } from './emit-conv2d-input-gradient.js';
import type { GradientBuffers } from './gradient-buffers.js';
import { ROW_GRAIN } from './grains.js';
import type { InferenceConstants } from './inference-constants.js';

/** What the backward pass of a layer needs. */
export interface BackwardContext {
  readonly forward: InferenceEmitter;
  /** Of {@link uploadDenseKernels}. */
  readonly denseKernels: InferenceConstants;
  readonly gradients: GradientBuffers;
}

/** One group after the other, each on its slice of the channels. */
export function emitConv2dBackward(
  { forward: { builder }, denseKernels, gradients }: BackwardContext,
  layer: Conv2dLayer,
  dy: ArenaBuffer,
  inputShape: Shape,
): void {
  const [source = ''] = layer.inputs;
  const elements = elementCount(inputShape);
  const [height = 1, width = 1, channels = 1] = inputShape;
  const { groups } = layer;
  const [size, filters] = [channels / groups, layer.filters / groups];
  const geometry = toConv2dGeometry(1, [height, width, size], { ...layer, filters });
  if (groups === 1) {
    gradients.add(source, elements, (dx, flags) => {
      emitConv2dInputGradient(builder, geometry, denseKernels.offsetOf(layer.name), dy, dx, flags);
    });
    return;
  }
  const outputPixels = geometry.outputHeight * geometry.outputWidth;
  gradients.addOverwriting(source, elements, (dx) => {
    for (let group = 0; group < groups; group++) {
      const part = builder.buffer(outputPixels * filters);
      const result = builder.buffer(height * width * size);
      const split = [dy, group * filters, layer.filters, part, 0, filters, filters] as const;
      builder.launch('copyBlocks', [...split], outputPixels, ROW_GRAIN);
      const kernel = denseKernels.offsetOf(`${layer.name}/${group}`);
      emitConv2dInputGradient(builder, geometry, kernel, part, result, 0);
      const join = [result, 0, size, dx, group * size, channels, size] as const;
      builder.launch('copyBlocks', [...join], height * width, ROW_GRAIN);
    }
  });
}

/**
 * @param shape `[height, width, channels]` of the input
 * @param flags FLAG_ACCUMULATE to add to dx
 */
export function emitPointwiseBackward(
  { forward: { builder }, denseKernels }: BackwardContext,
  layerName: string,
  filters: number,
  dy: ArenaBuffer,
  shape: Shape,
  dx: ArenaBuffer,
  flags: number,
): void {
  const geometry = toConv2dGeometry(1, shape, { kernelSize: [1, 1], strides: 1, padding: 'valid', filters });
  emitConv2dInputGradient(builder, geometry, denseKernels.offsetOf(layerName), dy, dx, flags);
}

export function emitDepthwiseBackward(
  { forward: { builder, constants }, gradients }: BackwardContext,
  layer: Conv2dLayer | DepthwiseConv2dLayer | SeparableConv2dLayer,
  role: 'kernel' | 'depthwise_kernel',
  dy: ArenaBuffer,
  inputShape: Shape,
): void {
  const [source = ''] = layer.inputs;
  const [height = 1] = inputShape;
  const { operands } = toWindowOperands(inputShape, { size: layer.kernelSize, ...layer });
  const kernel = constants.offsetOf(`${layer.name}/${role}`);
  gradients.add(source, elementCount(inputShape), (dx, flags) => {
    builder.launch('depthwiseConv2dBackwardInput', [dy, kernel, dx, ...operands, flags], height);
  });
}
