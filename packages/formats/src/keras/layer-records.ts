/**
 * The layers that a Keras model's description lists, with the layers that each takes. Models inside models are opened:
 * their layers stand among the others, and keep the way to the place where their weights are stored.
 *
 * The forms of Keras 1, 2 and 3 are all read here.
 */
import { isRecord, MienError } from '@mien/core';
import { JsonFields, show } from './json-fields.js';
import { readEnds, readInputs } from './layer-references.js';

export interface LayerRecord {
  /** Unique among all records; Keras' own name where it is. */
  readonly id: string;
  readonly name: string;
  readonly className: string;
  readonly config: JsonFields;
  /** Ids of the layers that it takes. */
  readonly inputs: readonly string[];
}

/** A layer in the order of the file, or a model with the layers inside it. */
export interface LayerNode {
  /** Of its record; of a model, of nothing. */
  readonly id: string;
  readonly name: string;
  readonly className: string;
  /** Of a model inside the model. */
  readonly children?: readonly LayerNode[];
}

export interface ModelRecords {
  readonly name: string;
  readonly records: readonly LayerRecord[];
  readonly nodes: readonly LayerNode[];
  /** Ids of the layers whose outputs are the model's. */
  readonly outputs: readonly string[];
}

const FUNCTIONAL = ['Functional', 'Model'];
const SEQUENTIAL = 'Sequential';
const MAX_LAYERS = 10_000;
const MAX_DEPTH = 16;

/** Whether a layer is a model of layers. */
function isModel(className: string): boolean {
  return className === SEQUENTIAL || FUNCTIONAL.includes(className);
}

/**
 * @param value the description as `JSON.parse` gives it
 * @throws MienError `UNSUPPORTED`, `MODEL_INVALID`
 */
export function readModelRecords(value: unknown, source: string): ModelRecords {
  const reader = new RecordReader(source);
  const model = new JsonFields(value, source);
  const className = model.text('class_name');
  if (!isModel(className)) {
    throw new MienError(
      'UNSUPPORTED',
      `${source}: the model is of the class ${show(className)}; functional and sequential ones can be read`,
    );
  }
  const { name, nodes, outputs } = reader.readModel(className, model, undefined, 0);
  return { name, nodes, outputs, records: reader.records };
}

interface OpenedModel {
  readonly name: string;
  readonly nodes: readonly LayerNode[];
  readonly outputs: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly className: string;
  readonly config: JsonFields;
  readonly item: JsonFields;
}

class RecordReader {
  readonly records: LayerRecord[] = [];
  readonly #ids = new Set<string>();

  constructor(readonly source: string) {}

  /** @param inputId what a model inside another takes; `undefined` for the outermost */
  readModel(className: string, model: JsonFields, inputId: string | undefined, depth: number): OpenedModel {
    if (depth > MAX_DEPTH) {
      throw new MienError(
        'MODEL_INVALID',
        `${this.source}: models are more than ${MAX_DEPTH} deep in each other`,
      );
    }
    return className === SEQUENTIAL
      ? this.#readSequential(model, inputId, depth)
      : this.#readFunctional(model, inputId, depth);
  }

