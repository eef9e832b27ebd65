/**
 * Emits the backward pass of an inference program for one picture: from the gradient of a late value to that of an
 * earlier one.
 *
 * Mental model: a network in inference is a chain of fused units (plan-fusions.ts), each of which turns the gradient of
 * its output into those of its inputs. Convolutions are linear, so they need only their weights, with the normalisation
 * folded in; activations, max pooling and products also need values of the forward pass, whose buffers the builder keeps
 * as long. Weights get no gradients, since nothing is trained.
 */
import type { ArenaBuffer } from '../../backend/program-builder.js';
import type {
  ActivationName,
  ConcatenateLayer,
  Layer,
  MaxPooling2dLayer,
  MultiplyLayer,
  Shape,
} from '../graph.js';
import { elementCount } from '../tensor.js';
import { toWindowOperands } from '../window.js';
import type { InferenceEmitter } from './inference-emitter.js';
import { concatenatedParts } from './concatenation.js';
import {
  emitConv2dBackward,
  emitDepthwiseBackward,
  emitPointwiseBackward,
  type BackwardContext,
} from './emit-convolution-backward.js';
import type { Fusion } from './fusion.js';
import { GradientBuffers } from './gradient-buffers.js';
import { ELEMENT_GRAIN, ROW_GRAIN } from './grains.js';
import { isDepthwise, type InferenceConstants } from './inference-constants.js';

export class BackwardEmitter {
  readonly #gradients: GradientBuffers;
  readonly #context: BackwardContext;

  /** @param denseKernels of {@link uploadDenseKernels} */
  constructor(
    readonly forward: InferenceEmitter,
    denseKernels: InferenceConstants,
  ) {
    this.#gradients = new GradientBuffers(forward.builder);
    this.#context = { forward, denseKernels, gradients: this.#gradients };
  }

  /**
   * @param from the value whose gradient is `seed`
   * @param to an earlier value, the output of a fused unit
   * @returns the gradient of `to`; `undefined` if `from` does not depend on it
   */
  emit(from: string, seed: ArenaBuffer, to: string): ArenaBuffer | undefined {
    const { graph, plan } = this.forward;
    this.#gradients.set(from, seed);
    for (let at = graph.layers.length - 1; at >= 0; at--) {
      const layer = graph.layers[at]!;
      const fusion = plan.fusions.get(layer.name);
      if (fusion === undefined) continue;
      if (fusion.last === to) break;
      const dy = this.#gradients.of(fusion.last);
      if (dy !== undefined) this.#emitUnit(layer, fusion, dy);
    }
    return this.#gradients.of(to);
  }

