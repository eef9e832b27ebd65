/** Emits the launches of a graph for inference, mostly one per layer. */
import { FLAG_ACCUMULATE, FLAG_RELU } from '../../backend/flags.js';
import { ProgramBuilder, type ArenaBuffer } from '../../backend/program-builder.js';
import { concatenatedParts } from './concatenation.js';
import { emitActivation } from './emit-activation.js';
import { emitConv2d, toConv2dGeometry } from './emit-conv2d.js';
import { emitZeroPadding } from './emit-zero-padding.js';
import { ELEMENT_GRAIN, ROW_GRAIN } from './grains.js';
import type {
  ConcatenateLayer,
  Conv2dLayer,
  DepthwiseConv2dLayer,
  Graph,
  Layer,
  MaxPooling2dLayer,
  SeparableConv2dLayer,
  Shape,
} from '../graph.js';
import { isDepthwise, type InferenceConstants } from './inference-constants.js';
import type { Operand } from './operand.js';
import type { Fusion, FusionPlan } from './fusion.js';
import { elementCount } from '../tensor.js';
import { toWindowOperands } from '../window.js';
import { emitWinograd, winogradColumns } from './winograd.js';

/** Operands of a layer that is being emitted. */
interface Emission {
  /** Its first input, `[batch, …inputShape]`. */
  readonly x: ArenaBuffer;
  readonly inputShape: Shape;
  /** Its output, `[batch, …outputShape]`. */
  readonly y: ArenaBuffer;
  readonly outputShape: Shape;
  /** FLAG_RELU if a ReLU follows, FLAG_ACCUMULATE to add to the output. */
  readonly flags: number;
}

/** Emits the launches of a graph; keeps the buffer of every value for those that need it afterwards. */
export class InferenceEmitter {
  readonly builder = new ProgramBuilder();
  readonly #buffers = new Map<string, ArenaBuffer>();

  constructor(
    readonly graph: Graph,
    readonly plan: FusionPlan,
    readonly constants: InferenceConstants,
    readonly batch: number,
  ) {}

  emitGraph(): void {
    const deferred = new Set<Layer>([...this.plan.residualAdds.values()].map(({ layer }) => layer));
    for (const layer of this.graph.layers) {
      const fusion = this.plan.fusions.get(layer.name);
      if (fusion === undefined || deferred.has(layer)) continue;
      this.#buffers.set(fusion.last, this.#emit(layer, fusion));
    }
  }

  bufferOf(name: string): ArenaBuffer {
    const buffer = this.#buffers.get(name);
    if (buffer === undefined) throw new RangeError(`inference: layer ${name} is used before it is computed`);
    return buffer;
  }

