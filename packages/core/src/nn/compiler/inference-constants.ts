/** Prepares the weights of a graph for inference: folded, split into groups, packed, in the kernels' memory. */
import type { Kernels } from '../../backend/kernels.js';
import type { GraphDescription } from '../describe-graph.js';
import { toConv2dGeometry } from './emit-conv2d.js';
import type { Fusion, FusionPlan } from './fusion.js';
import { foldIntoKernel, toChannelAffine } from '../fold-batch-normalization.js';
import type { Conv2dLayer, Graph, Layer, Shape } from '../graph.js';
import { panelCount, panelElements, type PanelMatrix } from './panels.js';
import { FOLDING_KINDS } from './plan-fusions.js';
import type { Tensor, Weights } from '../tensor.js';
import { requireWeight } from '../weights.js';
import {
  toWinogradKernel,
  winogradColumns,
  winogradElements,
  winogradOperands,
  type WinogradKernel,
} from './winograd.js';

/** Weights in the kernels' memory, folded and packed; independent of the batch. */
export interface InferenceConstants {
  /** Byte offset of a constant by `<layer>/<role>`; 0 where there is none. */
  offsetOf(name: string): number;
}

/** Folds the weights and copies them into the kernels' memory. */
export function uploadConstants(
  kernels: Kernels,
  graph: Graph,
  plan: FusionPlan,
  weights: Weights,
): InferenceConstants {
  const constants = new Map<string, Constant>();
  for (const layer of graph.layers) {
    const fusion = plan.fusions.get(layer.name);
    if (fusion === undefined) continue;
    collectConstants(layer, fusion, plan.description, weights, constants);
  }
  const offsets = new Map<string, number>();
  for (const [name, constant] of constants) offsets.set(name, kernels.allocate(elementsOf(constant) * 4));
  // Scratch memory for packing; programs use it afterwards.
  const scratch = kernels.allocate(Math.max(0, ...[...constants.values()].map(scratchBytes)));
  for (const [name, constant] of constants) upload(kernels, constant, offsets.get(name) ?? 0, scratch);
  kernels.releaseTo(scratch);
  return { offsetOf: (name) => offsets.get(name) ?? 0 };
}

/** A dense kernel for `conv2dWinograd`. */
interface WinogradConstant {
  readonly values: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly kernel: WinogradKernel;
}

/** A plain constant, or one that has to be packed first. */
type Constant = Float32Array | PanelMatrix | WinogradConstant;

function elementsOf(constant: Constant): number {
  if (constant instanceof Float32Array) return constant.length;
  if ('kernel' in constant) return winogradElements(constant.kernel);
  return panelElements(constant.rows, constant.columns);
}

function scratchBytes(constant: Constant): number {
  if (constant instanceof Float32Array) return 0;
  return constant.values.byteLength + (constant.bias?.byteLength ?? 0);
}

function upload(kernels: Kernels, constant: Constant, offset: number, scratch: number): void {
  if (constant instanceof Float32Array) {
    kernels.f32(offset, constant.length).set(constant);
    return;
  }
  const { values, bias } = constant;
  const biasOffset = bias === undefined ? 0 : scratch + values.byteLength;
  kernels.f32(scratch, values.length).set(values);
  if (bias !== undefined) kernels.f32(biasOffset, bias.length).set(bias);
  if ('kernel' in constant) {
    const { kernel } = constant;
    const { packWinogradPanels } = kernels.exports;
    packWinogradPanels(
      scratch,
      biasOffset,
      offset,
      ...winogradOperands(kernel),
      0,
      panelCount(kernel.outputs),
    );
  } else {
    const { rows, columns } = constant;
    kernels.exports.packPanels(scratch, biasOffset, offset, rows, columns, 0, panelCount(columns));
  }
}

