/**
 * A graph becomes a program that computes the loss of a batch and its gradient for every weight.
 *
 * The forward pass is emitted layer by layer in graph order, then the loss, then the backward pass in reverse: see
 * `gradient-tape.ts` for how the two meet, and the `emit-….ts` files for what each family of layers does.
 */
import { MienError } from '@mien/core';
import { ProgramBuilder, toConv2dGeometry, type Arena, type Program } from '@mien/core/compiler';
import {
  describeGraph,
  elementCount,
  soleConsumer,
  type Graph,
  type GraphDescription,
  type Kernels,
  type Layer,
  type Shape,
} from '@mien/core/nn';
import type { DropoutKeys } from './dropout-keys.js';
import { emitActivation, emitClip, emitPrelu } from './emit-activation.js';
import { emitBatchNormalization } from './emit-batch-normalization.js';
import { emitConvolution, emitDepthwise, emitPointwise, weightsOf } from './emit-convolution.js';
import { emitDropout } from './emit-dropout.js';
import { emitGroupedConvolution } from './emit-groups.js';
import { emitKernelPenalties, emitLoss } from './emit-loss.js';
import { emitAddition, emitConcatenation, emitMultiplication, type MergedInput } from './emit-merging.js';
import { emitAveragePooling, emitGlobalAveragePooling, emitMaxPooling } from './emit-pooling.js';
import { emitPadding, emitResize } from './emit-resampling.js';
import { GradientTape, type Value } from './gradient-tape.js';
import type { ParameterStore } from './parameter-store.js';

export interface GradientProgram {
  readonly program: Program;
  readonly batch: number;
  /** Where activations and gradients lie. */
  readonly arena: Arena;
  /** Byte offset of float32 `[batch, height, width, channels]`, to be written before a run. */
  readonly inputOffset: number;
  /** Byte offset of float32 `[batch, classes]`, to be written before a run. */
  readonly targetOffset: number;
  /** Byte offset of float32 `[batch, classes]`, to be written before a run; where there is a temperature. */
  readonly softTargetOffset: number | undefined;
  /** Byte offset of float32 `[batch, classes]`. */
  readonly probabilityOffset: number;
  /** Byte offset of float32 `[batch]`: the cross-entropy of each picture. */
  readonly lossOffset: number;
}

/** What programs for batches of different sizes share. */
export interface TrainingMemory {
  readonly kernels: Kernels;
  readonly parameters: ParameterStore;
  readonly dropoutKeys: DropoutKeys;
  /** Of the teacher's term of the loss; `undefined` for none. */
  readonly distillationTemperature?: number | undefined;
  /** Byte offset of float32 `[2, classes]`, ones and logit offsets; `undefined` for none. */
  readonly logitOffsets?: number | undefined;
  /** Of a program compiled before, which is not run at the same time. */
  readonly arena?: Arena;
}

/**
 * The gradient is that of the mean cross-entropy over the batch plus the layers' L2 terms.
 *
 * @throws MienError `UNSUPPORTED` when the graph is no classifier: it must have one output, a softmax over the classes.
 */
export function compileGradients(graph: Graph, memory: TrainingMemory, batch: number): GradientProgram {
  const description = describeGraph(graph);
  const output = findSoftmax(graph, description);
  const builder = new ProgramBuilder();
  const tape = new GradientTape(builder, memory.parameters, batch);
  const forward = new ForwardEmitter(tape, graph, description, memory.dropoutKeys);

  forward.emitLayersBefore(output);
  const [logitsName = ''] = output.inputs;
  const loss = emitLoss(tape, forward.valueOf(logitsName), elementCount(description.outputShape), {
    temperature: memory.distillationTemperature,
    logitOffsets: memory.logitOffsets,
  });
  tape.emitBackward();
  emitKernelPenalties(tape, description);

  const input = forward.valueOf(graph.layers[0]?.name ?? '').buffer;
  for (const buffer of [input, loss.targets, loss.softTargets]) {
    if (buffer !== undefined) builder.pinInput(buffer);
  }
  for (const buffer of [loss.probabilities, loss.losses]) builder.pinOutput(buffer);
  const planned = builder.finish(memory.kernels, memory.arena);
  return {
    program: planned.program,
    batch,
    arena: planned.arena,
    inputOffset: planned.offsetOf(input),
    targetOffset: planned.offsetOf(loss.targets),
    softTargetOffset: loss.softTargets && planned.offsetOf(loss.softTargets),
    probabilityOffset: planned.offsetOf(loss.probabilities),
    lossOffset: planned.offsetOf(loss.losses),
  };
}

