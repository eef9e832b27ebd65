/**
 * A graph becomes a program that computes the loss of a batch and its gradient for every weight.
 *
 * Mental model: a tape. The forward pass is emitted layer by layer, and each layer leaves behind a function that
 * emits its backward pass; these run in reverse. A value's gradient is written by the first of its consumers that
 * the backward pass reaches and added to by the others. Every buffer is symbolic: the builder gives the bytes of an
 * activation to somebody else as soon as its last reader is done.
 *
 * Weight gradients and batch statistics are reductions over a batch. Each is computed in a fixed number of chunks,
 * whose partial results are then added in order: the sums do not depend on how many threads shared the work.
 */
import { MienError } from '@mien/core';
import {
  describeGraph,
  elementCount,
  emitConv2d,
  FLAG_ACCUMULATE,
  FLAG_RELU,
  ProgramBuilder,
  resolveWindow,
  ROW_GRAIN,
  toConv2dGeometry,
  type ArenaBuffer,
  type BatchNormalizationLayer,
  type Conv2dGeometry,
  type Graph,
  type Kernels,
  type Layer,
  type MaxPooling2dLayer,
  type Operand,
  type Program,
  type SeparableConv2dLayer,
  type DepthwiseConv2dLayer,
} from '@mien/core/nn';
import type { ParameterStore } from './parameter-store.js';

/** Chunks of a reduction; a multiple of any likely number of threads. */
const CHUNKS = 16;
/** Elements that a thread takes at a time in element-wise kernels. */
const ELEMENT_GRAIN = 1024;

export interface GradientProgram {
  readonly program: Program;
  readonly batch: number;
  /** Byte offset of float32 `[batch, height, width, channels]`, to be written before a run. */
  readonly inputOffset: number;
  /** Byte offset of float32 `[batch, classes]`, to be written before a run. */
  readonly targetOffset: number;
  /** Byte offset of float32 `[batch, classes]`. */
  readonly probabilityOffset: number;
  /** Byte offset of float32 `[batch]`: the cross-entropy of each picture. */
  readonly lossOffset: number;
}

/** A layer's output and, while the backward pass is emitted, its gradient. */
interface Value {
  readonly buffer: ArenaBuffer;
  /** False for the network's input, whose gradient nobody needs. */
  readonly needsGradient: boolean;
  gradient?: ArenaBuffer;
}

/**
 * The gradient is that of the mean cross-entropy over the batch plus the layers' L2 terms.
 *
 * @throws MienError `UNSUPPORTED` when the graph does not end with a softmax.
 */
