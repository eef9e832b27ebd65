/**
 * A Keras model's description (the JSON that Keras writes) → one of our graphs.
 *
 * A functional model lists its layers with the layers that each takes (`inbound_nodes`), a sequential one lists them in
 * a row. Both have changed their form over the years; the forms of Keras 1, 2 and 3 are all read here.
 */
import { isRecord, MienError } from '@mien/core';
import { describeGraph, type Graph, type ImageShape, type Layer } from '@mien/core/nn';
import { foldZeroPadding } from '../import/fold-zero-padding.js';
import { JsonFields, show } from './json-fields.js';
import { parseLayer, type LayerAttributes } from './parse-layer.js';

export interface KerasNetwork {
  readonly graph: Graph;
  /** Keras' layers in the file's order: its own, also where ours are more or fewer. */
  readonly layers: readonly KerasLayerName[];
}

export interface KerasLayerName {
  readonly name: string;
  readonly className: string;
}

interface LayerRecord extends KerasLayerName {
  readonly config: JsonFields;
  /** Names of the layers that it takes. */
  readonly inputs: readonly string[];
}

const FUNCTIONAL = ['Functional', 'Model'];
const MAX_LAYERS = 10_000;
const MAX_INPUTS = 1000;

/**
 * @param value the description as `JSON.parse` gives it
 * @param majorVersion of the Keras that wrote it
 * @throws MienError `UNSUPPORTED` that names a layer which is not known here, `MODEL_INVALID`
 */
export function parseKerasConfig(value: unknown, majorVersion: number, source: string): KerasNetwork {
  const model = new JsonFields(value, source);
  const className = model.text('class_name');
  if (className === 'Sequential') return parseSequential(model, majorVersion, source);
  if (!FUNCTIONAL.includes(className)) {
    throw new MienError(
      'UNSUPPORTED',
      `${source}: the model is of the class ${show(className)}; functional and sequential ones can be read`,
    );
  }
  const config = model.fields('config');
  const records = readRecords(config.list('layers'), source, (layer) =>
    readInputs(layer.get('inbound_nodes'), layer.where),
  );
  const outputs = readEnds(config.get('output_layers'), `${source}: output_layers`);
  const inputs = readEnds(config.get('input_layers'), `${source}: input_layers`);
  if (inputs.length !== 1) {
    throw new MienError(
      'UNSUPPORTED',
      `${source}: the model has ${inputs.length} inputs; one picture is supported`,
    );
  }
  return build(config.optionalText('model', 'name'), records, outputs, majorVersion, source);
}

function parseSequential(model: JsonFields, majorVersion: number, source: string): KerasNetwork {
  // Until Keras 2.2.2 the description was the bare list of layers.
  const config = model.get('config');
  const list = Array.isArray(config) ? (config as unknown[]) : model.fields('config').list('layers');
  const name = isRecord(config)
    ? new JsonFields(config, source).optionalText('sequential', 'name')
    : 'sequential';
  const rows = readRecords(list, source, () => []);
  const [first] = rows;
  if (first === undefined) throw new MienError('MODEL_INVALID', `${source}: the model has no layers`);
  const names = new Set(rows.map((row) => row.name));
  // Without an input layer the first layer carries the shape, or the model does.
  let inputName = 'input_1';
  for (let i = 2; names.has(inputName); i++) inputName = `input_${i}`;
  const input: LayerRecord[] =
    first.className === 'InputLayer'
      ? []
      : [{ name: inputName, className: 'InputLayer', config: withShape(first.config, config), inputs: [] }];
  const records = [...input, ...rows].map((row, index, all) => {
    const before = all[index - 1];
    return { ...row, inputs: before === undefined ? [] : [before.name] };
  });
  const last = rows[rows.length - 1] ?? first;
  const network = build(name, records, [last.name], majorVersion, source);
  return { ...network, layers: rows.map(({ name: layer, className }) => ({ name: layer, className })) };
}

function withShape(first: JsonFields, model: unknown): JsonFields {
  const shape = first.get('batch_input_shape', 'batch_shape');
  const built = isRecord(model) ? model['build_input_shape'] : undefined;
  return new JsonFields({ batch_shape: shape ?? built }, first.where);
}

function readRecords(
  list: readonly unknown[],
  source: string,
  readLayerInputs: (layer: JsonFields) => readonly string[],
): LayerRecord[] {
  if (list.length > MAX_LAYERS) {
    throw new MienError(
      'MODEL_INVALID',
      `${source}: at most ${MAX_LAYERS} layers are supported, got ${list.length}`,
    );
  }
  return list.map((item, index) => {
    const bare = new JsonFields(item, `${source}: layer ${index}`);
    const className = bare.text('class_name');
    // Sequential models name their layers inside the configuration only.
    const name = bare.get('name') ?? bare.fields('config').get('name');
    if (typeof name !== 'string') return bare.fail(['name'], 'a text', name);
    const where = `${source}: layer ${JSON.stringify(name.slice(0, 200))} (${className.slice(0, 200)})`;
    const layer = new JsonFields(item, where);
    const config = new JsonFields(layer.get('config'), where);
    return { name, className, config, inputs: readLayerInputs(layer) };
  });
}

/** The layers that one layer takes, from `inbound_nodes` of any generation. */
function readInputs(value: unknown, where: string): readonly string[] {
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

/** `[layer, node, tensor]` → the layer's name. */
function readReference(value: unknown, where: string): string {
  const [name, node, tensor] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof name !== 'string')
    throw new MienError('MODEL_INVALID', `${where}: ${show(value)} refers to no layer`);
  if (node !== 0 || tensor !== 0) {
    throw new MienError(
      'UNSUPPORTED',
      `${where}: takes another than the first output of ${name.slice(0, 200)}; layers that share weights are not supported`,
    );
  }
  return name;
}

