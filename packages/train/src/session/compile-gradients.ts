/**
 * A graph becomes a program that computes the loss of a batch and its gradient for every weight.
 *
 * The forward pass is emitted layer by layer in graph order, then the loss, then the backward pass in reverse: see
 * `gradient-tape.ts` for how the two meet.
 */
import { MienError } from '@mien/core';
import {
  describeGraph,
  ELEMENT_GRAIN,
  elementCount,
  FLAG_ACCUMULATE,
  ProgramBuilder,
  soleConsumer,
  toConv2dGeometry,
  toWindowOperands,
  type Graph,
  type GraphDescription,
  type Kernels,
  type Layer,
  type Program,
  type Shape,
} from '@mien/core/nn';
import { emitBatchNormalization } from './emit-batch-normalization.js';
import { emitConvolution, emitDepthwise, emitPointwise, type WeightNames } from './emit-convolution.js';
import { GradientTape, type Value } from './gradient-tape.js';
import type { ParameterStore } from './parameter-store.js';

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

/**
 * The gradient is that of the mean cross-entropy over the batch plus the layers' L2 terms.
 *
 * @throws MienError `UNSUPPORTED` when the graph does not end with a softmax, or has a layer that can only be run.
 */
export function compileGradients(
  kernels: Kernels,
  graph: Graph,
  parameters: ParameterStore,
  batch: number,
): GradientProgram {
  const output = graph.layers.find(({ name }) => name === graph.outputs[0]);
  if (output?.kind !== 'activation' || output.activation !== 'softmax') {
    throw new MienError(
      'UNSUPPORTED',
      `graph ${graph.name}: training needs a softmax as the last layer, got ${output?.kind}`,
    );
  }
  const builder = new ProgramBuilder();
  const tape = new GradientTape(builder, parameters, batch);
  const description = describeGraph(graph);
  const forward = new ForwardEmitter(tape, graph, description);

  forward.emitLayersBefore(output);
  const [logitsName = ''] = output.inputs;
  const loss = emitLoss(tape, forward.valueOf(logitsName), description.outputShape[0] ?? 1);
  tape.emitBackward();
  emitWeightDecay(tape, description);

  const input = forward.valueOf(graph.layers[0]?.name ?? '').buffer;
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
}

class ForwardEmitter {
  readonly #values = new Map<string, Value>();

  constructor(
    readonly tape: GradientTape,
    readonly graph: Graph,
    readonly description: GraphDescription,
  ) {}

  emitLayersBefore(output: Layer): void {
    for (const layer of this.graph.layers) {
      // A ReLU that was computed along with the layer before it has its value already.
      if (layer !== output && !this.#values.has(layer.name)) this.#emit(layer);
    }
  }

  valueOf(name: string): Value {
    const value = this.#values.get(name);
    if (value === undefined) throw new RangeError(`training: layer ${name} is used before it is computed`);
    return value;
  }

  #emit(layer: Layer): void {
    const { tape } = this;
    const shape = this.#shapeOf(layer.name);
    const y = tape.value(elementCount(shape), layer.kind !== 'input');
    this.#values.set(layer.name, y);
    if (layer.kind === 'input') return;
    const [inputName = ''] = layer.inputs;
    const x = this.valueOf(inputName);
    const inputShape = this.#shapeOf(inputName);
    const [height = 1, width = 1] = shape;
    const channels = inputShape.at(-1) ?? 1;
    const names = (kernel: string, hasBias: boolean): WeightNames => ({
      kernel: `${layer.name}/${kernel}`,
      bias: hasBias ? `${layer.name}/bias` : undefined,
    });
    switch (layer.kind) {
      case 'conv2d': {
        if (layer.groups !== 1) throw this.#untrainable(layer, 'a convolution in groups');
        const geometry = toConv2dGeometry(tape.batch, inputShape, layer);
        emitConvolution(tape, geometry, x, names('kernel', layer.useBias), y);
        return;
      }
      case 'depthwiseConv2d':
        emitDepthwise(tape, layer, inputShape, x, names('depthwise_kernel', layer.useBias), y);
        return;
      case 'separableConv2d': {
        const between = tape.value(height * width * channels);
        emitDepthwise(tape, layer, inputShape, x, names('depthwise_kernel', false), between);
        const pointwise = names('pointwise_kernel', layer.useBias);
        emitPointwise(tape, [height, width, channels], layer.filters, between, pointwise, y);
        return;
      }
      case 'dense':
        emitPointwise(tape, [1, 1, channels], layer.units, x, names('kernel', layer.useBias), y);
        return;
      case 'batchNormalization': {
        const next = soleConsumer(this.graph, this.description, layer.name);
        const relu = this.graph.layers.find(({ name }) => name === next);
        const fuses = relu?.kind === 'activation' && relu.activation === 'relu';
        const rows = (tape.batch * elementCount(inputShape)) / channels;
        emitBatchNormalization(tape, layer, channels, rows, x, fuses, y);
        if (fuses) this.#values.set(relu.name, y);
        return;
      }
      case 'activation':
        if (layer.activation !== 'relu') throw this.#untrainable(layer, layer.activation);
        emitRelu(tape, elementCount(shape), x, y);
        return;
      case 'maxPooling2d':
        emitMaxPooling(tape, { size: layer.poolSize, ...layer }, inputShape, x, y);
        return;
      case 'globalAveragePooling2d':
        emitGlobalAveragePooling(tape, inputShape, x, y);
        return;
      case 'flatten':
      case 'reshape':
        // The same bytes under another shape: value and gradient are shared.
        this.#values.set(layer.name, x);
        return;
      case 'add':
        this.#emitAdd(layer, elementCount(shape), y);
        return;
      case 'prelu':
      case 'clip':
      case 'averagePooling2d':
      case 'multiply':
      case 'concatenate':
      case 'resize2d':
      case 'zeroPadding2d':
      case 'dropout':
        throw this.#untrainable(layer, layer.kind);
      default:
        layer satisfies never;
    }
  }

