/**
 * What an ONNX file says of itself, whether or not its operators can be read: enough to describe a network to a person,
 * and to run it in another engine.
 */
import type { InputLayout, OutputKind } from '@mien/core';
import { elementCount } from '@mien/core/nn';
import type { ImportedModel } from '../imported-model.js';
import { parseOwnMetadata } from '../own-metadata.js';
import { canFold } from './fold-constants.js';
import { isStandardDomain, parseOnnxModel, type OnnxGraph, type OnnxValueInfo } from './onnx-model.js';
import { operatorsOf } from './operators.js';
import { findPictureInput, type PictureInput } from './picture-input.js';

export interface OnnxOutline extends Pick<
  ImportedModel,
  'labels' | 'inputRange' | 'normalization' | 'crop' | 'metadata'
> {
  readonly name: string;
  /** The tool that wrote the file; may be empty. */
  readonly producer: string;
  /** Version of the standard operators. */
  readonly opset: number;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** What the numbers of the first output are; `undefined` where neither the file nor its last operators tell. */
  readonly outputKind: OutputKind | undefined;
  /** Whether it takes pictures of any size, as detectors do. */
  readonly isSizeOpen: boolean;
  /** In the order of their first use. */
  readonly operators: readonly OnnxOperator[];
  /** Numbers that are stored. */
  readonly parameterCount: number;
}

export interface OnnxOperator {
  /** With its domain if it is not a standard ONNX operator: `com.microsoft.Gelu`. */
  readonly name: string;
  readonly count: number;
  /** Whether our engine implements it in every use; some settings may still be unsupported. */
  readonly isKnown: boolean;
}

/** @throws MienError `MODEL_INVALID` when the bytes are no whole ONNX file */
export function outlineOnnx(bytes: Uint8Array, source: string): OnnxOutline {
  const { producer, opset, graph, metadata } = parseOnnxModel(bytes, source);
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const [, ...sides] = inputs[0]?.dims ?? [];
  const stored = [...graph.initializers.values()];
  const own = parseOwnMetadata(metadata);
  const { outputs: stated, ...known } = own;
  return {
    name: graph.name,
    producer,
    opset,
    inputs,
    outputs: graph.outputs,
    isSizeOpen: sides.length === 3 && sides.some((side) => typeof side === 'string' || side < 1),
    operators: listOperators(graph),
    parameterCount: stored.reduce((sum, { dims }) => sum + elementCount(dims), 0),
    outputKind: stated ?? outputsOf(graph),
    ...known,
  };
}

/**
 * The picture that an ONNX file takes.
 *
 * @throws MienError `UNSUPPORTED` when it takes something else, `MODEL_INVALID` for a damaged file
 */
export function findOnnxPicture(bytes: Uint8Array, source: string, layout?: InputLayout): PictureInput {
  return findPictureInput(parseOnnxModel(bytes, source).graph, source, layout);
}

/**
 * What an ONNX file's first output is, by the operator that gives it.
 *
 * @returns `undefined` where that does not tell
 */
function outputsOf({ nodes, outputs }: OnnxGraph): OutputKind | undefined {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  let name = outputs[0]?.name ?? '';
  for (let steps = 0; steps < nodes.length; steps++) {
    const node = producers.get(name);
    if (node === undefined) return undefined;
    if (Object.hasOwn(OUTPUTS_OF, node.op)) return OUTPUTS_OF[node.op];
    if (!TRANSPARENT.has(node.op)) return undefined;
    name = node.inputs[0] ?? '';
  }
  return undefined;
}

/** What the last operator makes of its input. A sum or product may be of anything, so it tells nothing. */
const OUTPUTS_OF: Readonly<Record<string, OutputKind>> = {
  Softmax: 'probabilities',
  LogSoftmax: 'log-probabilities',
  Sigmoid: 'sigmoids',
  HardSigmoid: 'sigmoids',
  Gemm: 'logits',
  MatMul: 'logits',
  Conv: 'logits',
};
const TRANSPARENT = new Set([
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Cast',
  'Dropout',
  'QuantizeLinear',
  'DequantizeLinear',
]);

/**
 * Names of the files beside an ONNX file that hold its weights: what PyTorch writes by default since 2.9.
 *
 * @throws MienError `MODEL_INVALID` for a damaged file
 */
export function listExternalData(bytes: Uint8Array, source: string): readonly string[] {
  const { graph } = parseOnnxModel(bytes, source);
  const attributes = graph.nodes.flatMap(({ attributes: list }) =>
    [...list.values()].map(({ tensor }) => tensor),
  );
  const tensors = [...graph.initializers.values(), ...attributes];
  return [...new Set(tensors.flatMap((tensor) => (tensor?.external ? [tensor.external.location] : [])))];
}

function listOperators(graph: OnnxGraph): OnnxOperator[] {
  // Values that do not depend on the picture's content: operators upon them are worked out while reading.
  const constants = new Set(graph.initializers.keys());
  const operators = new Map<string, { count: number; isKnown: boolean }>();
  for (const { op, domain, inputs, outputs } of graph.nodes) {
    const isStandard = isStandardDomain(domain);
    const isConstant = inputs.every((name) => name === '' || constants.has(name));
    const isRead = Object.hasOwn(operatorsOf(domain) ?? {}, op) || (isConstant && isStandard && canFold(op));
    if (isConstant || op === 'Shape') for (const name of outputs) constants.add(name);
    const name = isStandard ? op : `${domain}.${op}`;
    const { count, isKnown } = operators.get(name) ?? { count: 0, isKnown: true };
    operators.set(name, { count: count + 1, isKnown: isKnown && isRead });
  }
  return Array.from(operators, ([name, entry]) => ({ name, ...entry }));
}
