/** Parses a graph from an untrusted source, such as a checkpoint's metadata. */
import { MienError } from '../errors.js';
import { describeGraph } from './describe-graph.js';
import { ACTIVATIONS, INTERPOLATIONS, PADDINGS, type Graph, type Layer, type LayerKind } from './graph.js';

type Reader = (name: string, value: unknown) => unknown;

/** Types of the attributes of every layer kind, besides `kind`, `name` and `inputs`. */
const ATTRIBUTES = {
  input: { shape: tuple(3) },
  conv2d: {
    ...windowAttributes('kernelSize'),
    filters: number,
    useBias: boolean,
    groups: optional(number, 1),
    kernelL2: number,
  },
  depthwiseConv2d: { ...windowAttributes('kernelSize'), useBias: boolean },
  separableConv2d: { ...windowAttributes('kernelSize'), filters: number, useBias: boolean },
  batchNormalization: { epsilon: number, momentum: number, center: boolean, scale: boolean },
  activation: { activation: oneOf(ACTIVATIONS) },
  prelu: {},
  clip: { min: bound(-Infinity), max: bound(Infinity) },
  maxPooling2d: windowAttributes('poolSize'),
  averagePooling2d: { ...windowAttributes('poolSize'), countIncludesPadding: boolean },
  globalAveragePooling2d: {},
  flatten: {},
  dense: { units: number, useBias: boolean },
  add: {},
  multiply: {},
  concatenate: { axis: number },
  reshape: { shape },
  resize2d: { size: tuple(2), interpolation: oneOf(INTERPOLATIONS) },
  zeroPadding2d: { padding: explicitPadding, channelsAfter: number },
  dropout: { rate: number },
} satisfies Record<LayerKind, Record<string, Reader>>;

const MAX_NAME_LENGTH = 200;
const MAX_RANK = 8;

/**
 * Checks that a value is a valid graph, including its shapes.
 *
 * @param value as `JSON.parse` returns it
 * @param source name for error messages, such as a path
 * @throws MienError `MODEL_INVALID`
 */
export function parseGraph(value: unknown, source: string): Graph {
  try {
    const { name, inputShape, layers, outputs } = record('graph', value);
    if (!Array.isArray(layers)) throw new TypeError(`layers: expected a list, got ${typeof layers}`);
    const graph = {
      name: string('name', name),
      inputShape: tuple(3)('inputShape', inputShape),
      layers: layers.map(parseLayer),
      outputs: parseOutputs(outputs, layers),
    } as unknown as Graph;
    describeGraph(graph);
    const [input] = graph.layers;
    if (input?.kind === 'input' && input.shape.join() !== graph.inputShape.join()) {
      throw new TypeError(`inputShape: [${graph.inputShape.join(', ')}] differs from the input layer's`);
    }
    return graph;
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof MienError)) throw cause;
    throw new MienError('MODEL_INVALID', `${source}: not a readable network description: ${cause.message}`, {
      cause,
    });
  }
}

/** Old graphs name no outputs: their output is the last layer. */
function parseOutputs(value: unknown, layers: readonly unknown[]): readonly string[] {
  if (value === undefined) return [string('layers', record('layers', layers.at(-1))['name'])];
  if (!Array.isArray(value)) throw new TypeError(`outputs: expected a list, got ${typeof value}`);
  return value.map((item) => string('outputs', item));
}

function parseLayer(value: unknown, index: number): Layer {
  const where = `layers[${index}]`;
  const { kind, name, inputs, ...rest } = record(where, value);
  if (typeof kind !== 'string' || !Object.hasOwn(ATTRIBUTES, kind)) {
    throw new TypeError(
      `${where}: kind ${JSON.stringify(kind)} is not one of ${Object.keys(ATTRIBUTES).join(', ')}`,
    );
  }
  if (!Array.isArray(inputs)) throw new TypeError(`${where}.inputs: expected a list, got ${typeof inputs}`);
  const attributes = Object.entries<Reader>(ATTRIBUTES[kind as LayerKind]).map(([key, read]) => [
    key,
    read(`${where}.${key}`, rest[key]),
  ]);
  return {
    kind,
    name: string(`${where}.name`, name),
    inputs: inputs.map((input) => string(`${where}.inputs`, input)),
    ...(Object.fromEntries(attributes) as object),
  } as Layer;
}

function windowAttributes(size: 'kernelSize' | 'poolSize') {
  return { [size]: tuple(2), strides: number, padding };
}

function record(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name}: expected an object, got ${value === null ? 'null' : typeof value}`);
  }
  return value as Record<string, unknown>;
}

function string(name: string, value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_NAME_LENGTH) {
    throw new TypeError(
      `${name}: expected a text of at most ${MAX_NAME_LENGTH} characters, got ${typeof value}`,
    );
  }
  return value;
}

function number(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError(`${name}: expected a number, got ${JSON.stringify(value)}`);
  }
  return value;
}

function boolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean')
    throw new TypeError(`${name}: expected true or false, got ${JSON.stringify(value)}`);
  return value;
}

function tuple(length: number): Reader {
  return (name, value) => {
    if (!Array.isArray(value) || value.length !== length)
      throw new TypeError(`${name}: expected ${length} numbers`);
    return value.map((item) => number(name, item));
  };
}

function oneOf(choices: readonly string[]): Reader {
  return (name, value) => {
    if (typeof value !== 'string' || !choices.includes(value)) {
      throw new TypeError(`${name}: expected one of ${choices.join(', ')}, got ${JSON.stringify(value)}`);
    }
    return value;
  };
}

/** `valid`, `same` or four amounts. */
function padding(name: string, value: unknown): unknown {
  return typeof value === 'string' ? oneOf(PADDINGS)(name, value) : explicitPadding(name, value);
}

function explicitPadding(name: string, value: unknown): unknown {
  const sides = record(name, value);
  return Object.fromEntries(
    ['top', 'left', 'bottom', 'right'].map((side) => [side, number(`${name}.${side}`, sides[side])]),
  );
}

function shape(name: string, value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length > MAX_RANK) {
    throw new TypeError(`${name}: expected a list of at most ${MAX_RANK} numbers`);
  }
  return value.map((item) => number(name, item));
}

function optional(read: (name: string, value: unknown) => unknown, otherwise: unknown): Reader {
  return (name, value) => (value === undefined ? otherwise : read(name, value));
}

/** A number, or `null` for infinity, which JSON cannot express. */
function bound(infinity: number): Reader {
  return (name, value) => (value === null || value === infinity ? infinity : number(name, value));
}
