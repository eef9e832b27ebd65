/**
 * A graph and its weights become a program for inference.
 *
 * What is known once weights stand still is used here: a batch normalisation is folded into the convolution before
 * it, a ReLU becomes a flag of the kernel before it, and an addition becomes the last step of the max pooling that
 * feeds it. The rest is one launch per layer.
 */
import { FLAG_RELU } from '../backend/flags.js';
import type { Kernels } from '../backend/kernels.js';
import { ProgramBuilder, type ArenaBuffer } from '../backend/program-builder.js';
import type { Program } from '../backend/program.js';
import { describeGraph, type GraphDescription } from './describe-graph.js';
import { emitConv2d, ROW_GRAIN, toConv2dGeometry, type Operand } from './emit-conv2d.js';
import { foldIntoKernel, toChannelAffine } from './fold-batch-normalization.js';
import type {
  ActivationName,
  BatchNormalizationLayer,
  Conv2dLayer,
  DepthwiseConv2dLayer,
  Graph,
  Layer,
  SeparableConv2dLayer,
  Shape,
  ZeroPadding2dLayer,
} from './graph.js';
import { elementCount, type Tensor, type Weights } from './tensor.js';
import { requireWeight } from './weights.js';
import { resolveWindow } from './window.js';

/** Weights in the kernels' memory, folded; independent of the batch. */
export interface InferenceConstants {
  /** Byte offset of a constant by `<layer>/<role>`. */
  offsetOf(name: string): number;
}

/** What a layer's launch does besides the layer itself. */
interface Fusion {
  readonly normalization: BatchNormalizationLayer | undefined;
  readonly relu: boolean;
  /** The layer whose output the fused launch produces. */
  readonly last: string;
}

/** Layers that take over a following normalisation (they have weights to fold it into) … */
const FOLDING_KINDS: ReadonlySet<Layer['kind']> = new Set([
  'conv2d',
  'depthwiseConv2d',
  'separableConv2d',
  'dense',
]);
/** … and those whose kernel can end with a ReLU. */
const RELU_KINDS: ReadonlySet<Layer['kind']> = new Set([...FOLDING_KINDS, 'batchNormalization', 'add']);

/** A plan of which layers are computed together. */
export interface FusionPlan {
  readonly description: GraphDescription;
  readonly fusions: ReadonlyMap<string, Fusion>;
  /** Max poolings computed by the addition that takes them. */
  readonly pooledIntoAdd: ReadonlySet<string>;
}

export function planFusions(graph: Graph): FusionPlan {
  const description = describeGraph(graph);
  const byName = new Map(graph.layers.map((layer) => [layer.name, layer]));
  /** The one layer that takes a layer's output, where nobody else wants to see it. */
  const onlyConsumer = (name: string): Layer | undefined => {
    const [consumer, ...others] = description.consumers.get(name) ?? [];
    if (consumer === undefined || others.length > 0 || graph.outputs.includes(name)) return undefined;
    return byName.get(consumer);
  };
  const fusions = new Map<string, Fusion>();
  const pooledIntoAdd = new Set<string>();
  const absorbed = new Set<string>();
  for (const layer of graph.layers) {
    if (absorbed.has(layer.name)) continue;
    let last = layer.name;
    let normalization: BatchNormalizationLayer | undefined;
    let relu = false;
    let next = onlyConsumer(last);
    if (next?.kind === 'batchNormalization' && FOLDING_KINDS.has(layer.kind)) {
      normalization = next;
      last = next.name;
      absorbed.add(last);
      next = onlyConsumer(last);
    }
    if (next?.kind === 'activation' && next.activation === 'relu' && RELU_KINDS.has(layer.kind)) {
      relu = true;
      last = next.name;
      absorbed.add(last);
    }
    fusions.set(layer.name, { normalization, relu, last });
    if (layer.kind === 'add') {
      const pooled = layer.inputs.find(
        (input) => byName.get(input)?.kind === 'maxPooling2d' && onlyConsumer(input) === layer,
      );
      if (pooled !== undefined && !relu) pooledIntoAdd.add(pooled);
    }
  }
  return { description, fusions, pooledIntoAdd };
}

