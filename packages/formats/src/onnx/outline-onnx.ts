/**
 * What an ONNX file says of itself, whether or not its operators can be read: enough to describe a network to a person,
 * and to run it in another engine.
 */
import { elementCount } from '@mien/core/nn';
import type { ImportedModel } from '../imported-model.js';
import { parseOwnMetadata } from '../own-metadata.js';
import { canFold } from './fold-constants.js';
import { isStandardDomain, parseOnnxModel, type OnnxGraph, type OnnxValueInfo } from './onnx-model.js';
import { OPERATORS } from './operators.js';
import { findPictureInput, type PictureInput } from './picture-input.js';

export interface OnnxOutline extends Pick<ImportedModel, 'labels' | 'inputRange' | 'crop' | 'metadata'> {
  readonly name: string;
  /** The tool that wrote the file; may be empty. */
  readonly producer: string;
  /** Version of the standard operators. */
  readonly opset: number;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
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
  return {
    name: graph.name,
    producer,
    opset,
    inputs,
    outputs: graph.outputs,
    isSizeOpen: sides.length === 3 && sides.some((side) => typeof side === 'string' || side < 1),
    operators: listOperators(graph),
    parameterCount: stored.reduce((sum, { dims }) => sum + elementCount(dims), 0),
    ...parseOwnMetadata(metadata),
  };
}

/**
 * The picture that an ONNX file takes.
 *
 * @throws MienError `UNSUPPORTED` when it takes something else, `MODEL_INVALID` for a damaged file
 */
export function findOnnxPicture(bytes: Uint8Array, source: string): PictureInput {
  return findPictureInput(parseOnnxModel(bytes, source).graph, source);
}

function listOperators(graph: OnnxGraph): OnnxOperator[] {
  // Values that do not depend on the picture's content: operators upon them are worked out while reading.
  const constants = new Set(graph.initializers.keys());
  const operators = new Map<string, { count: number; isKnown: boolean }>();
  for (const { op, domain, inputs, outputs } of graph.nodes) {
    const isStandard = isStandardDomain(domain);
    const isConstant = inputs.every((name) => name === '' || constants.has(name));
    const isRead = Object.hasOwn(OPERATORS, op) || (isConstant && canFold(op));
    if (isConstant || op === 'Shape') for (const name of outputs) constants.add(name);
    const name = isStandard ? op : `${domain}.${op}`;
    const { count, isKnown } = operators.get(name) ?? { count: 0, isKnown: true };
    operators.set(name, { count: count + 1, isKnown: isKnown && isStandard && isRead });
  }
  return Array.from(operators, ([name, entry]) => ({ name, ...entry }));
}