function findSoftmax(graph: Graph, { outputShape }: GraphDescription): Layer {
  const unsupported = (problem: string) => new MienError('UNSUPPORTED', `graph ${graph.name}: ${problem}`);
  if (graph.outputs.length !== 1) {
    throw unsupported(`training needs one output, the classes' probabilities, got ${graph.outputs.length}`);
  }
  const output = graph.layers.find(({ name }) => name === graph.outputs[0]);
  if (output?.kind !== 'activation' || output.activation !== 'softmax') {
    throw unsupported(`training needs a softmax as the last layer, got ${output?.kind}`);
  }
  if (outputShape.length !== 1) {
    throw unsupported(
      `training needs a softmax over [classes], got one over [${outputShape.join(', ')}]; flatten what it takes`,
    );
  }
  return output;
}

class ForwardEmitter {
  readonly #values = new Map<string, Value>();

  constructor(
    readonly tape: GradientTape,
    readonly graph: Graph,
    readonly description: GraphDescription,
    readonly dropoutKeys: DropoutKeys,
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
    switch (layer.kind) {
      case 'conv2d': {
        if (layer.groups > 1) {
          emitGroupedConvolution(tape, layer, inputShape, x, y);
          return;
        }
        const geometry = toConv2dGeometry(tape.batch, inputShape, layer);
        emitConvolution(tape, geometry, x, weightsOf(tape, layer.name, 'kernel', layer.useBias), y);
        return;
      }
      case 'depthwiseConv2d': {
        const weights = weightsOf(tape, layer.name, 'depthwise_kernel', layer.useBias);
        emitDepthwise(tape, layer, inputShape, x, weights, y);
        return;
      }
      case 'separableConv2d': {
        const between = tape.value(height * width * channels);
        const depthwise = weightsOf(tape, layer.name, 'depthwise_kernel', false);
        emitDepthwise(tape, layer, inputShape, x, depthwise, between);
        const pointwise = weightsOf(tape, layer.name, 'pointwise_kernel', layer.useBias);
        emitPointwise(tape, [height, width, channels], layer.filters, between, pointwise, y);
        return;
      }
      case 'dense': {
        const weights = weightsOf(tape, layer.name, 'kernel', layer.useBias);
        emitPointwise(tape, [1, 1, channels], layer.units, x, weights, y);
        return;
      }
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
        emitActivation(tape, layer.activation, shape, x, y);
        return;
      case 'clip':
        emitClip(tape, layer, shape, x, y);
        return;
      case 'prelu':
        emitPrelu(tape, layer, shape, x, y);
        return;
      case 'dropout':
        emitDropout(tape, layer, this.dropoutKeys, shape, x, y);
        return;
      case 'maxPooling2d':
        emitMaxPooling(tape, layer, inputShape, x, y);
        return;
      case 'averagePooling2d':
        emitAveragePooling(tape, layer, inputShape, x, y);
        return;
      case 'globalAveragePooling2d':
        emitGlobalAveragePooling(tape, inputShape, x, y);
        return;
      case 'resize2d':
        emitResize(tape, layer, inputShape, x, y);
        return;
      case 'zeroPadding2d':
        emitPadding(tape, layer, inputShape, shape, x, y);
        return;
      case 'flatten':
      case 'reshape':
        // The same bytes under another shape: value and gradient are shared.
        this.#values.set(layer.name, x);
        return;
      case 'add':
      case 'multiply': {
        const [a, b] = layer.inputs.map((name) => this.#mergedInput(name));
        if (a === undefined || b === undefined)
          throw new RangeError(`training: ${layer.name} lacks an input`);
        if (layer.kind === 'add') emitAddition(tape, a, b, y);
        else emitMultiplication(tape, a, b, y);
        return;
      }
      case 'concatenate': {
        const inputs = layer.inputs.map((name) => this.#mergedInput(name));
        emitConcatenation(tape, inputs, layer.axis, y);
        return;
      }
      default:
        layer satisfies never;
    }
  }

  #mergedInput(name: string): MergedInput {
    const layer = this.graph.layers.find((candidate) => candidate.name === name);
    // A reshaped view of a value would be a second way to it.
    const isView = layer?.kind === 'flatten' || layer?.kind === 'reshape';
    const isTakenOnce = !isView && soleConsumer(this.graph, this.description, name) !== undefined;
    return { value: this.valueOf(name), shape: this.#shapeOf(name), isTakenOnce };
  }

  #shapeOf(name: string): Shape {
    return this.description.layers.get(name)?.outputShape ?? [];
  }
}