/** Folds the weights and copies them into the kernels' memory. */
export function uploadConstants(
  kernels: Kernels,
  graph: Graph,
  plan: FusionPlan,
  weights: Weights,
): InferenceConstants {
  const constants = new Map<string, Float32Array>();
  for (const layer of graph.layers) {
    const fusion = plan.fusions.get(layer.name);
    if (fusion === undefined) continue;
    collectConstants(layer, fusion, plan.description, weights, constants);
  }
  const offsets = new Map<string, number>();
  for (const [name, values] of constants) offsets.set(name, kernels.allocate(values.byteLength));
  for (const [name, values] of constants) kernels.f32(offsets.get(name) ?? 0, values.length).set(values);
  return { offsetOf: (name) => offsets.get(name) ?? 0 };
}

function collectConstants(
  layer: Layer,
  { normalization }: Fusion,
  { layers }: GraphDescription,
  weights: Weights,
  constants: Map<string, Float32Array>,
): void {
  const described = layers.get(layer.name);
  const find = (role: string): Tensor | undefined => {
    const spec = described?.weights.find(({ name }) => name === `${layer.name}/${role}`);
    return spec && requireWeight(weights, spec.name, spec.shape);
  };
  const channels = described?.outputShape.at(-1) ?? 1;
  if (layer.kind === 'batchNormalization') {
    // The scaleShift kernel reads [scale, shift].
    const { scale, shift } = toChannelAffine(layer, channels, weights);
    constants.set(`${layer.name}/coefficients`, Float32Array.of(...scale, ...shift));
    return;
  }
  if (layer.kind === 'prelu') {
    constants.set(`${layer.name}/alpha`, find('alpha')?.data ?? new Float32Array(channels));
    return;
  }
  if (!FOLDING_KINDS.has(layer.kind)) return;
  const bias = find('bias');
  // The last kernel of a layer is the one that a normalisation or bias follows.
  const role =
    layer.kind === 'separableConv2d'
      ? 'pointwise_kernel'
      : layer.kind === 'depthwiseConv2d'
        ? 'depthwise_kernel'
        : 'kernel';
  const kernel = find(role);
  if (kernel === undefined) return;
  const put = (values: Float32Array, offsets: Float32Array | undefined): void => {
    const groups =
      layer.kind === 'conv2d' && !isDepthwise(layer, described?.inputShapes[0] ?? []) ? layer.groups : 1;
    for (let group = 0; group < groups; group++) {
      const suffix = groups === 1 ? '' : `/${group}`;
      constants.set(`${layer.name}/${role}${suffix}`, sliceLastAxis(values, channels, groups, group));
      if (offsets !== undefined) {
        constants.set(`${layer.name}/bias${suffix}`, sliceLastAxis(offsets, channels, groups, group));
      }
    }
  };
  if (layer.kind === 'separableConv2d') {
    const depthwise = find('depthwise_kernel');
    if (depthwise !== undefined) constants.set(`${layer.name}/depthwise_kernel`, depthwise.data);
  }
  if (normalization === undefined) {
    put(kernel.data, bias?.data);
  } else {
    const folded = foldIntoKernel(kernel, bias, toChannelAffine(normalization, channels, weights));
    put(folded.kernel, folded.bias);
  }
}

/** A convolution in which every channel is a group of its own: its kernel lies in memory as a depthwise one. */
function isDepthwise({ groups, filters }: Conv2dLayer, inputShape: Shape): boolean {
  return groups > 1 && groups === filters && groups === inputShape[2];
}

/** The part of a group along the last axis, of length `length` in all. */
function sliceLastAxis(values: Float32Array, length: number, groups: number, group: number): Float32Array {
  if (groups === 1) return values;
  const size = length / groups;
  return values.filter((_, index) => Math.floor((index % length) / size) === group);
}

/** A program that reads `batch` pictures at `inputOffset` and leaves the graph's outputs in memory. */
export interface InferenceProgram {
  readonly program: Program;
  readonly batch: number;
  /** Byte offset of float32 `[batch, height, width, channels]`. */
  readonly inputOffset: number;
  /** Byte offsets of float32 `[batch, …output shape]`, in the order of the graph's outputs. */
  readonly outputOffsets: readonly number[];
}

