/**
 * Maps the source graph's shape operators to our layers: reshapes and transposes, which only change
 * the view; joins, means and matrix products, which need memory to lie in a certain order.
 */
import { elementCount, type Tensor } from '@mien/core/nn';
import { checkBias } from './check-bias.js';
import type { GraphImporter } from './graph-importer.js';
import { fitsOrder, type Value } from './value.js';
import { isPlain, logicalIndices, MAX_RANK, orderOf, reshapedView, transposedView, viewOf } from './view.js';

/** The same values under other dims, row-major by the source graph's axes; -1 stands for what is left. */
export function reshape(importer: GraphImporter, x: Value, wanted: readonly number[]): Value {
  const count = elementCount(x.dims);
  const given = wanted.filter((side) => side !== -1).reduce((product, side) => product * side, 1);
  const dims = wanted.map((side) => (side === -1 ? count / given : side));
  const isWhole = dims.every((side) => Number.isInteger(side) && side >= 1);
  if (!isWhole || elementCount(dims) !== count || dims.length > MAX_RANK) {
    throw importer.invalid(`reshapes [${x.dims.join(', ')}] to [${wanted.join(', ')}]`);
  }
  return { ...x, ...reshapedView(x, dims) };
}

export function transpose(importer: GraphImporter, x: Value, permutation: readonly number[]): Value {
  const isPermutation = [...permutation].sort((a, b) => a - b).every((axis, index) => axis === index);
  if (!isPermutation || permutation.length !== x.dims.length) {
    throw importer.invalid(`transposes [${x.dims.join(', ')}] by (${permutation.join(', ')})`);
  }
  const view = transposedView(x, permutation);
  if (view === undefined) throw importer.unsupported('transposes values whose axes a reshape has mixed');
  return { ...x, ...view };
}

export function concatenate(importer: GraphImporter, values: readonly Value[], axis: number): Value {
  const [first, ...others] = values;
  if (first === undefined) throw importer.invalid('joins nothing');
  const rank = first.dims.length;
  const odd = others.find(
    ({ dims }) =>
      dims.length !== rank || dims.some((side, index) => index !== axis && side !== first.dims[index]),
  );
  if (odd !== undefined || axis < 0 || axis >= rank) {
    throw importer.invalid(
      `joins ${values.map(({ dims }) => `[${dims.join(', ')}]`).join(' and ')} along axis ${axis}`,
    );
  }
  const dims = first.dims.map((side, index) =>
    index === axis ? values.reduce((sum, value) => sum + (value.dims[axis] ?? 0), 0) : side,
  );
  const hasBatch = dims[0] === 1 && rank > 1;
  const plain = [...dims.keys()].slice(hasBatch ? 1 : 0);
  const known = orderOf(first) ?? [];
  const asFirst = [...plain.filter((index) => !known.includes(index)), ...known];
  const orders = [...(hasBatch && rank === 4 ? [[...importer.pictureAxes]] : []), plain, asFirst];
  const order = orders.find((candidate) => values.every((value) => fitsOrder(value, candidate)));
  if (order === undefined) throw importer.unsupported('joins values that lie in different orders');
  const layers = values.map((value) => importer.arranged(value, order).layer);
  const result = importer.append({ kind: 'concatenate', axis: order.indexOf(axis) }, layers);
  return { ...result, ...viewOf(dims, order) };
}

/** @param keepDims whether the axes stay as dims of one */
export function mean(importer: GraphImporter, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const order = orderOf(x);
  const kept = order?.filter((axis) => !axes.includes(axis));
  if (
    order === undefined ||
    kept === undefined ||
    kept.length > 1 ||
    (kept[0] ?? order.at(-1)) !== order.at(-1)
  ) {
    throw importer.unsupported(
      `means over axis ${axes.join(', ')} of [${x.dims.join(', ')}]; only over pictures`,
    );
  }
  const channels = x.dims[kept[0] ?? -1] ?? 1;
  const isPicture = x.shape.length === 3 && x.shape[2] === channels;
  const picture = isPicture ? x : importer.reshaped(x, [elementCount(x.shape) / channels, 1, channels]);
  const result = importer.append({ kind: 'globalAveragePooling2d' }, [picture.layer]);
  const dims = x.dims.flatMap((side, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [side]));
  return { ...result, ...viewOf(dims, [...dims.keys()]) };
}

/**
 * @param x `[1, inputs]`
 * @param kernel `[inputs, units]`
 */
export function dense(importer: GraphImporter, x: Value, kernel: Tensor, bias: Tensor | undefined): Value {
  const [inputs = 0, units = 0] = kernel.shape;
  if (x.dims.length !== 2 || x.dims[0] !== 1) {
    throw importer.unsupported(
      `multiplies [${x.dims.join(', ')}] by a matrix; only vectors [1, n] can be read`,
    );
  }
  if (x.dims[1] !== inputs) {
    throw importer.invalid(`multiplies ${x.dims[1] ?? 0} values by a matrix of ${inputs} rows`);
  }
  checkBias(importer, bias, units);
  const { layer } = importer.append(
    { kind: 'dense', units, useBias: bias !== undefined },
    [importer.flattened(x).layer],
    { kernel: rowsInMemoryOrder(importer, x, kernel), ...(bias && { bias }) },
  );
  return { layer, shape: [units], ...viewOf([1, units], [1]) };
}

/** Rows of a matrix in the order in which memory has the values that they are for. */
function rowsInMemoryOrder(importer: GraphImporter, x: Value, kernel: Tensor): Tensor {
  if (isPlain(x)) return kernel;
  const [, units = 0] = kernel.shape;
  importer.spend(kernel.data.length);
  const data = new Float32Array(kernel.data.length);
  logicalIndices(x).forEach((row, at) => {
    data.set(kernel.data.subarray(row * units, (row + 1) * units), at * units);
  });
  return { shape: kernel.shape, data };
}