export function compileGradients(
  kernels: Kernels,
  graph: Graph,
  parameters: ParameterStore,
  batch: number,
): GradientProgram {
  const description = describeGraph(graph);
  const builder = new ProgramBuilder();
  const values = new Map<string, Value>();
  const tape: (() => void)[] = [];

  const output = graph.layers.find(({ name }) => name === graph.outputs[0]);
  if (output?.kind !== 'activation' || output.activation !== 'softmax') {
    throw new MienError(
      'UNSUPPORTED',
      `graph ${graph.name}: training needs a softmax as the last layer, got ${output?.kind}`,
    );
  }
  const fusedRelus = new Set<string>();
  for (const layer of graph.layers.slice(0, -1)) {
    if (!fusedRelus.has(layer.name)) emitForward(layer);
  }
  const [logitsName = ''] = output.inputs;
  const loss = emitLoss(valueOf(logitsName), description.outputShape[0] ?? 1);
  for (const emitBackward of tape.reverse()) emitBackward();
  emitWeightDecay();

  const input = valueOf(graph.layers[0]?.name ?? '').buffer;
  for (const buffer of [input, loss.targets]) builder.pinInput(buffer);
  for (const buffer of [loss.probabilities, loss.losses]) builder.pinOutput(buffer);
  const planned = builder.finish(kernels);
  return {
    program: planned.program,
    batch,
    inputOffset: planned.offsetOf(input),
    targetOffset: planned.offsetOf(loss.targets),
    probabilityOffset: planned.offsetOf(loss.probabilities),
    lossOffset: planned.offsetOf(loss.losses),
  };

  // Forward, one case per kind of layer ------------------------------------------------------------------------

  function emitForward(layer: Layer): void {
    const shape = description.layers.get(layer.name)?.outputShape ?? [];
    const newValue = (needsGradient = true): Value => ({
      buffer: builder.buffer(batch * elementCount(shape)),
      needsGradient,
    });
    const [inputName = '', secondName = ''] = layer.inputs;
    const inputShape = description.layers.get(inputName)?.outputShape ?? [];
    switch (layer.kind) {
      case 'input':
        values.set(layer.name, newValue(false));
        return;
      case 'conv2d': {
        if (layer.groups !== 1) throw untrainable(layer);
        const y = newValue();
        const geometry = toConv2dGeometry(batch, inputShape, layer);
        const bias = layer.useBias ? `${layer.name}/bias` : undefined;
        emitDense2d(geometry, valueOf(inputName), `${layer.name}/kernel`, bias, y);
        values.set(layer.name, y);
        return;
      }
      case 'depthwiseConv2d': {
        const y = newValue();
        const bias = layer.useBias ? `${layer.name}/bias` : undefined;
        emitDepthwise(layer, inputShape, valueOf(inputName), bias, y);
        values.set(layer.name, y);
        return;
      }
      case 'separableConv2d': {
        const y = newValue();
        const [height = 1, width = 1] = shape;
        const channels = inputShape[2] ?? 1;
        const between: Value = {
          buffer: builder.buffer(batch * height * width * channels),
          needsGradient: true,
        };
        emitDepthwise(layer, inputShape, valueOf(inputName), undefined, between);
        const pointwise = {
          kernelSize: [1, 1],
          strides: 1,
          padding: 'valid',
          filters: layer.filters,
        } as const;
        const geometry = toConv2dGeometry(batch, [height, width, channels], pointwise);
        const bias = layer.useBias ? `${layer.name}/bias` : undefined;
        emitDense2d(geometry, between, `${layer.name}/pointwise_kernel`, bias, y);
        values.set(layer.name, y);
        return;
      }
      case 'dense': {
        const y = newValue();
        const pointwise = { kernelSize: [1, 1], strides: 1, padding: 'valid', filters: layer.units } as const;
        const geometry = toConv2dGeometry(batch, [1, 1, inputShape[0] ?? 1], pointwise);
        const bias = layer.useBias ? `${layer.name}/bias` : undefined;
        emitDense2d(geometry, valueOf(inputName), `${layer.name}/kernel`, bias, y);
        values.set(layer.name, y);
        return;
      }
      case 'batchNormalization': {
        const y = newValue();
        const relu = onlyConsumer(layer.name);
        const fuses = relu?.kind === 'activation' && relu.activation === 'relu';
        emitBatchNormalization(
          layer,
          inputShape.at(-1) ?? 1,
          elementCount(inputShape),
          valueOf(inputName),
          fuses,
          y,
        );
        if (fuses) fusedRelus.add(relu.name);
        values.set(fuses ? relu.name : layer.name, y);
        return;
      }
      case 'activation': {
        if (layer.activation !== 'relu') throw untrainable(layer);
        const x = valueOf(inputName);
        const y = newValue();
        const elements = batch * elementCount(shape);
        builder.launch('relu', [x.buffer, y.buffer], elements, ELEMENT_GRAIN);
        tape.push(() => {
          emitGradient(x, (dx, flags) => {
            builder.launch('reluBackward', [y.buffer, gradientOf(y), dx, flags], elements, ELEMENT_GRAIN);
          });
        });
        values.set(layer.name, y);
        return;
      }
      case 'maxPooling2d': {
        const y = newValue();
        emitMaxPooling(layer, inputShape, valueOf(inputName), y);
        values.set(layer.name, y);
        return;
      }
      case 'globalAveragePooling2d': {
        const x = valueOf(inputName);
        const y = newValue();
        const [height = 1, width = 1, channels = 1] = inputShape;
        const pixels = height * width;
        builder.launch('globalAveragePool', [x.buffer, y.buffer, pixels, channels], batch);
        tape.push(() => {
          emitGradient(x, (dx, flags) => {
            builder.launch('globalAveragePoolBackward', [gradientOf(y), dx, pixels, channels, flags], batch);
          });
        });
        values.set(layer.name, y);
        return;
      }
      case 'flatten':
        // The same bytes under another shape: value and gradient are shared.
        values.set(layer.name, valueOf(inputName));
        return;
      case 'add': {
        const y = newValue();
        const elements = batch * elementCount(shape);
        builder.launch(
          'add',
          [valueOf(inputName).buffer, valueOf(secondName).buffer, y.buffer, 0],
          elements,
          ELEMENT_GRAIN,
        );
        tape.push(() => {
          for (const name of layer.inputs) {
            const x = valueOf(name);
            const gradient = gradientOf(y);
            if (x.needsGradient && onlyConsumer(name) === layer) {
              // Nobody else will write to it: the summand's gradient is the sum's, not a copy of it.
              x.gradient = gradient;
              continue;
            }
            emitGradient(x, (dx, flags) => {
              if (flags === FLAG_ACCUMULATE)
                builder.launch('add', [dx, gradient, dx, 0], elements, ELEMENT_GRAIN);
              else builder.launch('copy', [gradient, dx], elements, ELEMENT_GRAIN);
            });
          }
        });
        values.set(layer.name, y);
        return;
      }
      case 'prelu':
      case 'clip':
      case 'averagePooling2d':
      case 'reshape':
      case 'multiply':
      case 'concatenate':
      case 'resize2d':
      case 'zeroPadding2d':
      case 'dropout':
        throw untrainable(layer);
      default:
        layer satisfies never;
    }
  }

  function untrainable(layer: Layer): MienError {
    const what = layer.kind === 'activation' ? `the activation ${layer.activation}` : layer.kind;
    return new MienError(
      'UNSUPPORTED',
      `graph ${graph.name}: layer ${layer.name}: ${what} can be run but not trained yet; use a network without it`,
    );
  }

  // Layers with weights ----------------------------------------------------------------------------------------

  /** A convolution over all channels; also a pointwise one and a fully connected layer. */
  function emitDense2d(
    g: Conv2dGeometry,
    x: Value,
    kernelName: string,
    biasName: string | undefined,
    y: Value,
  ): void {
    const kernel = parameters.offsetOf(kernelName);
    const bias = biasName === undefined ? 0 : parameters.offsetOf(biasName);
    const input = emitConv2d(builder, g, { x: x.buffer, kernel, bias, y: y.buffer, flags: 0 });
    const outputRows = g.batch * g.outputHeight;
    const outputPixels = outputRows * g.outputWidth;
    tape.push(() => {
      const dy = gradientOf(y);
      if (biasName !== undefined) {
        emitReduction(
          outputPixels,
          g.outputChannels,
          parameters.gradients.offsetOf(biasName),
          (partial, perChunk, chunks) => {
            builder.launch('sumRows', [dy, partial, outputPixels, g.outputChannels, perChunk], chunks);
          },
        );
      }
      const weightCount = g.kernelHeight * g.kernelWidth * g.inputChannels * g.outputChannels;
      const gradient = parameters.gradients.offsetOf(kernelName);
      if (g.isPointwise) {
        emitReduction(outputPixels, weightCount, gradient, (partial, perChunk, chunks) => {
          const sizes = [outputPixels, g.inputChannels, g.outputChannels, perChunk] as const;
          builder.launch('gemmBackwardWeights', [input, dy, partial, ...sizes], chunks);
        });
      } else {
        emitReduction(outputRows, weightCount, gradient, (partial, perChunk, chunks) => {
          builder.launch(
            'conv2dBackwardWeights',
            [
              input, dy, partial,
              g.paddedHeight, g.paddedWidth, g.inputChannels,
              g.outputHeight, g.outputWidth, g.outputChannels,
              g.kernelHeight, g.kernelWidth, g.strides, outputRows, perChunk,
            ],
            chunks,
          ); // prettier-ignore
        });
      }
      emitGradient(x, (dx, flags) => {
        emitConv2dBackwardInput(g, kernel, dy, dx, flags);
      });
    });
  }

  /**
   * The gradient of a convolution's input is a convolution of the output's gradient with the kernel turned by 180°
   * and its channel axes swapped: dx[p] = Σ_t dy[(p + pad − t) / stride] · w[t], where the division is whole. With
   * zeros between (stride) and around (kernel − 1 − pad) the gradient's pixels it is a plain one of stride 1.
   */
  function emitConv2dBackwardInput(
    g: Conv2dGeometry,
    kernel: Operand,
    dy: Operand,
    dx: Operand,
    flags: number,
  ): void {
    const taps = g.kernelHeight * g.kernelWidth;
    const { inputChannels, outputChannels } = g;
    const turned = builder.buffer(taps * inputChannels * outputChannels);
    builder.launch(
      'flipTransposeKernel',
      [kernel, turned, g.kernelHeight, g.kernelWidth, inputChannels, outputChannels],
      taps,
    );
    const inputPixels = g.batch * g.inputHeight * g.inputWidth;
    const outputPixels = g.batch * g.outputHeight * g.outputWidth;
    if (g.isPointwise) {
      builder.launch(
        'gemm',
        [dy, turned, 0, dx, outputChannels, inputChannels, flags],
        outputPixels,
        ROW_GRAIN,
      );
      return;
    }
    const spread = (
      from: Operand,
      channels: number,
      to: Operand,
      height: number,
      width: number,
      top: number,
      left: number,
    ) => {
      builder.launch(
        'padDilate2d',
        [from, to, g.outputHeight, g.outputWidth, channels, height, width, top, left, g.strides],
        g.batch * height,
      );
    };
    if (taps === 1) {
      // 1×1 with a stride: multiply the few pixels that have a gradient, then put them where they belong.
      const few = builder.buffer(outputPixels * inputChannels);
      builder.launch('gemm', [dy, turned, 0, few, outputChannels, inputChannels, 0], outputPixels, ROW_GRAIN);
      if ((flags & FLAG_ACCUMULATE) === 0) {
        spread(few, inputChannels, dx, g.inputHeight, g.inputWidth, 0, 0);
      } else {
        const all = builder.buffer(inputPixels * inputChannels);
        spread(few, inputChannels, all, g.inputHeight, g.inputWidth, 0, 0);
        builder.launch('add', [dx, all, dx, 0], inputPixels * inputChannels, ELEMENT_GRAIN);
      }
      return;
    }
    const height = g.inputHeight + g.kernelHeight - 1;
    const width = g.inputWidth + g.kernelWidth - 1;
    const spreadOut = builder.buffer(g.batch * height * width * outputChannels);
    spread(
      dy,
      outputChannels,
      spreadOut,
      height,
      width,
      g.kernelHeight - 1 - g.padTop,
      g.kernelWidth - 1 - g.padLeft,
    );
    builder.launch(
      'conv2d',
      [
        spreadOut, turned, 0, dx,
        height, width, outputChannels, g.inputHeight, g.inputWidth, inputChannels,
        g.kernelHeight, g.kernelWidth, 1, flags,
      ],
      g.batch * g.inputHeight,
    ); // prettier-ignore
  }

  function emitDepthwise(
    layer: DepthwiseConv2dLayer | SeparableConv2dLayer,
    [height = 1, width = 1, channels = 1]: readonly number[],
    x: Value,
    biasName: string | undefined,
    y: Value,
  ): void {
    const [kernelHeight, kernelWidth] = layer.kernelSize;
    const window = resolveWindow([height, width], { size: layer.kernelSize, ...layer });
    const sizes = [
      height, width, channels, window.outputHeight, window.outputWidth,
      kernelHeight, kernelWidth, layer.strides, window.padTop, window.padLeft,
    ] as const; // prettier-ignore
    const kernelName = `${layer.name}/depthwise_kernel`;
    const kernel = parameters.offsetOf(kernelName);
    const bias = biasName === undefined ? 0 : parameters.offsetOf(biasName);
    const rows = batch * window.outputHeight;
    builder.launch('depthwiseConv2d', [x.buffer, kernel, bias, y.buffer, ...sizes, 0], rows);
    tape.push(() => {
      const dy = gradientOf(y);
      if (biasName !== undefined) {
        const pixels = rows * window.outputWidth;
        emitReduction(
          pixels,
          channels,
          parameters.gradients.offsetOf(biasName),
          (partial, perChunk, chunks) => {
            builder.launch('sumRows', [dy, partial, pixels, channels, perChunk], chunks);
          },
        );
      }
      const gradient = parameters.gradients.offsetOf(kernelName);
      emitReduction(rows, kernelHeight * kernelWidth * channels, gradient, (partial, perChunk, chunks) => {
        builder.launch(
          'depthwiseConv2dBackwardWeights',
          [x.buffer, dy, partial, ...sizes, rows, perChunk],
          chunks,
        );
      });
      emitGradient(x, (dx, flags) => {
        builder.launch('depthwiseConv2dBackwardInput', [dy, kernel, dx, ...sizes, flags], batch * height);
      });
    });
  }

  /** Normalises by the batch's own statistics, and updates the moving ones. A following ReLU is computed along. */
  function emitBatchNormalization(
    layer: BatchNormalizationLayer,
    channels: number,
    elements: number,
    z: Value,
    relu: boolean,
    y: Value,
  ): void {
    const rows = (batch * elements) / channels;
    const offsetOf = (role: string, exists: boolean) =>
      exists ? parameters.offsetOf(`${layer.name}/${role}`) : 0;
    const gamma = offsetOf('gamma', layer.scale);
    const beta = offsetOf('beta', layer.center);
    const flags = relu ? FLAG_RELU : 0;
    const { perChunk, chunks } = chunksOf(rows);
    const partial = builder.buffer(chunks * 2 * channels);
    const coefficients = builder.buffer(4 * channels);
    builder.launch('batchNormStatistics', [z.buffer, partial, rows, channels, perChunk], chunks);
    builder.launch(
      'batchNormFinalize',
      [
        partial, gamma, beta, offsetOf('moving_mean', true), offsetOf('moving_variance', true), coefficients,
        rows, channels, chunks, layer.epsilon, layer.momentum,
      ],
      channels,
    ); // prettier-ignore
    builder.launch('scaleShift', [z.buffer, coefficients, y.buffer, channels, flags], rows, ROW_GRAIN);
    tape.push(() => {
      const dy = gradientOf(y);
      const sums = builder.buffer(chunks * 2 * channels);
      const backward = builder.buffer(3 * channels);
      const gradientOffset = (role: string, exists: boolean) =>
        exists ? parameters.gradients.offsetOf(`${layer.name}/${role}`) : 0;
      builder.launch(
        'batchNormBackwardStatistics',
        [z.buffer, dy, coefficients, sums, rows, channels, perChunk, flags],
        chunks,
      );
      builder.launch(
        'batchNormBackwardFinalize',
        [
          sums, gamma, coefficients, gradientOffset('gamma', layer.scale), gradientOffset('beta', layer.center),
          backward, rows, channels, chunks,
        ],
        channels,
      ); // prettier-ignore
      emitGradient(z, (dz, gradientFlags) => {
        const target = gradientFlags === FLAG_ACCUMULATE ? builder.buffer(rows * channels) : dz;
        builder.launch(
          'batchNormBackwardInput',
          [z.buffer, dy, coefficients, backward, target, channels, flags],
          rows,
          ROW_GRAIN,
        );
        if (target !== dz) builder.launch('add', [dz, target, dz, 0], rows * channels, ELEMENT_GRAIN);
      });
    });
  }

  function emitMaxPooling(
    layer: MaxPooling2dLayer,
    [height = 1, width = 1, channels = 1]: readonly number[],
    x: Value,
    y: Value,
  ): void {
    const [poolHeight, poolWidth] = layer.poolSize;
    const window = resolveWindow([height, width], { size: layer.poolSize, ...layer });
    const sizes = [
      height, width, channels, window.outputHeight, window.outputWidth,
      poolHeight, poolWidth, layer.strides, window.padTop, window.padLeft,
    ] as const; // prettier-ignore
    const rows = batch * window.outputHeight;
    const argmax = builder.buffer(rows * window.outputWidth * channels);
    builder.launch('maxPool2d', [x.buffer, y.buffer, argmax, 0, ...sizes, 0], rows);
    tape.push(() => {
      emitGradient(x, (dx, flags) => {
        builder.launch('maxPool2dBackward', [gradientOf(y), argmax, dx, ...sizes, flags], batch * height);
      });
    });
  }

  function emitLoss(logits: Value, classes: number) {
    const targets = builder.buffer(batch * classes);
    const probabilities = builder.buffer(batch * classes);
    const losses = builder.buffer(batch);
    const gradient = builder.buffer(batch * classes);
    builder.launch(
      'softmaxCrossEntropy',
      [logits.buffer, targets, probabilities, gradient, losses, classes, 1 / batch],
      batch,
    );
    logits.gradient = gradient;
    return { targets, probabilities, losses };
  }

  /** d(λ·Σw²)/dw = 2λ·w, added to the kernels that the graph marks. */
  function emitWeightDecay(): void {
    for (const layer of description.layers.values()) {
      for (const { name, shape, l2 } of layer.weights) {
        if (l2 === 0) continue;
        const operands = [parameters.offsetOf(name), 2 * l2, parameters.gradients.offsetOf(name)] as const;
        builder.launch('addScaled', [...operands], elementCount(shape), ELEMENT_GRAIN);
      }
    }
  }

  // The tape's bookkeeping ---------------------------------------------------------------------------------------

  function valueOf(name: string): Value {
    const value = values.get(name);
    if (value === undefined) throw new RangeError(`training: layer ${name} is used before it is computed`);
    return value;
  }

  function onlyConsumer(name: string): Layer | undefined {
    const [consumer, ...others] = description.consumers.get(name) ?? [];
    return others.length > 0 ? undefined : graph.layers.find((layer) => layer.name === consumer);
  }

  function gradientOf(value: Value): ArenaBuffer {
    if (value.gradient === undefined)
      throw new RangeError('training: a gradient is used before it is computed');
    return value.gradient;
  }

  /** Lets `emit` write the gradient of `x`, or add to it where an earlier consumer wrote it already. */
  function emitGradient(x: Value, emit: (dx: ArenaBuffer, flags: number) => void): void {
    if (!x.needsGradient) return;
    if (x.gradient !== undefined) {
      emit(x.gradient, FLAG_ACCUMULATE);
      return;
    }
    x.gradient = { sizeBytes: x.buffer.sizeBytes };
    emit(x.gradient, 0);
  }

  /** A reduction over `items` in chunks: `emit` writes partial sums of `count` elements, which are then added up. */
  function emitReduction(
    items: number,
    count: number,
    target: number,
    emit: (partial: ArenaBuffer, perChunk: number, chunks: number) => void,
  ): void {
    const { perChunk, chunks } = chunksOf(items);
    const partial = builder.buffer(chunks * count);
    emit(partial, perChunk, chunks);
    builder.launch('reduceChunks', [partial, target, chunks, count], count, ELEMENT_GRAIN);
  }
}

function chunksOf(items: number): { perChunk: number; chunks: number } {
  const perChunk = Math.ceil(items / CHUNKS);
  return { perChunk, chunks: Math.ceil(items / perChunk) };
}
