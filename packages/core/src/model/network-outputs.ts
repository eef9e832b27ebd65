/**
 * What the numbers of a network mean. A softmax at its end gives probabilities; networks that were trained with a loss
 * of logits end without one, and others end with a logarithm or with a sigmoid for each label. Everything behind a
 * predictor works with probabilities, so the others are turned into them here, in one place.
 */
import { MienError } from '../errors.js';
import { describeGraph } from '../nn/describe-graph.js';
import type { Graph, Layer } from '../nn/graph.js';
import { createReader } from './manifest-reader.js';

/**
 * - `probabilities`: rows that sum to 1
 * - `logits`: any numbers; their softmax is the probabilities
 * - `log-probabilities`: logarithms of probabilities (log-softmax)
 * - `sigmoids`: a number from 0 to 1 for each label by itself; divided by their sum
 */
export const OUTPUT_KINDS = ['probabilities', 'logits', 'log-probabilities', 'sigmoids'] as const;
export type OutputKind = (typeof OUTPUT_KINDS)[number];

/** What rounding explains of a sum of 1: float32, and networks of 8-bit integers. */
const SUM_TOLERANCE = 1e-3;
const QUANTIZED_SUM_TOLERANCE = 0.05;
/** Below, a row of sigmoids says nothing of any label. */
const MIN_SUM = 1e-12;

/** Layers that leave values as they are. */
const TRANSPARENT: ReadonlySet<Layer['kind']> = new Set(['reshape', 'flatten', 'dropout']);
/** Layers that compute with what others give, so that what comes out is of no known kind. */
const MIXING: ReadonlySet<Layer['kind']> = new Set([
  'batchNormalization',
  'prelu',
  'clip',
  'add',
  'multiply',
  'concatenate',
  'averagePooling2d',
  'globalAveragePooling2d',
]);
const MAX_STEPS = 1000;

/**
 * What a graph's first output is, from the layers that it ends with.
 *
 * @returns `undefined` where they do not tell: an average of softmaxes, a ReLU
 */
export function outputsOfGraph({ layers, outputs }: Graph): OutputKind | undefined {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const last = skipTransparent(byName, outputs[0] ?? '');
  if (last?.kind === 'activation') {
    switch (last.activation) {
      case 'softmax':
        return 'probabilities';
      case 'sigmoid':
      case 'hardSigmoid':
        return 'sigmoids';
      default:
        return undefined;
    }
  }
  // A sum or a factor after a softmax is no logit; one after a matrix product is.
  const waiting: (Layer | undefined)[] = [last];
  for (let steps = 0; waiting.length > 0; steps++) {
    const layer = waiting.pop();
    if (layer === undefined || steps > MAX_STEPS || layer.kind === 'clip') return undefined;
    if (layer.kind === 'activation' && ['softmax', 'sigmoid', 'hardSigmoid'].includes(layer.activation))
      return undefined;
    if (!MIXING.has(layer.kind)) continue;
    for (const input of layer.inputs) waiting.push(skipTransparent(byName, input));
  }
  return 'logits';
}

function skipTransparent(layers: ReadonlyMap<string, Layer>, name: string): Layer | undefined {
  let layer = layers.get(name);
  while (layer !== undefined && TRANSPARENT.has(layer.kind)) layer = layers.get(layer.inputs[0] ?? '');
  return layer;
}

/** The graph with a softmax after its only output; the layer is named `probabilities`. */
export function withSoftmax(graph: Graph): Graph {
  const [output = ''] = graph.outputs;
  const names = new Set(graph.layers.map(({ name }) => name));
  let name = 'probabilities';
  for (let count = 2; names.has(name); count++) name = `probabilities_${count}`;
  const layers: readonly Layer[] = [
    ...graph.layers,
    { kind: 'activation', activation: 'softmax', name, inputs: [output] },
  ];
  const whole = { ...graph, layers, outputs: [name] };
  describeGraph(whole);
  return whole;
}