/** Input or output layers: a list of references, or a single one. */
function readEnds(value: unknown, where: string): readonly string[] {
  return readTensorList(value ?? [], where).map((end) => readReference(end, where));
}

function build(
  modelName: string,
  records: readonly LayerRecord[],
  outputNames: readonly string[],
  majorVersion: number,
  source: string,
): KerasNetwork {
  const layers: Layer[] = [];
  /** Keras' name of a layer → the name of our layer that computes its output. */
  const resolved = new Map<string, string>();
  const ranks = new Map<string, number>();
  const taken = new Set(records.map(({ name }) => name));
  let inputShape: ImageShape | undefined;

  const append = (layer: Layer): void => {
    layers.push(layer);
    ranks.set(layer.name, rankOf(layer, ranks));
  };
  const unusedName = (stem: string): string => {
    let name = stem;
    for (let i = 2; taken.has(name); i++) name = `${stem}_${i}`;
    taken.add(name);
    return name;
  };

  for (const record of inTopologicalOrder(records, source)) {
    const { name, className, config } = record;
    if (className === 'InputLayer') {
      inputShape = readInputShape(config);
      append({ kind: 'input', name, inputs: [], shape: inputShape });
      resolved.set(name, name);
      continue;
    }
    const inputs = record.inputs.map((input) => resolved.get(input) ?? input);
    const inputRank = ranks.get(inputs[0] ?? '') ?? 0;
    const parsed = parseLayer({ className, config, inputRank, majorVersion });
    let takes = inputs;
    parsed.forEach((attributes, index) => {
      const own = index === 0 ? name : unusedName(`${name}_activation`);
      takes = [appendFolded(attributes, own, takes)];
    });
    const [result, ...more] = takes;
    if (result === undefined || more.length > 0) {
      throw new MienError('MODEL_INVALID', `${config.where}: takes ${takes.length} inputs, expected one`);
    }
    resolved.set(name, result);
  }

  /** Sums and products of more than two are built of those of two, the last of which has the layer's name. */
  function appendFolded(attributes: LayerAttributes, name: string, inputs: readonly string[]): string {
    let takes = inputs;
    if (attributes.kind === 'add' || attributes.kind === 'multiply') {
      for (
        let [a, b, ...rest] = takes;
        a !== undefined && b !== undefined && rest.length > 0;
        [a, b, ...rest] = takes
      ) {
        const part = unusedName(`${name}_part`);
        append({ ...attributes, name: part, inputs: [a, b] });
        takes = [part, ...rest];
      }
    }
    append({ ...attributes, name, inputs: takes });
    return name;
  }

  if (inputShape === undefined)
    throw new MienError('MODEL_INVALID', `${source}: the model has no input layer`);
  const outputs = outputNames.map((name) => resolved.get(name) ?? name);
  const graph: Graph = { name: modelName, inputShape, layers, outputs };
  try {
    describeGraph(graph);
  } catch (cause) {
    if (!(cause instanceof MienError)) throw cause;
    throw new MienError(cause.code, `${source}: ${cause.message}`, { cause });
  }
  return {
    graph: foldZeroPadding(graph),
    layers: records.map(({ name, className }) => ({ name, className })),
  };
}

/** The file's order where that will do, each layer after those that it takes. */
function inTopologicalOrder(records: readonly LayerRecord[], source: string): readonly LayerRecord[] {
  const done = new Set<string>();
  const ordered: LayerRecord[] = [];
  let waiting = records;
  while (waiting.length > 0) {
    const later: LayerRecord[] = [];
    for (const record of waiting) {
      if (record.inputs.every((input) => done.has(input))) {
        done.add(record.name);
        ordered.push(record);
      } else {
        later.push(record);
      }
    }
    const [stuck] = later;
    if (stuck !== undefined && later.length === waiting.length) {
      const missing = stuck.inputs.find((input) => !done.has(input)) ?? '';
      throw new MienError(
        'MODEL_INVALID',
        `${source}: layer ${show(stuck.name)} takes ${show(missing)}, which does not come before it`,
      );
    }
    waiting = later;
  }
  return ordered;
}

/** `[null, height, width, channels]` → the shape of one picture. */
function readInputShape(config: JsonFields): ImageShape {
  const names = ['batch_shape', 'batch_input_shape'];
  const shape = config.get(...names);
  const [batch, ...sides] = Array.isArray(shape) ? (shape as unknown[]) : [0];
  const [height, width, channels, ...rest] = sides;
  if (
    typeof height !== 'number' ||
    typeof width !== 'number' ||
    typeof channels !== 'number' ||
    rest.length > 0
  ) {
    const got = Array.isArray(shape)
      ? `[${[batch, ...sides].slice(0, 8).map(show).join(', ')}]`
      : show(shape);
    throw new MienError(
      'UNSUPPORTED',
      `${config.where}: its input is ${got}; pictures of a fixed size, [null, height, width, channels], are supported`,
    );
  }
  return [height, width, channels];
}

function rankOf(layer: Layer, ranks: ReadonlyMap<string, number>): number {
  switch (layer.kind) {
    case 'input':
      return 3;
    case 'globalAveragePooling2d':
    case 'flatten':
    case 'dense':
      return 1;
    case 'reshape':
      return layer.shape.length;
    default:
      return ranks.get(layer.inputs[0] ?? '') ?? 0;
  }
}