function collectConstants(
  layer: Layer,
  { normalization }: Fusion,
  { layers }: GraphDescription,
  weights: Weights,
  constants: Map<string, Constant>,
): void {
  const described = layers.get(layer.name);
  const find = (role: string): Tensor | undefined => {
    const spec = described?.weights.find(({ name }) => name === `${layer.name}/${role}`);
    return spec && requireWeight(weights, spec.name, spec.shape);
  };
  const put = (role: string, constant: Constant | undefined): void => {
    if (constant !== undefined) constants.set(`${layer.name}/${role}`, constant);
  };
  const channels = described?.outputShape.at(-1) ?? 1;
  if (layer.kind === 'batchNormalization') {
    // The scaleShift kernel reads [scale, shift].
    const { scale, shift } = toChannelAffine(layer, channels, weights);
    put('coefficients', Float32Array.of(...scale, ...shift));
    return;
  }
  if (layer.kind === 'prelu') {
    put('alpha', find('alpha')?.data);
    return;
  }
  const folded = foldLastKernel(layer, normalization, { layers }, weights);
  if (folded === undefined) return;
  const { role } = folded;

  const inputShape = described?.inputShapes[0] ?? [];
  if (layer.kind === 'depthwiseConv2d' || (layer.kind === 'conv2d' && isDepthwise(layer, inputShape))) {
    put(role, folded.kernel);
    put('bias', folded.bias);
    return;
  }
  if (layer.kind === 'separableConv2d') put('depthwise_kernel', find('depthwise_kernel')?.data);
  if (layer.kind === 'conv2d' && layer.groups === 1) {
    const geometry = toConv2dGeometry(1, inputShape, layer);
    const columns = winogradColumns(geometry);
    if (columns > 0) {
      put(role, { values: folded.kernel, bias: folded.bias, kernel: toWinogradKernel(geometry, columns) });
      return;
    }
  }
  const groups = layer.kind === 'conv2d' ? layer.groups : 1;
  for (let group = 0; group < groups; group++) {
    const columns = channels / groups;
    put(groups === 1 ? role : `${role}/${group}`, {
      values: sliceLastAxis(folded.kernel, channels, groups, group),
      bias: folded.bias && sliceLastAxis(folded.bias, channels, groups, group),
      rows: folded.kernel.length / channels,
      columns,
    });
  }
}

/** A layer's last kernel, to which its normalisation and bias apply. */
export interface FoldedKernel {
  readonly role: 'kernel' | 'depthwise_kernel' | 'pointwise_kernel';
  readonly kernel: Float32Array;
  readonly bias: Float32Array | undefined;
}

/** `undefined` for a layer without kernels. */
export function foldLastKernel(
  layer: Layer,
  normalization: Fusion['normalization'],
  { layers }: Pick<GraphDescription, 'layers'>,
  weights: Weights,
): FoldedKernel | undefined {
  const role = lastKernelOf(layer);
  const described = layers.get(layer.name);
  const find = (name: string): Tensor | undefined => {
    const spec = described?.weights.find((weight) => weight.name === `${layer.name}/${name}`);
    return spec && requireWeight(weights, spec.name, spec.shape);
  };
  const kernel = role === undefined ? undefined : find(role);
  if (role === undefined || kernel === undefined) return undefined;
  if (normalization === undefined) return { role, kernel: kernel.data, bias: find('bias')?.data };
  const channels = described?.outputShape.at(-1) ?? 1;
  return { role, ...foldIntoKernel(kernel, find('bias'), toChannelAffine(normalization, channels, weights)) };
}

/** Name of a layer's last kernel; `undefined` if it has none. */
function lastKernelOf(layer: Layer): 'kernel' | 'depthwise_kernel' | 'pointwise_kernel' | undefined {
  if (layer.kind === 'separableConv2d') return 'pointwise_kernel';
  if (layer.kind === 'depthwiseConv2d') return 'depthwise_kernel';
  return FOLDING_KINDS.has(layer.kind) ? 'kernel' : undefined;
}

/** Whether every channel is a group: the kernel has the memory layout of a depthwise convolution. */
export function isDepthwise({ groups, filters }: Conv2dLayer, inputShape: Shape): boolean {
  return groups > 1 && groups === filters && groups === inputShape[2];
}

/** Slice of a group along the last axis, whose length is `length`. */
export function sliceLastAxis(
  values: Float32Array,
  length: number,
  groups: number,
  group: number,
): Float32Array {
  if (groups === 1) return values;
  const size = length / groups;
  return values.filter((_, index) => Math.floor((index % length) / size) === group);
}
