/**
 * A Keras model's description (the JSON that Keras writes) → one of our graphs, and which stored arrays its weights are.
 *
 * A functional model lists its layers with the layers that each takes (`inbound_nodes`), a sequential one lists them in
 * a row, and a layer may be a model again: see `layer-records.ts`. What a layer is here says `parse-layer.ts`.
 */
import { MienError } from '@mien/core';
import {
  describeGraph,
  describeLayer,
  type Graph,
  type ImageShape,
  type Layer,
  type Shape,
  type Tensor,
} from '@mien/core/nn';
import { foldZeroPadding } from '../import/fold-zero-padding.js';
import { show, type JsonFields } from './json-fields.js';
import { toKerasShape, type KerasWeight } from './keras-weights.js';
import { readModelRecords, type LayerNode, type LayerRecord } from './layer-records.js';
import type { LayerStep } from './layer-step.js';
import { parseLayer } from './parse-layer.js';

export interface KerasNetwork {
  readonly graph: Graph;
  /** Keras' layers in the file's order: its own, also where ours are more or fewer. */
  readonly layers: readonly LayerNode[];
  /** The arrays of each layer, in Keras' order, by the ids of nodes. */
  readonly weightsOf: ReadonlyMap<string, readonly KerasWeight[]>;
  /** Weights that the description gives itself. */
  readonly constants: ReadonlyMap<string, Tensor>;
}

/**
 * @param value the description as `JSON.parse` gives it
 * @param majorVersion of the Keras that wrote it
 * @throws MienError `UNSUPPORTED` that names a layer which is not known here, `MODEL_INVALID`
 */
export function parseKerasConfig(value: unknown, majorVersion: number, source: string): KerasNetwork {
  const { name, records, nodes, outputs } = readModelRecords(value, source);
  const builder = new NetworkBuilder(records, new Set(outputs), majorVersion);
  for (const record of records) builder.append(record);
  return { ...builder.finish(name, outputs, source), layers: nodes };
}

class NetworkBuilder {
  readonly #layers: Layer[] = [];
  /** Id of a record → the name of our layer that computes its output. */
  readonly #resolved = new Map<string, string>();
  readonly #shapes = new Map<string, Shape>();
  readonly #weightsOf = new Map<string, KerasWeight[]>();
  readonly #constants = new Map<string, Tensor>();
  readonly #taken: Set<string>;
  readonly #outputs: ReadonlySet<string>;
  readonly #majorVersion: number;
  #inputShape: ImageShape | undefined;

  constructor(records: readonly LayerRecord[], outputs: ReadonlySet<string>, majorVersion: number) {
    this.#taken = new Set(records.map(({ id }) => id));
    this.#outputs = outputs;
    this.#majorVersion = majorVersion;
  }

  append({ id, className, config, inputs: recordInputs }: LayerRecord): void {
    if (className === 'InputLayer') {
      this.#inputShape = readInputShape(config);
      this.#add({ kind: 'input', name: id, inputs: [], shape: this.#inputShape }, config.where);
      this.#resolved.set(id, id);
      return;
    }
    const inputs = recordInputs.map((input) => this.#resolved.get(input) ?? input);
    const shape = this.#shapes.get(inputs[0] ?? '') ?? [];
    const isOutput = this.#outputs.has(id);
    const steps = parseLayer({ className, config, shape, majorVersion: this.#majorVersion, isOutput });
    const [firstInput = ''] = inputs;
    const values = [firstInput];
    steps.forEach((step, index) => {
      const takes =
        index === 0 && step.takes === undefined
          ? inputs
          : (step.takes ?? [-1]).map((back) => values[values.length + back] ?? '');
      const name = index === 0 ? id : this.#unusedName(`${id}_${STEP_NAMES[step.attributes.kind] ?? 'part'}`);
      this.#addStep(id, step, name, takes, config.where);
      values.push(name);
    });
    if (steps.length === 0 && inputs.length !== 1) {
      throw new MienError('MODEL_INVALID', `${config.where}: takes ${inputs.length} inputs, expected one`);
    }
    this.#resolved.set(id, values[values.length - 1] ?? '');
  }

  finish(name: string, outputIds: readonly string[], source: string): Omit<KerasNetwork, 'layers'> {
    const inputShape = this.#inputShape;
    if (inputShape === undefined)
      throw new MienError('MODEL_INVALID', `${source}: the model has no input layer`);
    const outputs = outputIds.map((id) => this.#resolved.get(id) ?? id);
    const graph: Graph = { name, inputShape, layers: this.#layers, outputs };
    try {
      describeGraph(graph);
    } catch (cause) {
      if (!(cause instanceof MienError)) throw cause;
      throw new MienError(cause.code, `${source}: ${cause.message}`, { cause });
    }
    return { graph: foldZeroPadding(graph), weightsOf: this.#weightsOf, constants: this.#constants };
  }

  /** Sums and products of more than two are built of those of two, the last of which has the layer's name. */
  #addStep(id: string, step: LayerStep, name: string, inputs: readonly string[], where: string): void {
    const { attributes } = step;
    let takes = inputs;
    if (attributes.kind === 'add' || attributes.kind === 'multiply') {
      for (
        let [a, b, ...rest] = takes;
        a !== undefined && b !== undefined && rest.length > 0;
        [a, b, ...rest] = takes
      ) {
        const part = this.#unusedName(`${name}_part`);
        this.#add({ ...attributes, name: part, inputs: [a, b] }, where);
        takes = [part, ...rest];
      }
    }
    const layer: Layer = { ...attributes, name, inputs: takes };
    const weights = this.#add(layer, where);
    const listed = this.#weightsOf.get(id) ?? [];
    this.#weightsOf.set(id, listed);
    if (step.constants !== undefined) {
      for (const [weight, tensor] of Object.entries(step.constants)) {
        this.#constants.set(`${name}/${weight}`, tensor);
      }
      return;
    }
    const rank = this.#shapes.get(name)?.length ?? 0;
    const shapeOf = (weight: string): Shape => weights.find((one) => one.name === weight)?.shape ?? [];
    listed.push(
      ...(step.stored?.map(({ ours, kerasName, kerasShape, trainable, convert }) => ({
        kerasName,
        kerasShape,
        trainable,
        name: ours === undefined ? undefined : `${name}/${ours}`,
        shape: ours === undefined ? kerasShape : shapeOf(`${name}/${ours}`),
        ...(convert && { convert }),
      })) ??
        weights.map(({ name: ours, shape, trainable }) => ({
          kerasName: ours.slice(name.length + 1),
          kerasShape: toKerasShape(layer, shape, rank),
          trainable,
          name: ours,
          shape,
        }))),
    );
  }

  #add(layer: Layer, where: string) {
    const inputShapes = layer.inputs.map((input) => this.#shapes.get(input) ?? []);
    const { outputShape, weights } = describeLayer(layer, inputShapes, where);
    this.#layers.push(layer);
    this.#shapes.set(layer.name, outputShape);
    return weights;
  }

  #unusedName(stem: string): string {
    let name = stem;
    for (let i = 2; this.#taken.has(name); i++) name = `${stem}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

/** What further steps of a layer are called. */
const STEP_NAMES: Readonly<Partial<Record<Layer['kind'], string>>> = {
  activation: 'activation',
  prelu: 'activation',
  clip: 'activation',
  multiply: 'activation',
};

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
