/**
 * Ensembles: trained networks joined into one, whose logits are the weighted means of theirs. Networks that were trained
 * apart are wrong in different ways, so that together they are usually right more often than the best of them.
 *
 * A weighted mean of logits is the normalised weighted geometric mean of the probabilities. Ref: Heskes 1998, "Selecting
 * weighting factors in logarithmic opinion pools".
 */
import { MienError } from '../errors.js';
import { describeGraph } from './describe-graph.js';
import type { Graph, Layer } from './graph.js';
import { elementCount, type Tensor, type Weights } from './tensor.js';

export interface EnsembleMember {
  /** Ends in softmax, or in logits. */
  readonly graph: Graph;
  readonly weights: Weights;
  /** Its part of the mean, above 0; parts are divided by their sum. */
  readonly share: number;
  /** Divides its logits first; default 1. */
  readonly temperature?: number;
  /** For each output of the ensemble, the member's output of the same label; default: in the same order. */
  readonly outputOf?: readonly number[];
}

const INPUT = 'input_1';
const FEATURES = 'features';
const LOGITS = 'logits';

/**
 * Joins networks. Each keeps its layers, their names preceded by `m1_`, `m2_` …, and all share one last dense layer, which
 * makes the mean: its weights are those of the members' dense layers, times their shares. The result is a network as
 * any other: it can be stored, converted and trained on, also with its last layer replaced.
 *
 * @param members two or more, with inputs of one shape and the same number of outputs
 * @throws MienError `USAGE` for members that do not fit together, or that end in something else
 *
 * @example
 * const { graph, weights } = createEnsemble('both', [
 *   { ...first, share: 0.6 },
 *   { ...second, share: 0.4 },
 * ]);
 * const network = await createNetwork(graph, weights);
 */
export function createEnsemble(
  name: string,
  members: readonly EnsembleMember[],
): { readonly graph: Graph; readonly weights: Weights } {
  const [first] = members;
  if (first === undefined || members.length < 2) {
    throw new MienError('USAGE', `ensemble ${name}: takes two networks or more, got ${members.length}`);
  }
  const { inputShape } = first.graph;
  const classes = elementCount(describeGraph(first.graph).outputShape);
  const total = members.reduce((sum, { share }) => sum + share, 0);
  const parts = members.map((member, index) => {
    const invalid = (problem: string) =>
      new MienError('USAGE', `ensemble ${name}: network ${index + 1} (${member.graph.name}) ${problem}`);
    checkMember(member, first.graph, invalid);
    return toPart(member, `m${index + 1}_`, member.share / total, lastLayersOf(member.graph, invalid));
  });

  const kernel = Float32Array.from(parts.flatMap((part) => part.kernel));
  const bias = new Float32Array(classes);
  for (const part of parts) part.bias.forEach((value, label) => (bias[label] = bias[label]! + value));
  const graph: Graph = {
    name,
    inputShape,
    layers: [
      { kind: 'input', name: INPUT, inputs: [], shape: inputShape },
      ...parts.flatMap(({ layers }) => layers),
      { kind: 'concatenate', name: FEATURES, inputs: parts.map(({ features }) => features), axis: 0 },
      { kind: 'dense', name: LOGITS, inputs: [FEATURES], units: classes, useBias: true },
      { kind: 'activation', name: 'predictions', inputs: [LOGITS], activation: 'softmax' },
    ],
    outputs: ['predictions'],
  };
  describeGraph(graph);
  const weights = new Map<string, Tensor>([
    ...parts.flatMap((part) => part.weights),
    [`${LOGITS}/kernel`, { shape: [kernel.length / classes, classes], data: kernel }],
    [`${LOGITS}/bias`, { shape: [classes], data: bias }],
  ]);
  return { graph, weights };
}

