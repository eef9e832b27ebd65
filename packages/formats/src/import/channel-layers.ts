/**
 * Maps the source graph's elementwise operators to our layers: activations, factors and offsets per
 * channel, sums and products of two tensors.
 */
import { elementCount, type ActivationName, type Tensor } from '@mien/core/nn';
import { gatherStrided, scalar, stridesOf, type Constant } from './constant.js';
import type { GraphImporter } from './graph-importer.js';
import type { Value } from './value.js';
import { areAlike, logicalIndices, orderOf } from './view.js';

/** variance + epsilon is exactly 1, so that a normalisation is exactly a factor and an offset. */
const UNIT_EPSILON = 2 ** -10;

export function activation(
  importer: GraphImporter,
  x: Value,
  activation: Exclude<ActivationName, 'softmax'>,
): Value {
  return importer.pointwise(x, { kind: 'activation', activation });
}

/** exp(x) − 1 below zero, times alpha. */
export function elu(importer: GraphImporter, x: Value, alpha: number): Value {
  const y = activation(importer, x, 'elu');
  return alpha === 1 ? y : prelu(importer, y, scalar(alpha));
}

/** Ref: Hendrycks and Gimpel 2016: 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
export function approximateGelu(importer: GraphImporter, x: Value): Value {
  const square = multiply(importer, x, x);
  const inner = multiply(importer, x, affine(importer, square, scalar(0.044715), scalar(1)));
  const bend = activation(
    importer,
    affine(importer, inner, scalar(Math.sqrt(2 / Math.PI)), undefined),
    'tanh',
  );
  return multiply(importer, x, affine(importer, bend, scalar(0.5), scalar(0.5)));
}

export function clip(importer: GraphImporter, x: Value, min: number, max: number): Value {
  if (!(min <= max)) throw importer.invalid(`clips to ${min}…${max}`);
  if (min === 0 && max === Infinity) return activation(importer, x, 'relu');
  if (min === 0 && max === 6) return activation(importer, x, 'relu6');
  return importer.pointwise(x, { kind: 'clip', min, max });
}

export function dropout(importer: GraphImporter, x: Value, rate: number): Value {
  if (!(rate >= 0 && rate < 1)) throw importer.invalid(`drops ${rate} of its values`);
  return importer.pointwise(x, { kind: 'dropout', rate });
}

export function prelu(importer: GraphImporter, x: Value, alpha: Constant): Value {
  const { at, vectors } = perChannel(importer, x, [alpha]);
  return importer.pointwise(at, { kind: 'prelu' }, { alpha: toVector(vectors[0]) });
}

/** x · scale + shift, both of any shape that broadcasts to that of `x`. */
export function affine(
  importer: GraphImporter,
  x: Value,
  scale: Constant | undefined,
  shift: Constant | undefined,
): Value {
  const { at, vectors } = perChannel(importer, x, [scale ?? scalar(1), shift ?? scalar(0)]);
  const channels = vectors[0]?.length ?? 1;
  const unit = [new Float32Array(channels), new Float32Array(channels).fill(1 - UNIT_EPSILON)];
  const layer = normalization(importer, at, [...vectors, ...unit], UNIT_EPSILON, 0.99);
  if (scale === undefined) importer.markOffset(layer.layer);
  return layer;
}

/**
 * @param axis whose elements are normalised each by itself
 * @param statistics gamma, beta, mean and variance: one number for each of them
 */
export function batchNormalization(
  importer: GraphImporter,
  x: Value,
  axis: number,
  statistics: readonly [Constant, Constant, Constant, Constant],
  { epsilon, momentum }: { readonly epsilon: number; readonly momentum: number },
): Value {
  const channels = x.dims[axis] ?? 0;
  const dims = x.dims.map((_, index) => (index === axis ? channels : 1));
  const placed = statistics.map(({ values, isInteger }) => {
    if (values.length !== channels) {
      throw importer.invalid(`normalises ${values.length} channels of [${x.dims.join(', ')}]`);
    }
    return { dims, values, isInteger };
  });
  const { at, vectors } = perChannel(importer, x, placed);
  return normalization(importer, at, vectors, epsilon, momentum);
}

export function add(importer: GraphImporter, a: Value, b: Value): Value {
  return together(importer, 'add', a, b);
}