/**
 * Turns rows of a network's numbers into probabilities. Rows that are probabilities already are returned bit for bit;
 * numbers that rounding brought below 0 become 0.
 *
 * @param outputs float32 `[rows, classes]`; changed in place
 * @param kind `undefined` where nobody says: then rows must sum to 1, or their powers of e must
 * @param source what messages call the network
 * @returns `outputs`, each row summing to 1
 * @throws MienError `MODEL_INVALID` for numbers that are not finite, or that are no such thing
 */
export function toProbabilityRows(
  outputs: Float32Array,
  classes: number,
  kind: OutputKind | undefined,
  source: string,
): Float32Array {
  for (let start = 0; start < outputs.length; start += classes) {
    const row = outputs.subarray(start, start + classes);
    if (!row.every(Number.isFinite)) {
      throw new MienError('MODEL_INVALID', `${source}: gives numbers that are not finite; the model is damaged or diverged`); // prettier-ignore
    }
    switch (kind) {
      case 'logits':
      case 'log-probabilities':
        softmax(row);
        break;
      case 'sigmoids':
        divideBySum(row, source);
        break;
      case 'probabilities':
      case undefined:
        checkRow(row, kind, source);
        break;
      default:
        kind satisfies never;
    }
  }
  return outputs;
}

function softmax(row: Float32Array): void {
  const highest = row.reduce((most, value) => Math.max(most, value), -Infinity);
  let sum = 0;
  const powers = Array.from(row, (value) => Math.exp(value - highest));
  for (const power of powers) sum += power;
  powers.forEach((power, index) => (row[index] = power / sum));
}

function divideBySum(row: Float32Array, source: string): void {
  if (row.some((value) => value < -SUM_TOLERANCE || value > 1 + SUM_TOLERANCE)) {
    throw new MienError('MODEL_INVALID', `${source}: gives ${show(row)}, which are no sigmoids (0 to 1); say what they are`); // prettier-ignore
  }
  raiseToZero(row);
  const sum = row.reduce((total, value) => total + value, 0);
  for (let index = 0; index < row.length; index++) {
    row[index] = sum < MIN_SUM ? 1 / row.length : row[index]! / sum;
  }
}

/** What rounding brought below 0: a temperature's powers of it would be NaN. */
function raiseToZero(row: Float32Array): void {
  for (let index = 0; index < row.length; index++) if (row[index]! < 0) row[index] = 0;
}

function checkRow(row: Float32Array, kind: OutputKind | undefined, source: string): void {
  let sum = 0;
  let isWithin = true;
  for (const value of row) {
    sum += value;
    if (value < -SUM_TOLERANCE || value > 1 + SUM_TOLERANCE) isWithin = false;
  }
  const gap = Math.abs(sum - 1);
  if (isWithin && gap <= SUM_TOLERANCE) {
    raiseToZero(row);
    return;
  }
  if (isWithin && gap <= QUANTIZED_SUM_TOLERANCE) {
    divideBySum(row, source);
    return;
  }
  if (kind === undefined && row.every((value) => value <= SUM_TOLERANCE)) {
    const powers = row.reduce((total, value) => total + Math.exp(value), 0);
    if (Math.abs(powers - 1) <= SUM_TOLERANCE) {
      softmax(row);
      return;
    }
  }
  const stated = kind === undefined ? '' : ', though they are stated to be';
  throw new MienError(
    'MODEL_INVALID',
    `${source}: gives ${show(row)}, which are no probabilities (they sum to ${Number(sum.toPrecision(4))})${stated}; ` +
      `say what they are: ${OUTPUT_KINDS.slice(1).join(', ')} (--outputs, or outputs in the manifest)`,
  );
}

function show(row: Float32Array): string {
  const shown = Array.from(row.subarray(0, 7), (value) => Number(value.toPrecision(3)));
  return `${shown.join(', ')}${row.length > 7 ? ', …' : ''}`;
}

/**
 * Parses what a network's numbers are.
 *
 * @throws MienError `MODEL_INVALID`
 */
export function parseOutputs(value: unknown, source: string): OutputKind {
  const kind = OUTPUT_KINDS.find((known) => known === value);
  if (kind === undefined) throw createReader(source).error('outputs', OUTPUT_KINDS.join(', '), value);
  return kind;
}
