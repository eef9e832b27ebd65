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
import type { BatchNormalizationLayer, Graph, Layer, Shape } from './graph.js';
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
  const onlyConsumer = (name: string): Layer | undefined => {
    const [consumer, ...others] = description.consumers.get(name) ?? [];
    return consumer === undefined || others.length > 0 ? undefined : byName.get(consumer);
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
  if (layer.kind === 'separableConv2d') {
    const depthwise = find('depthwise_kernel');
    if (depthwise !== undefined) constants.set(`${layer.name}/depthwise_kernel`, depthwise.data);
  }
  if (normalization === undefined) {
    constants.set(`${layer.name}/${role}`, kernel.data);
    if (bias !== undefined) constants.set(`${layer.name}/bias`, bias.data);
  } else {
    const folded = foldIntoKernel(kernel, bias, toChannelAffine(normalization, channels, weights));
    constants.set(`${layer.name}/${role}`, folded.kernel);
    constants.set(`${layer.name}/bias`, folded.bias);
  }
}

/** A program that reads `batch` pictures at `inputOffset` and writes probabilities at `outputOffset`. */
export interface InferenceProgram {
  readonly program: Program;
  readonly batch: number;
  /** Byte offset of float32 `[batch, height, width, channels]`. */
  readonly inputOffset: number;
  /** Byte offset of float32 `[batch, …output shape]`. */
  readonly outputOffset: number;
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
  const output = bufferOf(graph.layers.at(-1)?.name ?? '');
  builder.pinInput(input);
  builder.pinOutput(output);
  const planned = builder.finish(kernels);
  return {
    program: planned.program,
    batch,
    inputOffset: planned.offsetOf(input),
    outputOffset: planned.offsetOf(output),
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
      case 'conv2d': {
        const geometry = toConv2dGeometry(batch, inputShape, layer);
        const operands = {
          x: bufferOf(inputName),
          kernel: constant('kernel'),
          bias: constant('bias'),
          y,
          flags,
        };
        emitConv2d(builder, geometry, operands);
        return y;
      }
      case 'depthwiseConv2d':
        emitDepthwise(layer, inputShape, bufferOf(inputName), constant('bias'), y, flags);
        return y;
      case 'separableConv2d': {
        const [height = 1, width = 1] = outputShape;
        const between = builder.buffer(batch * height * width * channels);
        emitDepthwise(layer, inputShape, bufferOf(inputName), 0, between, 0);
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
      case 'activation': {
        const x = bufferOf(inputName);
        if (layer.activation === 'softmax') builder.launch('softmax', [x, y, channels], batch);
        else builder.launch('relu', [x, y], batch * elementCount(inputShape), ELEMENT_GRAIN);
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
        return bufferOf(inputName);
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

  function emitDepthwise(
    layer: Extract<Layer, { kind: 'depthwiseConv2d' | 'separableConv2d' }>,
    [height = 1, width = 1, channels = 1]: Shape,
    x: Operand,
    bias: Operand,
    y: Operand,
    flags: number,
  ): void {
    const [kernelHeight, kernelWidth] = layer.kernelSize;
    const window = resolveWindow([height, width], { size: layer.kernelSize, ...layer });
    builder.launch(
      'depthwiseConv2d',
      [
        x, constants.offsetOf(`${layer.name}/depthwise_kernel`), bias, y,
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