  #shapeOf(name: string): Shape {
    return this.plan.description.layers.get(name)?.outputShape ?? [];
  }

  #constant(layer: Layer, role: string): number {
    return this.constants.offsetOf(`${layer.name}/${role}`);
  }

  /** Emits a layer and the layers fused with it; returns the buffer of the result. */
  #emit(layer: Layer, { relu }: Fusion): ArenaBuffer {
    const { builder, batch } = this;
    const outputShape = this.#shapeOf(layer.name);
    const y = builder.buffer(batch * elementCount(outputShape));
    if (layer.kind === 'input') return y;
    const [inputName = '', secondName = ''] = layer.inputs;
    if (layer.kind === 'add') return this.#emitAdd(layer, y, relu ? FLAG_RELU : 0);

    const inputShape = this.#shapeOf(inputName);
    const x = this.bufferOf(inputName);
    const emission: Emission = { x, inputShape, y, outputShape, flags: relu ? FLAG_RELU : 0 };
    const { flags } = emission;
    const channels = inputShape.at(-1) ?? 1;
    const elements = batch * elementCount(inputShape);
    const rows = elements / channels;
    switch (layer.kind) {
      case 'conv2d':
        if (isDepthwise(layer, inputShape)) this.#emitDepthwise(layer, 'kernel', emission);
        else if (layer.groups === 1) this.#emitConv2d(layer, emission);
        else this.#emitGroups(layer, emission);
        return y;
      case 'depthwiseConv2d':
        this.#emitDepthwise(layer, 'depthwise_kernel', emission);
        return y;
      case 'separableConv2d':
        this.#emitSeparable(layer, emission);
        return y;
      case 'dense': {
        const operands = [x, this.#constant(layer, 'kernel'), y, channels, layer.units, flags] as const;
        builder.launch('gemm', [...operands], batch, ROW_GRAIN);
        return y;
      }
      case 'batchNormalization': {
        const coefficients = this.#constant(layer, 'coefficients');
        builder.launch('scaleShift', [x, coefficients, y, channels, flags], rows, ROW_GRAIN);
        return y;
      }
      case 'activation':
        emitActivation(builder, batch, layer.activation, inputShape, x, y);
        return y;
      case 'clip':
        builder.launch('clip', [x, y, layer.min, layer.max], elements, ELEMENT_GRAIN);
        return y;
      case 'prelu':
        builder.launch('prelu', [x, this.#constant(layer, 'alpha'), y, channels], rows, ROW_GRAIN);
        return y;
      case 'maxPooling2d':
        this.#emitMaxPooling(layer, inputShape, x, 0, y);
        return y;
      case 'averagePooling2d': {
        const window = toWindowOperands(inputShape, { size: layer.poolSize, ...layer });
        const includePadding = layer.countIncludesPadding ? 1 : 0;
        const operands = [x, y, ...window.operands, includePadding] as const;
        builder.launch('averagePool2d', [...operands], batch * window.outputHeight);
        return y;
      }
      case 'globalAveragePooling2d': {
        const [height = 1, width = 1] = inputShape;
        builder.launch('globalAveragePool', [x, y, height * width, channels], batch);
        return y;
      }
      case 'flatten':
      case 'reshape':
      case 'dropout':
        // Aliases: the same values in the same order.
        return x;
      case 'multiply': {
        const factors = this.bufferOf(secondName);
        if (this.#shapeOf(secondName).length < inputShape.length) {
          const pixels = elementCount(inputShape) / channels;
          builder.launch('multiplyChannels', [x, factors, y, pixels, channels], rows, ROW_GRAIN);
        } else {
          builder.launch('multiply', [x, factors, y], elements, ELEMENT_GRAIN);
        }
        return y;
      }
      case 'concatenate':
        this.#emitConcatenation(layer, y);
        return y;
      case 'resize2d': {
        const [height = 1, width = 1] = inputShape;
        const kernel = layer.interpolation === 'nearest' ? 'resizeNearest2d' : 'resizeBilinear2d';
        builder.launch(kernel, [x, y, height, width, channels, ...layer.size], batch * layer.size[0]);
        return y;
      }
      case 'zeroPadding2d':
        emitZeroPadding(builder, batch, layer, inputShape, x, y);
        return y;
      default:
        return layer satisfies never;
    }
  }

  #emitConv2d(layer: Conv2dLayer, { x, inputShape, y, flags }: Emission): void {
    const geometry = toConv2dGeometry(this.batch, inputShape, layer);
    const operands = { x, panels: this.#constant(layer, 'kernel'), y, flags };
    if (winogradColumns(geometry) > 0) emitWinograd(this.builder, geometry, operands);
    else emitConv2d(this.builder, geometry, operands);
  }

  /** A grouped convolution: one group after the other, each on its slice of the channels. */
  #emitGroups(layer: Conv2dLayer, { x, inputShape, y, flags }: Emission): void {
    const { builder, batch } = this;
    const [height = 1, width = 1, channels = 1] = inputShape;
    const [size, filters] = [channels / layer.groups, layer.filters / layer.groups];
    const geometry = toConv2dGeometry(batch, [height, width, size], { ...layer, filters });
    const inputPixels = batch * height * width;
    const outputPixels = batch * geometry.outputHeight * geometry.outputWidth;
    for (let group = 0; group < layer.groups; group++) {
      const part = builder.buffer(inputPixels * size);
      const result = builder.buffer(outputPixels * filters);
      const split = [x, group * size, channels, part, 0, size, size] as const;
      builder.launch('copyBlocks', [...split], inputPixels, ROW_GRAIN);
      const panels = this.#constant(layer, `kernel/${group}`);
      emitConv2d(builder, geometry, { x: part, panels, y: result, flags });
      const join = [result, 0, filters, y, group * filters, layer.filters, filters] as const;
      builder.launch('copyBlocks', [...join], outputPixels, ROW_GRAIN);
    }
  }

  #emitDepthwise(
    layer: Conv2dLayer | DepthwiseConv2dLayer | SeparableConv2dLayer,
    role: 'kernel' | 'depthwise_kernel',
    { x, inputShape, y, flags }: Emission,
  ): void {
    // In a separable convolution, the pointwise part has the bias.
    const bias = layer.kind === 'separableConv2d' ? 0 : this.#constant(layer, 'bias');
    const window = toWindowOperands(inputShape, { size: layer.kernelSize, ...layer });
    const operands = [x, this.#constant(layer, role), bias, y, ...window.operands, flags] as const;
    this.builder.launch('depthwiseConv2d', [...operands], this.batch * window.outputHeight);
  }

  #emitSeparable(layer: SeparableConv2dLayer, { x, inputShape, y, outputShape, flags }: Emission): void {
    const { builder, batch } = this;
    const [height = 1, width = 1] = outputShape;
    const channels = inputShape[2] ?? 1;
    const pixels = batch * height * width;
    const between = builder.buffer(pixels * channels);
    this.#emitDepthwise(layer, 'depthwise_kernel', { x, inputShape, y: between, outputShape, flags: 0 });
    const panels = this.#constant(layer, 'pointwise_kernel');
    builder.launch('gemm', [between, panels, y, channels, layer.filters, flags], pixels, ROW_GRAIN);
  }

  /** Emits an addition, or the layer that computes it; returns the buffer of the sum. */
  #emitAdd({ name, inputs }: Layer, y: ArenaBuffer, flags: number): ArenaBuffer {
    const residual = this.plan.residualAdds.get(name);
    if (residual === undefined) {
      const [a = '', b = ''] = inputs;
      const elements = this.batch * elementCount(this.#shapeOf(a));
      this.builder.launch('add', [this.bufferOf(a), this.bufferOf(b), y, flags], elements, ELEMENT_GRAIN);
      return y;
    }
    const { layer } = residual;
    const [source = ''] = layer.inputs;
    const [x, inputShape, other] = [
      this.bufferOf(source),
      this.#shapeOf(source),
      this.bufferOf(residual.other),
    ];
    if (layer.kind === 'maxPooling2d') {
      this.#emitMaxPooling(layer, inputShape, x, other, y);
      return y;
    }
    const outputShape = this.#shapeOf(name);
    const emission: Emission = { x, inputShape, y: other, outputShape, flags: flags | FLAG_ACCUMULATE };
    if (layer.kind === 'conv2d') this.#emitConv2d(layer, emission);
    else this.#emitSeparable(layer, emission);
    return other;
  }

  #emitMaxPooling(layer: MaxPooling2dLayer, shape: Shape, x: Operand, addend: Operand, y: Operand): void {
    const window = toWindowOperands(shape, { size: layer.poolSize, ...layer });
    const operands = [x, y, 0, addend, ...window.operands, 0] as const;
    this.builder.launch('maxPool2d', [...operands], this.batch * window.outputHeight);
  }

  #emitConcatenation({ inputs, axis }: ConcatenateLayer, y: ArenaBuffer): void {
    const shapes = inputs.map((name) => this.#shapeOf(name));
    concatenatedParts(this.batch, shapes, axis).forEach(({ start, block, stride, count }, index) => {
      const operands = [this.bufferOf(inputs[index] ?? ''), 0, block, y, start, stride, block] as const;
      this.builder.launch('copyBlocks', [...operands], count, ROW_GRAIN);
    });
  }
}