function checkMember(
  { graph, share, outputOf }: EnsembleMember,
  first: Graph,
  invalid: (problem: string) => MienError,
): void {
  if (!(share > 0 && Number.isFinite(share))) throw invalid(`must have a share above 0, got ${share}`);
  if (graph.inputShape.join() !== first.inputShape.join()) {
    throw invalid(
      `reads pictures of ${graph.inputShape.join('×')}, the first network of ${first.inputShape.join('×')}; all must read the same`,
    );
  }
  const [outputs, expected] = [graph, first].map((it) => elementCount(describeGraph(it).outputShape));
  if (outputs !== expected) throw invalid(`has ${outputs} outputs, the first network ${expected}`);
  if (outputOf !== undefined && [...outputOf].sort((a, b) => a - b).join() !== indices(outputs!).join())
    throw invalid(`must have each of its ${outputs} outputs named once in outputOf, got ${outputOf.join(', ')}`); // prettier-ignore
}

/** What a member brings into the ensemble. */
interface Part {
  readonly layers: readonly Layer[];
  readonly weights: readonly (readonly [string, Tensor])[];
  /** The layer whose outputs the last layer reads. */
  readonly features: string;
  /** Its rows of the last layer's kernel, `[features, outputs of the ensemble]`, and its part of the bias. */
  readonly kernel: readonly number[];
  readonly bias: readonly number[];
}

function toPart(
  { graph, weights, temperature = 1, outputOf }: EnsembleMember,
  prefix: string,
  share: number,
  { features, dense, replaced }: LastLayers,
): Part {
  const input = graph.layers.find(({ kind }) => kind === 'input')?.name;
  const rename = (layer: string) => (layer === input ? INPUT : prefix + layer);
  const isKept = (layer: string) => layer !== input && !replaced.includes(layer);
  const classes = elementCount(describeGraph(graph).outputShape);
  const order = outputOf ?? indices(classes);
  const factor = share / temperature;
  /** A row of the member's own last layer, in the order and with the share of the ensemble. */
  const toRow = (own: ArrayLike<number>, start: number) =>
    order.map((output) => (own[start + output] ?? 0) * factor);

  const { data: rows } = weights.get(`${dense}/kernel`) ?? { data: identity(classes) };
  return {
    layers: graph.layers
      .filter(({ name }) => isKept(name))
      .map((layer) => ({ ...layer, name: rename(layer.name), inputs: layer.inputs.map(rename) })),
    weights: [...weights]
      .filter(([key]) => isKept(key.split('/')[0] ?? ''))
      .map(([key, tensor]) => [prefix + key, tensor] as const),
    features: rename(features),
    kernel: indices(rows.length / classes).flatMap((row) => toRow(rows, row * classes)),
    bias: toRow(weights.get(`${dense}/bias`)?.data ?? [], 0),
  };
}

interface LastLayers {
  /** The layer whose outputs the ensemble's last layer reads: the features before a dense layer, or logits. */
  readonly features: string;
  /** The layer that makes logits of the features; without one, the features are the logits. */
  readonly dense?: string;
  /** Layers that the ensemble's take the place of. */
  readonly replaced: readonly string[];
}

function lastLayersOf({ layers, outputs }: Graph, invalid: (problem: string) => MienError): LastLayers {
  const refuse = (end: string) => invalid(`ends in ${end}; its probabilities must come of a softmax`);
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const [output = '', ...more] = outputs;
  if (more.length > 0) throw refuse(`${outputs.length} outputs`);
  const end = byName.get(output);
  const softmax = end?.kind === 'activation' && end.activation === 'softmax' ? [output] : [];
  const last = softmax.length > 0 ? byName.get(end?.inputs[0] ?? '') : end;
  const isOnlyEnd = layers.every(({ name, inputs }) => softmax.includes(name) || !inputs.includes(last?.name ?? '')); // prettier-ignore
  if (last?.kind === 'dense' && isOnlyEnd)
    return { features: last.inputs[0] ?? '', dense: last.name, replaced: [last.name, ...softmax] };
  if (softmax.length > 0 || last?.kind === 'dense' || last?.kind === 'globalAveragePooling2d')
    return { features: last?.name ?? '', replaced: softmax };
  throw refuse(last?.kind === 'activation' ? last.activation : (last?.kind ?? 'nothing'));
}

/** 0 to `count` − 1. */
function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** `[size, size]` */
function identity(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
}