  #emitAdd(layer: Layer, elements: number, y: Value): void {
    const { builder, batch } = this.tape;
    const [a, b] = layer.inputs.map((name) => this.valueOf(name).buffer);
    if (a === undefined || b === undefined) throw new RangeError(`training: ${layer.name} adds nothing`);
    builder.launch('add', [a, b, y.buffer, 0], batch * elements, ELEMENT_GRAIN);
    this.tape.push(() => {
      const gradient = this.tape.gradientOf(y);
      for (const name of layer.inputs) {
        const x = this.valueOf(name);
        if (x.needsGradient && x.gradient === undefined && this.#isTakenOnce(name)) {
          // Nobody else will write to it: the summand's gradient is the sum's, not a copy of it.
          x.gradient = gradient;
          continue;
        }
        this.tape.emitGradient(x, (dx, flags) => {
          if (flags === FLAG_ACCUMULATE) {
            builder.launch('add', [dx, gradient, dx, 0], batch * elements, ELEMENT_GRAIN);
          } else {
            builder.launch('copy', [gradient, dx], batch * elements, ELEMENT_GRAIN);
          }
        });
      }
    });
  }

  /** Whether a single layer takes a value; a reshaped view of it would be a second way to it. */
  #isTakenOnce(name: string): boolean {
    const layer = this.graph.layers.find((candidate) => candidate.name === name);
    const isView = layer?.kind === 'flatten' || layer?.kind === 'reshape';
    return !isView && soleConsumer(this.graph, this.description, name) !== undefined;
  }

  #shapeOf(name: string): Shape {
    return this.description.layers.get(name)?.outputShape ?? [];
  }

  #untrainable(layer: Layer, what: string): MienError {
    return new MienError(
      'UNSUPPORTED',
      `graph ${this.graph.name}: layer ${layer.name}: ${what} can be run but not trained yet; use a network without it`,
    );
  }
}

function emitRelu(tape: GradientTape, elements: number, x: Value, y: Value): void {
  const { builder, batch } = tape;
  builder.launch('relu', [x.buffer, y.buffer], batch * elements, ELEMENT_GRAIN);
  tape.push(() => {
    tape.emitGradient(x, (dx, flags) => {
      const operands = [y.buffer, tape.gradientOf(y), dx, flags] as const;
      builder.launch('reluBackward', [...operands], batch * elements, ELEMENT_GRAIN);
    });
  });
}

function emitMaxPooling(
  tape: GradientTape,
  attributes: Parameters<typeof toWindowOperands>[1],
  inputShape: Shape,
  x: Value,
  y: Value,
): void {
  const { builder, batch } = tape;
  const [height = 1, , channels = 1] = inputShape;
  const { operands, outputHeight, outputWidth } = toWindowOperands(inputShape, attributes);
  const rows = batch * outputHeight;
  const argmax = builder.buffer(rows * outputWidth * channels);
  builder.launch('maxPool2d', [x.buffer, y.buffer, argmax, 0, ...operands, 0], rows);
  tape.push(() => {
    tape.emitGradient(x, (dx, flags) => {
      builder.launch(
        'maxPool2dBackward',
        [tape.gradientOf(y), argmax, dx, ...operands, flags],
        batch * height,
      );
    });
  });
}

function emitGlobalAveragePooling(tape: GradientTape, inputShape: Shape, x: Value, y: Value): void {
  const { builder, batch } = tape;
  const [height = 1, width = 1, channels = 1] = inputShape;
  const pixels = height * width;
  builder.launch('globalAveragePool', [x.buffer, y.buffer, pixels, channels], batch);
  tape.push(() => {
    tape.emitGradient(x, (dx, flags) => {
      builder.launch('globalAveragePoolBackward', [tape.gradientOf(y), dx, pixels, channels, flags], batch);
    });
  });
}

/** The mean cross-entropy of the batch: its gradient for the logits starts the backward pass. */
function emitLoss({ builder, batch }: GradientTape, logits: Value, classes: number) {
  const targets = builder.buffer(batch * classes);
  const probabilities = builder.buffer(batch * classes);
  const losses = builder.buffer(batch);
  logits.gradient = builder.buffer(batch * classes);
  builder.launch(
    'softmaxCrossEntropy',
    [logits.buffer, targets, probabilities, logits.gradient, losses, classes, 1 / batch],
    batch,
  );
  return { targets, probabilities, losses };
}

/** d(λ·Σw²)/dw = 2λ·w, added to the kernels that the graph marks. */
function emitWeightDecay({ builder, parameters }: GradientTape, { layers }: GraphDescription): void {
  for (const { name, shape, l2 } of [...layers.values()].flatMap((layer) => layer.weights)) {
    if (l2 === 0) continue;
    const [weight, gradient] = [parameters.offsetOf(name), parameters.gradients.offsetOf(name)];
    builder.launch('addScaled', [weight, 2 * l2, gradient], elementCount(shape), ELEMENT_GRAIN);
  }
}