  #readFunctional(model: JsonFields, inputId: string | undefined, depth: number): OpenedModel {
    const { source } = this;
    const config = model.fields('config');
    const entries = this.#readEntries(config.list('layers'));
    const inputs = readEnds(config.get('input_layers'), `${source}: input_layers`);
    if (inputs.length !== 1) {
      throw new MienError(
        'UNSUPPORTED',
        `${source}: the model has ${inputs.length} inputs; one picture is supported`,
      );
    }
    const takes = entries.map(({ item }) => readInputs(item.get('inbound_nodes'), item.where));
    const resolved = new Map<string, string>();
    const nodes: LayerNode[] = [];
    // The file's order where that will do, each layer after those that it takes.
    let waiting = entries.map((entry, index) => ({ entry, index, inputs: takes[index] ?? [] }));
    const places = new Map<number, LayerNode>();
    while (waiting.length > 0) {
      const later: typeof waiting = [];
      for (const one of waiting) {
        if (!one.inputs.every((input) => resolved.has(input))) {
          later.push(one);
          continue;
        }
        const own = one.inputs.map((input) => resolved.get(input) ?? input);
        const { node, output } = this.#open(one.entry, own, inputId, depth);
        resolved.set(one.entry.name, output);
        places.set(one.index, node);
      }
      const [stuck] = later;
      if (stuck !== undefined && later.length === waiting.length) {
        const missing = stuck.inputs.find((input) => !resolved.has(input)) ?? '';
        throw new MienError(
          'MODEL_INVALID',
          `${source}: layer ${show(stuck.entry.name)} takes ${show(missing)}, which does not come before it`,
        );
      }
      waiting = later;
    }
    for (const [index] of entries.entries()) {
      const node = places.get(index);
      if (node !== undefined) nodes.push(node);
    }
    const ends = readEnds(config.get('output_layers'), `${source}: output_layers`);
    const outputs = ends.map((name) => resolved.get(name) ?? name);
    return { name: config.optionalText('model', 'name'), nodes, outputs };
  }

  #readSequential(model: JsonFields, inputId: string | undefined, depth: number): OpenedModel {
    // Until Keras 2.2.2 the description was the bare list of layers.
    const config = model.get('config');
    const list = Array.isArray(config) ? (config as unknown[]) : model.fields('config').list('layers');
    const name = isRecord(config)
      ? new JsonFields(config, this.source).optionalText('sequential', 'name')
      : 'sequential';
    const entries = this.#readEntries(list);
    const [first] = entries;
    if (first === undefined) throw new MienError('MODEL_INVALID', `${this.source}: the model has no layers`);
    let before = inputId;
    if (before === undefined && first.className !== 'InputLayer') {
      // Without an input layer the first layer carries the shape, or the model does.
      before = this.#append('input_1', 'InputLayer', shapeOfFirst(first, config), []).id;
    }
    const nodes = entries.map((entry) => {
      const { node, output } = this.#open(entry, before === undefined ? [] : [before], inputId, depth);
      before = output;
      return node;
    });
    return { name, nodes, outputs: before === undefined ? [] : [before] };
  }

  /** A layer, or the layers of a model inside. */
  #open(
    { name, className, config, item }: Entry,
    inputs: readonly string[],
    inputId: string | undefined,
    depth: number,
  ): { node: LayerNode; output: string } {
    // The input of a model inside is what the model takes.
    if (className === 'InputLayer' && inputId !== undefined) {
      return { node: { id: '', name, className }, output: inputId };
    }
    if (isModel(className)) {
      const [input, ...more] = inputs;
      if (input === undefined || more.length > 0) {
        throw new MienError('UNSUPPORTED', `${item.where}: takes ${inputs.length} inputs; models of one input are supported`); // prettier-ignore
      }
      const { nodes, outputs } = this.readModel(className, item, input, depth + 1);
      const [output, ...others] = outputs;
      if (output === undefined || others.length > 0) {
        throw new MienError('UNSUPPORTED', `${item.where}: has ${outputs.length} outputs; models of one output are supported`); // prettier-ignore
      }
      return { node: { id: '', name, className, children: nodes }, output };
    }
    const { id } = this.#append(name, className, config, inputs);
    return { node: { id, name, className }, output: id };
  }

  #append(name: string, className: string, config: JsonFields, inputs: readonly string[]): LayerRecord {
    // Slashes separate the names of layers and weights.
    const stem = name.replaceAll('/', '.');
    let id = stem;
    for (let count = 2; this.#ids.has(id); count++) id = `${stem}_${count}`;
    this.#ids.add(id);
    if (this.records.length >= MAX_LAYERS) {
      throw new MienError('MODEL_INVALID', `${this.source}: at most ${MAX_LAYERS} layers are supported`);
    }
    const record = { id, name, className, config, inputs };
    this.records.push(record);
    return record;
  }

  #readEntries(list: readonly unknown[]): Entry[] {
    const { source } = this;
    if (list.length > MAX_LAYERS) {
      throw new MienError(
        'MODEL_INVALID',
        `${source}: at most ${MAX_LAYERS} layers are supported, got ${list.length}`,
      );
    }
    const seen = new Set<string>();
    return list.map((value, index) => {
      const bare = new JsonFields(value, `${source}: layer ${index}`);
      const className = bare.text('class_name');
      // Sequential models name their layers inside the configuration only, and the oldest not at all.
      const config = bare.get('config');
      const inside = isRecord(config) ? bare.fields('config').get('name') : undefined;
      const name = bare.get('name') ?? inside ?? (Array.isArray(config) ? `model_${index}` : undefined);
      if (typeof name !== 'string') return bare.fail(['name'], 'a text', name);
      const where = `${source}: layer ${JSON.stringify(name.slice(0, 200))} (${className.slice(0, 200)})`;
      if (seen.has(name))
        throw new MienError('MODEL_INVALID', `${source}: two layers are named ${name.slice(0, 200)}`);
      seen.add(name);
      const item = new JsonFields(value, where);
      return {
        name,
        className,
        item,
        // The oldest models are the bare list of their layers.
        config: new JsonFields(isModel(className) && Array.isArray(config) ? {} : config, where),
      };
    });
  }
}

/** The input's shape where a sequential model has no input layer. */
function shapeOfFirst(first: Entry, model: unknown): JsonFields {
  const built = isRecord(model) ? model['build_input_shape'] : undefined;
  // The first layer may be a model with an input layer of its own.
  const inner = first.config.get('layers');
  const innermost = Array.isArray(inner) ? (inner[0] as unknown) : undefined;
  const innerConfig = isRecord(innermost) && isRecord(innermost['config']) ? innermost['config'] : {};
  const shape =
    first.config.get('batch_input_shape', 'batch_shape') ??
    built ??
    innerConfig['batch_shape'] ??
    innerConfig['batch_input_shape'];
  return new JsonFields({ batch_shape: shape }, first.config.where);
}