/** Of one shape, or a picture and a factor per channel. */
export function multiply(importer: GraphImporter, a: Value, b: Value): Value {
  if (a.dims.join() === b.dims.join()) return together(importer, 'multiply', a, b);
  const [whole, factors] = elementCount(a.dims) >= elementCount(b.dims) ? [a, b] : [b, a];
  const long = factors.dims.flatMap((side, axis) => (side > 1 ? [axis] : []));
  const channelAxis = orderOf(whole)?.at(-1) ?? -1;
  // A picture of one channel takes one factor, which does not show its axis.
  const isByChannel =
    long.length === 0 ||
    (long.join() === `${channelAxis}` && factors.dims[channelAxis] === whole.dims[channelAxis]);
  const isOfRank = factors.dims.length === whole.dims.length;
  if (!isOfRank || !isByChannel || whole.shape.at(-1) !== elementCount(factors.dims)) {
    throw importer.unsupported(`multiplies [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
  }
  const inputs = [whole.layer, importer.flattened(factors).layer];
  return { ...whole, ...importer.append({ kind: 'multiply' }, inputs) };
}

/** Over one axis, or several as if they were one. */
export function softmax(importer: GraphImporter, x: Value, axes: readonly number[]): Value {
  const long = (list: readonly number[]) => list.filter((axis) => (x.dims[axis] ?? 1) > 1);
  const over = long(axes);
  const count = over.reduce((product, axis) => product * (x.dims[axis] ?? 1), 1);
  const order = orderOf(x);
  const tail = order?.slice(order.length - over.length).sort((a, b) => a - b);
  if (tail?.join() !== over.join() && count !== elementCount(x.dims)) {
    throw importer.unsupported(`over axis ${axes.join(', ')} of [${x.dims.join(', ')}]`);
  }
  let at: Value = x;
  if (x.shape.at(-1) !== count) {
    const rest = elementCount(x.dims) / count;
    at = { ...x, ...importer.reshaped(x, rest === 1 ? [count] : [rest, count]) };
  }
  return importer.pointwise(at, { kind: 'activation', activation: 'softmax' });
}

function normalization(
  importer: GraphImporter,
  x: Value,
  statistics: readonly Float32Array[],
  epsilon: number,
  momentum: number,
): Value {
  const [gamma, beta, mean, variance] = statistics;
  return importer.pointwise(
    x,
    { kind: 'batchNormalization', epsilon, momentum, center: true, scale: true },
    {
      gamma: toVector(gamma),
      beta: toVector(beta),
      moving_mean: toVector(mean),
      moving_variance: toVector(variance),
    },
  );
}

function together(importer: GraphImporter, kind: 'add' | 'multiply', a: Value, b: Value): Value {
  const verb = kind === 'add' ? 'adds' : 'multiplies';
  if (a.dims.join() !== b.dims.join()) {
    throw importer.unsupported(`${verb} [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
  }
  if (!areAlike(a, b)) throw importer.unsupported(`${verb} values that lie in different orders`);
  return { ...a, ...importer.append({ kind }, [a.layer, importer.reshaped(b, a.shape).layer]) };
}

/**
 * Constants as one number per channel, a channel being the last axis in memory.
 *
 * Where they vary along other axes, every value is made a channel of its own.
 */
function perChannel(
  importer: GraphImporter,
  x: Value,
  constants: readonly Constant[],
): { at: Value; vectors: Float32Array[] } {
  const rank = x.dims.length;
  const aligned = constants.map(({ dims, values }) => {
    const extra = dims.length - rank;
    const sides = extra > 0 ? dims.slice(extra) : [...new Array<number>(-extra).fill(1), ...dims];
    const isLarger = dims.slice(0, Math.max(extra, 0)).some((side) => side !== 1);
    if (isLarger || sides.some((side, axis) => side !== 1 && side !== x.dims[axis])) {
      throw importer.unsupported(`puts a constant [${dims.join(', ')}] upon [${x.dims.join(', ')}]`);
    }
    return { dims: sides, values };
  });
  const varying = new Set(aligned.flatMap(({ dims }) => [...dims.keys()].filter((axis) => dims[axis] !== 1)));
  const last = orderOf(x)?.at(-1);
  const isByChannel = varying.size === 0 || (varying.size === 1 && last !== undefined && varying.has(last));
  if (isByChannel) {
    const channels = varying.size === 0 ? (x.shape.at(-1) ?? 1) : (x.dims[last ?? 0] ?? 1);
    const rest = elementCount(x.shape) / channels;
    const shape = rest === 1 ? [channels] : [rest, channels];
    const at = x.shape.at(-1) === channels ? x : { ...x, ...importer.reshaped(x, shape) };
    importer.spend(channels * constants.length);
    const vectors = aligned.map(({ values }) =>
      values.length === 1 ? new Float32Array(channels).fill(values[0] ?? 0) : Float32Array.from(values),
    );
    return { at, vectors };
  }
  importer.spend(elementCount(x.dims) * (constants.length + 2));
  const indices = logicalIndices(x);
  const vectors = aligned.map(({ dims, values }) => {
    const strides = stridesOf(dims).map((stride, axis) => (dims[axis] === 1 ? 0 : stride));
    const whole = new Float32Array(indices.length);
    gatherStrided(x.dims, strides, (to, from) => {
      whole[to] = values[from] ?? 0;
    });
    return whole.map((_, at) => whole[indices[at] ?? 0] ?? 0);
  });
  return { at: importer.flattened(x), vectors };
}

function toVector(data: Float32Array = new Float32Array(0)): Tensor {
  return { shape: [data.length], data };
}
