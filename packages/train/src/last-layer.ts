/**
 * The last layer of a classifier: for fine-tuning it alone, or in exchange for one that knows other labels.
 *
 * It is the last layer with a kernel (a convolution or a dense layer), found by going back from the softmax. Layers in
 * between that have weights of their own, such as a batch normalisation, belong to it.
 *
 *   picture → … body … → features → [dropout, pooling, …] → last layer → … → softmax
 *                                  └──────────────────── head ────────────────────┘
 */
import { MienError } from '@mien/core';
import { describeGraph, type Graph, type Layer, type Shape, type Weights } from '@mien/core/nn';
import { createRandom } from './random.js';
import { initializeWeights } from './session/initialize-weights.js';

/** A network in two parts. */
export interface SplitGraph {
  /** From the picture to the features that the head takes. */
  readonly body: Graph;
  /** From the features, float32 `[height, width, channels]`, to the probabilities. */
  readonly head: Graph;
}

/** Names of a head's input, and of the layer that takes the height and width of a vector of features away again. */
const [FEATURES, VECTOR] = ['features', 'features_vector'] as const;

/**
 * Splits a network before its last layer, and before the layers without weights that lead to it: dropout has an effect
 * in training.
 *
 * @throws MienError `UNSUPPORTED` for a network without such a layer, or whose only layer it is
 */
export function splitAtLastLayer(graph: Graph): SplitGraph {
  const description = describeGraph(graph);
  const path = pathFromLastLayer(graph);
  const takenByHead = (): string => path[0]?.inputs[0] ?? '';
  for (;;) {
    const before = layerNamed(graph, takenByHead());
    const isPlain = description.layers.get(before.name)?.weights.length === 0 && before.inputs.length === 1;
    if (!isPlain || description.consumers.get(before.name)?.length !== 1) break;
    path.unshift(before);
  }
  const features = takenByHead();
  const end = graph.layers.findIndex(({ name }) => name === features) + 1;
  if (end <= 1) {
    throw new MienError(
      'UNSUPPORTED',
      `graph ${graph.name}: has only one layer with weights; train all of it`,
    );
  }
  const shape: Shape = description.layers.get(features)?.outputShape ?? [];
  return {
    body: {
      name: `${graph.name} body`,
      inputShape: graph.inputShape,
      layers: withoutUnused(graph.layers.slice(0, end), features),
      outputs: [features],
    },
    head: toHead(graph, path, features, shape),
  };
}

/**
 * The same network for other labels: its last layer is a new one with random weights. The others keep theirs.
 *
 * @param classes number of labels
 * @param seed of the new weights
 * @throws MienError `UNSUPPORTED` for a network whose last layer cannot be replaced
 */
export function replaceLastLayer(
  { graph, weights }: { readonly graph: Graph; readonly weights: Weights },
  classes: number,
  seed: number,
): { readonly graph: Graph; readonly weights: Weights } {
  const path = pathFromLastLayer(graph);
  const [last] = path;
  const layers = graph.layers.map((layer) => (layer === last ? withOutputs(layer, classes, graph) : layer));
  const replaced: Graph = { ...graph, layers };
  const [outputs, ...others] = describeGraph(replaced).outputShape;
  if (outputs !== classes || others.length > 0) {
    throw new MienError(
      'UNSUPPORTED',
      `graph ${graph.name}: its last layer cannot be replaced, because other layers follow that expect its ${describeGraph(graph).outputShape.join('×')} outputs`,
    );
  }
  const names = new Set(path.map(({ name }) => name));
  const fresh = initializeWeights(replaced, createRandom(seed).fork('weights'));
  const isFresh = (name: string): boolean => names.has(name.slice(0, name.indexOf('/')));
  return {
    graph: replaced,
    weights: new Map(
      [...fresh].map(([name, tensor]) => [name, isFresh(name) ? tensor : (weights.get(name) ?? tensor)]),
    ),
  };
}

function withOutputs(layer: Layer, classes: number, graph: Graph): Layer {
  switch (layer.kind) {
    case 'dense':
      return { ...layer, units: classes };
    case 'separableConv2d':
      return { ...layer, filters: classes };
    case 'conv2d':
      if (layer.groups === 1) return { ...layer, filters: classes };
      break;
    default:
  }
  throw new MienError(
    'UNSUPPORTED',
    `graph ${graph.name}: its last layer, ${layer.name}, is a convolution in groups, which cannot be replaced`,
  );
}

/** The last layer with a kernel and all layers after it, in graph order: one path to the output. */
function pathFromLastLayer(graph: Graph): Layer[] {
  const { layers } = describeGraph(graph);
  const path: Layer[] = [];
  for (let name = graph.outputs[0] ?? ''; ;) {
    const layer = layerNamed(graph, name);
    path.unshift(layer);
    const weights = layers.get(name)?.weights ?? [];
    if (weights.some((weight) => weight.name.endsWith('kernel'))) return path;
    const [before, ...others] = layer.inputs;
    if (before === undefined || others.length > 0) {
      throw new MienError(
        'UNSUPPORTED',
        `graph ${graph.name}: has no single last layer, because ${layer.name} ${before === undefined ? 'is reached first' : `joins ${layer.inputs.join(' and ')}`}; train all of it`,
      );
    }
    name = before;
  }
}

/** A graph's input is a picture: a vector of features becomes one of 1×1 pixels. */
function toHead(graph: Graph, path: readonly Layer[], features: string, shape: Shape): Graph {
  const [height = 1, width = 1, channels = 1] = shape.length === 3 ? shape : [1, 1, ...shape];
  const isVector = shape.length !== 3;
  const source = isVector ? VECTOR : FEATURES;
  const inputShape = [height, width, channels] as const;
  return {
    name: `${graph.name} head`,
    inputShape,
    layers: [
      { kind: 'input', name: FEATURES, inputs: [], shape: inputShape },
      ...(isVector ? [{ kind: 'flatten', name: VECTOR, inputs: [FEATURES] } as const] : []),
      ...path.map((layer) => ({
        ...layer,
        inputs: layer.inputs.map((name) => (name === features ? source : name)),
      })),
    ],
    outputs: graph.outputs,
  };
}

/** A branch that only the head uses cannot be: the head is one path. */
function withoutUnused(layers: readonly Layer[], output: string): Layer[] {
  const needed = new Set([output]);
  for (const { name, inputs } of [...layers].reverse())
    if (needed.has(name)) inputs.forEach((input) => needed.add(input));
  return layers.filter(({ name }) => needed.has(name));
}

function layerNamed(graph: Graph, name: string): Layer {
  const layer = graph.layers.find((one) => one.name === name);
  if (layer === undefined) throw new RangeError(`graph ${graph.name}: there is no layer ${name}`);
  return layer;
}
