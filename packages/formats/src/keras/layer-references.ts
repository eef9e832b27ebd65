/** How a Keras description names the layers that a layer takes, in the forms of Keras 1, 2 and 3. */
import { isRecord, MienError } from '@mien/core';
import { JsonFields, show } from './json-fields.js';

const MAX_INPUTS = 1000;

/** The layers that one layer takes, from `inbound_nodes` of any generation. */
export function readInputs(value: unknown, where: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new MienError('MODEL_INVALID', `${where}: inbound_nodes must be a list`);
  const nodes = value as unknown[];
  if (nodes.length === 0) return [];
  if (nodes.length > 1) {
    throw new MienError(
      'UNSUPPORTED',
      `${where}: is used at ${nodes.length} places; layers that share weights are not supported`,
    );
  }
  const [node] = nodes;
  const tensors = isRecord(node) ? readKeras3Tensors(node, where) : readTensorList(node, where);
  if (tensors.length > MAX_INPUTS)
    throw new MienError('MODEL_INVALID', `${where}: takes more than ${MAX_INPUTS} inputs`);
  return tensors.map((tensor) => readReference(tensor, where));
}

/** `{"args": [tensor]}` or `{"args": [[tensor, tensor]]}`, a tensor's source being its `keras_history`. */
function readKeras3Tensors(node: Readonly<Record<string, unknown>>, where: string): readonly unknown[] {
  const args = new JsonFields(node, where).list('args');
  const [first] = args;
  const tensors = Array.isArray(first) ? (first as unknown[]) : args;
  return tensors.map((tensor) => {
    if (!isRecord(tensor) || tensor['class_name'] !== '__keras_tensor__') {
      throw new MienError('UNSUPPORTED', `${where}: takes ${show(tensor)}; outputs of layers are supported`);
    }
    return new JsonFields(tensor, where).fields('config').get('keras_history');
  });
}

/** `[[name, 0, 0, {}], …]`, or a single one without the outer list. */
function readTensorList(node: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(node)) throw new MienError('MODEL_INVALID', `${where}: inbound_nodes must hold lists`);
  const list = node as unknown[];
  return typeof list[0] === 'string' ? [list] : list;
}

/**
 * `[layer, node, tensor]` → the layer's name. A layer that is used at several places is refused where it stands, so its
 * only node is meant, whatever its number: a model inside has one of its own before.
 */
function readReference(value: unknown, where: string): string {
  const [name, node, tensor] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof name !== 'string')
    throw new MienError('MODEL_INVALID', `${where}: ${show(value)} refers to no layer`);
  if (!Number.isInteger(node) || tensor !== 0) {
    throw new MienError(
      'UNSUPPORTED',
      `${where}: takes another than the first output of ${name.slice(0, 200)}`,
    );
  }
  return name;
}

/** Input or output layers: a list of references, or a single one. */
export function readEnds(value: unknown, where: string): readonly string[] {
  return readTensorList(value ?? [], where).map((end) => readReference(end, where));
}
