import { MienError } from '../errors.js';
import type { Graph, Shape } from './graph.js';
import { describeLayer, type LayerDescription } from './layers.js';
import { elementCount } from './tensor.js';

/** Shapes, weights and cost of a graph. */
export interface GraphDescription {
  /** By layer name, in graph order. */
  readonly layers: ReadonlyMap<string, LayerDescription>;
  /** Names of the layers that consume a layer's output, by layer name. */
  readonly consumers: ReadonlyMap<string, readonly string[]>;
  /** Shape of the first output. */
  readonly outputShape: Shape;
  /** Number of weights, with and without the moving statistics. */
  readonly parameterCount: number;
  readonly trainableParameterCount: number;
  /** Multiply-accumulate operations of one forward pass of one picture. */
  readonly macs: number;
}

const MAX_LAYERS = 10_000;
/** 1 GiB of float32 weights: far more than any face network, and no danger to the machine. */
const MAX_PARAMETERS = 2 ** 28;

/** Graphs are immutable, and loading, checking, planning and running them need the same description. */
const known = new WeakMap<Graph, GraphDescription>();

/**
 * Infers all shapes, weights and costs, and checks the whole graph.
 *
 * @throws MienError `MODEL_INVALID`; its message names the layer and the problem
 */
export function describeGraph(graph: Graph): GraphDescription {
  let description = known.get(graph);
  if (description === undefined) {
    description = describe(graph);
    known.set(graph, description);
  }
  return description;
}

function describe(graph: Graph): GraphDescription {
  const where = `graph ${graph.name}`;
  const invalid = (problem: string) => new MienError('MODEL_INVALID', `${where}: ${problem}`);
  const [first] = graph.layers;
  if (first?.kind !== 'input') throw invalid('the first layer must be the input');
  if (graph.layers.length > MAX_LAYERS) {
    throw invalid(`at most ${MAX_LAYERS} layers are supported, got ${graph.layers.length}`);
  }
  const layers = new Map<string, LayerDescription>();
  const consumers = new Map<string, string[]>();
  let parameterCount = 0;
  let trainableParameterCount = 0;
  let macs = 0;
  for (const layer of graph.layers) {
    if (layers.has(layer.name)) throw invalid(`two layers are named ${layer.name}`);
    if (layer.name === '' || layer.name.includes('/'))
      throw invalid(`a layer cannot be named "${layer.name}"`);
    if (layer.kind === 'input' && layer !== first) throw invalid(`a second input, ${layer.name}`);
    const inputShapes = layer.inputs.map((input) => {
      const described = layers.get(input);
      if (described === undefined)
        throw invalid(`layer ${layer.name} takes ${input}, which no earlier layer is named`);
      consumers.get(input)?.push(layer.name);
      return described.outputShape;
    });
    const description = describeLayer(layer, inputShapes, where);
    layers.set(layer.name, description);
    consumers.set(layer.name, []);
    for (const { shape, trainable } of description.weights) {
      const count = elementCount(shape);
      parameterCount += count;
      if (trainable) trainableParameterCount += count;
    }
    if (parameterCount > MAX_PARAMETERS)
      throw invalid(`more than ${MAX_PARAMETERS} parameters at ${layer.name}`);
    macs += description.macs;
  }
  if (graph.outputs.length === 0) throw invalid('it must have at least one output');
  const missing = graph.outputs.find((name) => !layers.has(name));
  if (missing !== undefined) throw invalid(`the output ${missing} is no layer`);
  const isTaken = (name: string) => consumers.get(name)?.length !== 0 || graph.outputs.includes(name);
  const unused = graph.layers.find(({ name }) => !isTaken(name));
  if (unused !== undefined) throw invalid(`nothing takes the output of layer ${unused.name}`);
  const outputShape = layers.get(graph.outputs[0] ?? '')?.outputShape ?? [];
  return { layers, consumers, outputShape, parameterCount, trainableParameterCount, macs };
}

/** Name of the only consumer of a layer's output; `undefined` if it has several, none, or is an output of the graph. */
export function soleConsumer(
  graph: Graph,
  { consumers }: GraphDescription,
  name: string,
): string | undefined {
  const [consumer, ...others] = consumers.get(name) ?? [];
  return others.length > 0 || graph.outputs.includes(name) ? undefined : consumer;
}