export function compileInference(
  kernels: Kernels,
  graph: Graph,
  plan: FusionPlan,
  constants: InferenceConstants,
  batch: number,
): InferenceProgram {
  const builder = new ProgramBuilder();
  const buffers = new Map<string, ArenaBuffer>();
  const shapeOf = (name: string): Shape => plan.description.layers.get(name)?.outputShape ?? [];
  const bufferOf = (name: string): ArenaBuffer => {
    const buffer = buffers.get(name);
    if (buffer === undefined) throw new RangeError(`inference: layer ${name} is used before it is computed`);
    return buffer;
  };
  for (const layer of graph.layers) {
    const fusion = plan.fusions.get(layer.name);
    if (fusion === undefined || plan.pooledIntoAdd.has(layer.name)) continue;
    buffers.set(fusion.last, emitLayer(layer, fusion));
  }
  const input = bufferOf(graph.layers[0]?.name ?? '');
  const outputs = graph.outputs.map(bufferOf);
  builder.pinInput(input);
  for (const output of outputs) builder.pinOutput(output);
  const planned = builder.finish(kernels);
  return {
    program: planned.program,
    batch,
    inputOffset: planned.offsetOf(input),
    outputOffsets: outputs.map((output) => planned.offsetOf(output)),
  };

  function emitLayer(layer: Layer, fusion: Fusion): ArenaBuffer {
    const [inputName = ''] = layer.inputs;
    const inputShape = shapeOf(inputName);
    const outputShape = shapeOf(layer.name);
    const y = builder.buffer(batch * elementCount(outputShape));
    const flags = fusion.relu ? FLAG_RELU : 0;
    const constant = (role: string) => constants.offsetOf(`${layer.name}/${role}`);
    const channels = inputShape.at(-1) ?? 1;
    switch (layer.kind) {
      case 'input':
        return y;
      case 'conv2d':
        if (isDepthwise(layer, inputShape)) {
          emitDepthwise(layer, inputShape, bufferOf(inputName), 'kernel', constant('bias'), y, flags);
        } else {
          emitGroups(layer, inputShape, bufferOf(inputName), y, flags);
        }
        return y;
      case 'depthwiseConv2d':
        emitDepthwise(layer, inputShape, bufferOf(inputName), 'depthwise_kernel', constant('bias'), y, flags);
        return y;
      case 'separableConv2d': {
        const [height = 1, width = 1] = outputShape;
        const between = builder.buffer(batch * height * width * channels);
        emitDepthwise(layer, inputShape, bufferOf(inputName), 'depthwise_kernel', 0, between, 0);
        builder.launch(
          'gemm',
          [between, constant('pointwise_kernel'), constant('bias'), y, channels, layer.filters, flags],
          batch * height * width,
          ROW_GRAIN,
        );
        return y;
      }
      case 'batchNormalization': {
        const rows = (batch * elementCount(inputShape)) / channels;
        const coefficients = constant('coefficients');
        builder.launch(
          'scaleShift',
          [bufferOf(inputName), coefficients, y, channels, flags],
          rows,
          ROW_GRAIN,
        );
        return y;
      }
      case 'activation':
        emitActivation(layer.activation, bufferOf(inputName), y, inputShape);
        return y;
      case 'clip': {
        const operands = [bufferOf(inputName), y, layer.min, layer.max] as const;
        builder.launch('clip', [...operands], batch * elementCount(inputShape), ELEMENT_GRAIN);
        return y;
      }
      case 'prelu': {
        const rows = (batch * elementCount(inputShape)) / channels;
        builder.launch('prelu', [bufferOf(inputName), constant('alpha'), y, channels], rows, ROW_GRAIN);
        return y;
      }
      case 'averagePooling2d': {
        const [height = 1, width = 1] = inputShape;
        const window = resolveWindow([height, width], { size: layer.poolSize, ...layer });
        builder.launch(
          'averagePool2d',
          [
            bufferOf(inputName), y,
            height, width, channels, window.outputHeight, window.outputWidth,
            ...layer.poolSize, layer.strides, window.padTop, window.padLeft, layer.countIncludesPadding ? 1 : 0,
          ],
          batch * window.outputHeight,
        ); // prettier-ignore
        return y;
      }
      case 'maxPooling2d':
        emitMaxPooling(layer, inputShape, bufferOf(inputName), 0, y);
        return y;
      case 'globalAveragePooling2d': {
        const [height = 1, width = 1] = inputShape;
        builder.launch('globalAveragePool', [bufferOf(inputName), y, height * width, channels], batch);
        return y;
      }
      case 'flatten':
      case 'reshape':
      case 'dropout':
        // The same values in the same order: nothing to compute.
        return bufferOf(inputName);
      case 'multiply': {
        const [a, b] = [bufferOf(inputName), bufferOf(layer.inputs[1] ?? '')];
        const perChannel = shapeOf(layer.inputs[1] ?? '').length < inputShape.length;
        if (perChannel) {
          const pixels = elementCount(inputShape) / channels;
          builder.launch('multiplyChannels', [a, b, y, pixels, channels], batch * pixels, ROW_GRAIN);
        } else {
          builder.launch('multiply', [a, b, y], batch * elementCount(inputShape), ELEMENT_GRAIN);
        }
        return y;
      }
      case 'concatenate': {
        const blockOf = (shape: Shape) => elementCount(shape.slice(layer.axis));
        const stride = blockOf(outputShape);
        let start = 0;
        for (const name of layer.inputs) {
          const block = blockOf(shapeOf(name));
          const blocks = (batch * elementCount(shapeOf(name))) / block;
          builder.launch(
            'copyBlocks',
            [bufferOf(name), 0, block, y, start, stride, block],
            blocks,
            ROW_GRAIN,
          );
          start += block;
        }
        return y;
      }
      case 'resize2d': {
        const [height = 1, width = 1] = inputShape;
        const kernel = layer.interpolation === 'nearest' ? 'resizeNearest2d' : 'resizeBilinear2d';
        const sizes = [height, width, channels, ...layer.size] as const;
        builder.launch(kernel, [bufferOf(inputName), y, ...sizes], batch * layer.size[0]);
        return y;
      }
      case 'zeroPadding2d':
        emitZeroPadding(layer, inputShape, bufferOf(inputName), y);
        return y;
      case 'dense': {
        const operands = [bufferOf(inputName), constant('kernel'), constant('bias'), y] as const;
        builder.launch('gemm', [...operands, channels, layer.units, flags], batch, ROW_GRAIN);
        return y;
      }
      case 'add': {
        const pooledName = layer.inputs.find((name) => plan.pooledIntoAdd.has(name));
        const pooled = graph.layers.find(({ name }) => name === pooledName);
        if (pooled?.kind === 'maxPooling2d') {
          const addend = layer.inputs[0] === pooled.name ? layer.inputs[1] : layer.inputs[0];
          const [pooledInput = ''] = pooled.inputs;
          emitMaxPooling(pooled, shapeOf(pooledInput), bufferOf(pooledInput), bufferOf(addend ?? ''), y);
          return y;
        }
        const [a = '', b = ''] = layer.inputs;
        builder.launch(
          'add',
          [bufferOf(a), bufferOf(b), y, flags],
          batch * elementCount(outputShape),
          ELEMENT_GRAIN,
        );
        return y;
      }
      default:
        return layer satisfies never;
    }
  }

  /** A convolution whose groups are computed one after the other, each on its own slice of the channels. */
  function emitGroups(
    layer: Conv2dLayer,
    inputShape: Shape,
    x: ArenaBuffer,
    y: ArenaBuffer,
    flags: number,
  ): void {
    const constant = (role: string) => constants.offsetOf(`${layer.name}/${role}`);
    if (layer.groups === 1) {
      const geometry = toConv2dGeometry(batch, inputShape, layer);
      emitConv2d(builder, geometry, { x, kernel: constant('kernel'), bias: constant('bias'), y, flags });
      return;
    }
    const [height = 1, width = 1, channels = 1] = inputShape;
    const [size, filters] = [channels / layer.groups, layer.filters / layer.groups];
    const geometry = toConv2dGeometry(batch, [height, width, size], { ...layer, filters });
    const inputPixels = batch * height * width;
    const outputPixels = batch * geometry.outputHeight * geometry.outputWidth;
    for (let group = 0; group < layer.groups; group++) {
      const part = builder.buffer(inputPixels * size);
      const result = builder.buffer(outputPixels * filters);
      builder.launch('copyBlocks', [x, group * size, channels, part, 0, size, size], inputPixels, ROW_GRAIN);
      const [kernel, bias] = [constant(`kernel/${group}`), constant(`bias/${group}`)];
      emitConv2d(builder, geometry, { x: part, kernel, bias, y: result, flags });
      builder.launch(
        'copyBlocks',
        [result, 0, filters, y, group * filters, layer.filters, filters],
        outputPixels,
        ROW_GRAIN,
      );
    }
  }

  function emitActivation(activation: ActivationName, x: Operand, y: Operand, shape: Shape): void {
    const elements = batch * elementCount(shape);
    switch (activation) {
      case 'softmax': {
        const classes = shape.at(-1) ?? 1;
        builder.launch('softmax', [x, y, classes], elements / classes);
        return;
      }
      case 'relu6':
        builder.launch('clip', [x, y, 0, 6], elements, ELEMENT_GRAIN);
        return;
      case 'relu':
      case 'sigmoid':
      case 'hardSigmoid':
      case 'hardSwish':
      case 'tanh':
        builder.launch(activation, [x, y], elements, ELEMENT_GRAIN);
        return;
      default:
        activation satisfies never;
    }
  }

  function emitZeroPadding(
    { padding, channelsAfter }: ZeroPadding2dLayer,
    [height = 1, width = 1, channels = 1]: Shape,
    x: ArenaBuffer,
    y: ArenaBuffer,
  ): void {
    const paddedHeight = height + padding.top + padding.bottom;
    const paddedWidth = width + padding.left + padding.right;
    const pixels = batch * paddedHeight * paddedWidth;
    const isFlat = paddedHeight === height && paddedWidth === width;
    const around = isFlat ? x : channelsAfter === 0 ? y : builder.buffer(pixels * channels);
    if (!isFlat) {
      builder.launch(
        'padDilate2d',
        [x, around, height, width, channels, paddedHeight, paddedWidth, padding.top, padding.left, 1],
        batch * paddedHeight,
      );
    }
    if (around === y) return;
    const all = channels + channelsAfter;
    builder.launch('fill', [y, 0], pixels * all, ELEMENT_GRAIN);
    builder.launch('copyBlocks', [around, 0, channels, y, 0, all, channels], pixels, ROW_GRAIN);
  }

  function emitDepthwise(
    layer: Conv2dLayer | DepthwiseConv2dLayer | SeparableConv2dLayer,
    [height = 1, width = 1, channels = 1]: Shape,
    x: Operand,
    role: 'kernel' | 'depthwise_kernel',
    bias: Operand,
    y: Operand,
    flags: number,
  ): void {
    const [kernelHeight, kernelWidth] = layer.kernelSize;
    const window = resolveWindow([height, width], { size: layer.kernelSize, ...layer });
    builder.launch(
      'depthwiseConv2d',
      [
        x, constants.offsetOf(`${layer.name}/${role}`), bias, y,
        height, width, channels, window.outputHeight, window.outputWidth,
        kernelHeight, kernelWidth, layer.strides, window.padTop, window.padLeft, flags,
      ],
      batch * window.outputHeight,
    ); // prettier-ignore
  }

  function emitMaxPooling(
    layer: Extract<Layer, { kind: 'maxPooling2d' }>,
    [height = 1, width = 1, channels = 1]: Shape,
    x: Operand,
    addend: Operand,
    y: Operand,
  ): void {
    const [poolHeight, poolWidth] = layer.poolSize;
    const window = resolveWindow([height, width], { size: layer.poolSize, ...layer });
    builder.launch(
      'maxPool2d',
      [
        x, y, 0, addend,
        height, width, channels, window.outputHeight, window.outputWidth,
        poolHeight, poolWidth, layer.strides, window.padTop, window.padLeft, 0,
      ],
      batch * window.outputHeight,
    ); // prettier-ignore
  }
}

/** Elements that a thread takes at a time in element-wise kernels. */
const ELEMENT_GRAIN = 1024;
