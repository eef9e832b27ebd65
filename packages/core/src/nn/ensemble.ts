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
  const invalid = (problem: string) => new MienError('USAGE', `ensemble ${name}: ${problem}`);
  const [first] = members;
  if (first === undefined || members.length < 2)
    throw invalid(`takes two networks or more, got ${members.length}`);
  const { inputShape } = first.graph;
  const classes = elementCount(describeGraph(first.graph).outputShape);
  const total = members.reduce((sum, { share }) => sum + share, 0);

  const layers: Layer[] = [{ kind: 'input', name: INPUT, inputs: [], shape: inputShape }];
  const weights = new Map<string, Tensor>();
  const features: string[] = [];
  const kernel: number[] = []; // [features of all members, classes]
  const bias = new Float32Array(classes);
  members.forEach((member, index) => {
    const { graph, weights: own, share, temperature = 1, outputOf = [...Array(classes).keys()] } = member;
    const where = `network ${index + 1} (${graph.name})`;
    if (!(share > 0 && Number.isFinite(share))) throw invalid(`the share of ${where} must be above 0, got ${share}`); // prettier-ignore
    if (graph.inputShape.join() !== inputShape.join()) {
      throw invalid(
        `${where} reads pictures of ${graph.inputShape.join('×')}, the first network of ${inputShape.join('×')}; all must read the same`,
      );
    }
    const outputs = elementCount(describeGraph(graph).outputShape);
    if (outputs !== classes) throw invalid(`${where} has ${outputs} outputs, the first network ${classes}`);
    if ([...outputOf].sort((a, b) => a - b).join() !== [...Array(classes).keys()].join())
      throw invalid(`${where}: outputOf must name each of its ${classes} outputs once, got ${outputOf.join(', ')}`); // prettier-ignore

    const prefix = `m${index + 1}_`;
    const input = graph.layers.find(({ kind }) => kind === 'input')?.name;
    const rename = (layer: string) => (layer === input ? INPUT : prefix + layer);
    const last = lastLayersOf(graph, (end) =>
      invalid(`${where} ends in ${end}; its probabilities must come of a softmax`),
    );
    for (const layer of graph.layers) {
      if (layer.name === input || last.replaced.includes(layer.name)) continue;
      layers.push({ ...layer, name: rename(layer.name), inputs: layer.inputs.map(rename) });
    }
    for (const [key, tensor] of own) {
      if (!last.replaced.includes(key.split('/')[0] ?? '')) weights.set(prefix + key, tensor);
    }
    features.push(rename(last.features));
    const factor = share / total / temperature;
    const { data: rows } = own.get(`${last.dense}/kernel`) ?? { data: identity(classes) };
    for (let row = 0; row < rows.length; row += classes) {
      for (const from of outputOf) kernel.push(rows[row + from]! * factor);
    }
    const { data: offsets } = own.get(`${last.dense}/bias`) ?? { data: [] };
    outputOf.forEach((from, to) => {
      bias[to] = bias[to]! + (offsets[from] ?? 0) * factor;
    });
  });
  layers.push(
    { kind: 'concatenate', name: FEATURES, inputs: features, axis: 0 },
    { kind: 'dense', name: LOGITS, inputs: [FEATURES], units: classes, useBias: true },
    { kind: 'activation', name: 'predictions', inputs: [LOGITS], activation: 'softmax' },
  );
  weights.set(`${LOGITS}/kernel`, {
    shape: [kernel.length / classes, classes],
    data: Float32Array.from(kernel),
  });
  weights.set(`${LOGITS}/bias`, { shape: [classes], data: bias });
  const graph: Graph = { name, inputShape, layers, outputs: ['predictions'] };
  describeGraph(graph);
  return { graph, weights };
}

interface LastLayers {
  /** The layer whose outputs the ensemble's last layer reads: the features before a dense layer, or logits. */
  readonly features: string;
  /** The layer that makes logits of the features; without one, the features are the logits. */
  readonly dense?: string;
  /** Layers that the ensemble's take the place of. */
  readonly replaced: readonly string[];
}

function lastLayersOf({ layers, outputs }: Graph, refuse: (end: string) => MienError): LastLayers {
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

/** `[size, size]` */
function identity(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
}