  #shapeOf(name: string): Shape {
    return this.forward.plan.description.layers.get(name)?.outputShape ?? [];
  }

  #emitUnit(layer: Layer, { relu, last }: Fusion, dy: ArenaBuffer): void {
    if (!relu) {
      this.#emitLayer(layer, dy);
      return;
    }
    const { builder } = this.forward;
    const elements = elementCount(this.#shapeOf(last));
    const before = builder.buffer(elements);
    builder.launch('reluBackward', [this.forward.bufferOf(last), dy, before, 0], elements, ELEMENT_GRAIN);
    this.#emitLayer(layer, before);
  }

  /** @param dy gradient of the layer's own output */
  #emitLayer(layer: Layer, dy: ArenaBuffer): void {
    const { forward } = this;
    const { builder, constants } = forward;
    const [source = ''] = layer.inputs;
    const inputShape = this.#shapeOf(source);
    const outputShape = this.#shapeOf(layer.name);
    const elements = elementCount(inputShape);
    const [height = 1, width = 1] = inputShape;
    const channels = inputShape.at(-1) ?? 1;
    const rows = elements / channels;
    const add = (emit: (dx: ArenaBuffer, flags: number) => void): void =>
      this.#gradients.add(source, elements, emit);
    const overwrite = (emit: (dx: ArenaBuffer) => void): void =>
      this.#gradients.addOverwriting(source, elements, emit);
    switch (layer.kind) {
      case 'input':
        return;
      case 'conv2d':
        if (isDepthwise(layer, inputShape))
          emitDepthwiseBackward(this.#context, layer, 'kernel', dy, inputShape);
        else emitConv2dBackward(this.#context, layer, dy, inputShape);
        return;
      case 'depthwiseConv2d':
        emitDepthwiseBackward(this.#context, layer, 'depthwise_kernel', dy, inputShape);
        return;
      case 'separableConv2d': {
        const [outputHeight = 1, outputWidth = 1] = outputShape;
        const between = builder.buffer(outputHeight * outputWidth * channels);
        emitPointwiseBackward(
          this.#context,
          layer.name,
          layer.filters,
          dy,
          [outputHeight, outputWidth, channels],
          between,
          0,
        );
        emitDepthwiseBackward(this.#context, layer, 'depthwise_kernel', between, inputShape);
        return;
      }
      case 'dense':
        add((dx, flags) => {
          emitPointwiseBackward(this.#context, layer.name, layer.units, dy, [1, 1, channels], dx, flags);
        });
        return;
      case 'batchNormalization':
        overwrite((dx) => {
          // The coefficients begin with the factors.
          const factors = constants.offsetOf(`${layer.name}/coefficients`);
          builder.launch('multiplyChannels', [dy, factors, dx, rows, channels], rows, ROW_GRAIN);
        });
        return;
      case 'activation':
        this.#emitActivation(layer.activation, layer.name, source, dy);
        return;
      case 'clip':
        overwrite((dx) => {
          const operands = [forward.bufferOf(layer.name), dy, dx, layer.min, layer.max] as const;
          builder.launch('clipBackward', [...operands], elements, ELEMENT_GRAIN);
        });
        return;
      case 'prelu':
        overwrite((dx) => {
          const operands = [forward.bufferOf(source), constants.offsetOf(`${layer.name}/alpha`), dy] as const;
          builder.launch('preluBackward', [...operands, dx, channels], rows, ROW_GRAIN);
        });
        return;
      case 'maxPooling2d':
        this.#emitMaxPooling(layer, source, dy);
        return;
      case 'averagePooling2d':
        overwrite((dx) => {
          const { operands } = toWindowOperands(inputShape, { size: layer.poolSize, ...layer });
          const includePadding = layer.countIncludesPadding ? 1 : 0;
          builder.launch('averagePool2dBackward', [dy, dx, ...operands, includePadding], height);
        });
        return;
      case 'globalAveragePooling2d':
        add((dx, flags) => {
          builder.launch('globalAveragePoolBackward', [dy, dx, height * width, channels, flags], 1);
        });
        return;
      case 'flatten':
      case 'reshape':
      case 'dropout':
        this.#addCopy(source, elements, dy);
        return;
      case 'add':
        for (const summand of layer.inputs) this.#addCopy(summand, elements, dy);
        return;
      case 'multiply':
        this.#emitMultiplication(layer, dy);
        return;
      case 'concatenate':
        this.#emitConcatenation(layer, dy);
        return;
      case 'resize2d':
        overwrite((dx) => {
          const kernel = layer.interpolation === 'nearest' ? 'resizeNearest2d' : 'resizeBilinear2d';
          builder.launch(`${kernel}Backward`, [dy, dx, height, width, channels, ...layer.size], height);
        });
        return;
      case 'zeroPadding2d':
        overwrite((dx) => {
          const [outputHeight = 1, outputWidth = 1, outputChannels = 1] = outputShape;
          const sizes = [height, width, channels, outputHeight, outputWidth, outputChannels] as const;
          const { top, left } = layer.padding;
          builder.launch('zeroPad2dBackward', [dy, dx, ...sizes, top, left], height);
        });
        return;
      default:
        layer satisfies never;
    }
  }

  #addCopy(name: string, elements: number, dy: ArenaBuffer): void {
    const { builder } = this.forward;
    this.#gradients.add(name, elements, (dx, flags) => {
      if (flags === 0) builder.launch('copy', [dy, dx], elements, ELEMENT_GRAIN);
      else builder.launch('add', [dx, dy, dx, 0], elements, ELEMENT_GRAIN);
    });
  }

  #emitActivation(activation: ActivationName, name: string, source: string, dy: ArenaBuffer): void {
    const { forward } = this;
    const { builder } = forward;
    const shape = this.#shapeOf(name);
    const elements = elementCount(shape);
    this.#gradients.addOverwriting(source, elements, (dx) => {
      const y = forward.bufferOf(name);
      switch (activation) {
        case 'relu':
          builder.launch('reluBackward', [y, dy, dx, 0], elements, ELEMENT_GRAIN);
          return;
        case 'relu6':
          builder.launch('clipBackward', [y, dy, dx, 0, 6], elements, ELEMENT_GRAIN);
          return;
        case 'hardSwish':
        case 'gelu':
          // The slope does not follow from the output.
          builder.launch(
            `${activation}Backward`,
            [forward.bufferOf(source), dy, dx],
            elements,
            ELEMENT_GRAIN,
          );
          return;
        case 'sigmoid':
        case 'hardSigmoid':
        case 'elu':
        case 'tanh':
          builder.launch(`${activation}Backward`, [y, dy, dx], elements, ELEMENT_GRAIN);
          return;
        case 'softmax': {
          const classes = shape.at(-1) ?? 1;
          builder.launch('softmaxBackward', [y, dy, dx, classes], elements / classes);
          return;
        }
        default:
          activation satisfies never;
      }
    });
  }

  /** The forward pass of inference does not note which pixel was the largest: it is found again. */
  #emitMaxPooling(layer: MaxPooling2dLayer, source: string, dy: ArenaBuffer): void {
    const { forward } = this;
    const { builder } = forward;
    const inputShape = this.#shapeOf(source);
    const [height = 1] = inputShape;
    const { operands, outputHeight } = toWindowOperands(inputShape, { size: layer.poolSize, ...layer });
    const outputs = elementCount(this.#shapeOf(layer.name));
    const [again, argmax] = [builder.buffer(outputs), builder.buffer(outputs)];
    builder.launch('maxPool2d', [forward.bufferOf(source), again, argmax, 0, ...operands, 0], outputHeight);
    this.#gradients.add(source, elementCount(inputShape), (dx, flags) => {
      builder.launch('maxPool2dBackward', [dy, argmax, dx, ...operands, flags], height);
    });
  }

  #emitMultiplication({ inputs: [a = '', b = ''] }: MultiplyLayer, dy: ArenaBuffer): void {
    const { forward } = this;
    const { builder } = forward;
    const [shape, factorShape] = [this.#shapeOf(a), this.#shapeOf(b)];
    const elements = elementCount(shape);
    if (factorShape.length === shape.length) {
      for (const [to, other] of [
        [a, b],
        [b, a],
      ] as const) {
        this.#gradients.add(to, elements, (dx, flags) => {
          const kernel = flags === 0 ? 'multiply' : 'multiplyAccumulate';
          builder.launch(kernel, [dy, forward.bufferOf(other), dx], elements, ELEMENT_GRAIN);
        });
      }
      return;
    }
    const channels = shape.at(-1) ?? 1;
    const pixels = elements / channels;
    this.#gradients.addOverwriting(a, elements, (dx) => {
      builder.launch('multiplyChannels', [dy, forward.bufferOf(b), dx, pixels, channels], pixels, ROW_GRAIN);
    });
    this.#gradients.addOverwriting(b, channels, (dFactors) => {
      builder.launch('multiplyChannelsBackward', [forward.bufferOf(a), dy, dFactors, pixels, channels], 1);
    });
  }

  #emitConcatenation({ inputs, axis }: ConcatenateLayer, dy: ArenaBuffer): void {
    const { builder } = this.forward;
    const shapes = inputs.map((name) => this.#shapeOf(name));
    concatenatedParts(1, shapes, axis).forEach(({ start, block, stride, count }, index) => {
      this.#gradients.addOverwriting(inputs[index] ?? '', block * count, (dx) => {
        builder.launch('copyBlocks', [dy, start, stride, dx, 0, block, block], count, ROW_GRAIN);
      });
    });
  }
}
