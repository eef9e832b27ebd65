/**
 * How a source graph sees a tensor that our graph computes.
 *
 * ONNX keeps pictures as [batch, channels, height, width], we as [height, width, channels], and exporters sprinkle
 * reshapes and transposes in between. None of those moves a value here: they only change how the same memory is
 * named. So a value of the source graph is our layer's output plus a view:
 *
 *   dims    what the source graph believes the shape to be, the batch (of one) included
 *   base    the last dims in which the order of memory could be told axis by axis, and that order
 *
 * `base.order` lists the axes of `base.dims` that are longer than one, from the slowest to the fastest in memory;
 * axes of one have no place in memory and are left out. The output of a convolution in ONNX has base
 * {dims: [1, 8, 24, 24], order: [2, 3, 1]}; transposed by (0, 2, 3, 1) it is {[1, 24, 24, 8], [1, 2, 3]}: plain.
 * `dims` differ from `base.dims` only where a reshape merged axes that are not neighbours in memory (a flatten of
 * channels-first pictures). Such values can still be multiplied by a matrix, whose rows are then put in the order
 * of memory, but no longer be seen as pictures.
 */
import { elementCount } from '@mien/core/nn';
import { gatherStrided, stridesOf } from './constant.js';

export interface Base {
  readonly dims: readonly number[];
  readonly order: readonly number[];
}

export interface View {
  readonly dims: readonly number[];
  readonly base: Base;
}

/** Of a tensor of the source graph. */
export const MAX_RANK = 8;

/** A view of memory that lies as the axes `order` say, slowest first; axes of one may be named or not. */
export function viewOf(dims: readonly number[], order: readonly number[]): View {
  return { dims, base: { dims, order: order.filter((axis) => (dims[axis] ?? 1) > 1) } };
}

/** The order of memory by the axes of `dims`; undefined where they are scrambled. */
export function orderOf({ dims, base }: View): readonly number[] | undefined {
  return base.dims === dims || base.dims.join() === dims.join() ? base.order : undefined;
}

/** Row-major: memory and dims agree. */
export function isPlain(view: View): boolean {
  return (
    orderOf(view)?.every((axis, index, order) => index === 0 || axis > (order[index - 1] ?? -1)) ?? false
  );
}

export function transposedView(view: View, permutation: readonly number[]): View | undefined {
  const order = orderOf(view);
  if (order === undefined) return undefined;
  return viewOf(
    permutation.map((axis) => view.dims[axis] ?? 1),
    order.map((axis) => permutation.indexOf(axis)),
  );
}

/**
 * The same values under other dims, row-major by the source graph's axes.
 *
 * Old and new axes fall into the smallest runs of equal product ([6, 4] → [2, 3, 4] is 6 → 2·3 and 4 → 4). Where
 * the old axes of every run are neighbours in memory, in their order, the new ones simply take their place.
 */
export function reshapedView(view: View, dims: readonly number[]): View {
  const { base } = view;
  const oldAxes = longAxes(base.dims);
  const newAxes = longAxes(dims);
  const runs: { from: number[]; to: number[] }[] = [];
  for (let i = 0, j = 0; i < oldAxes.length || j < newAxes.length;) {
    const run = { from: oldAxes.slice(i, i + 1), to: newAxes.slice(j, j + 1) };
    i++;
    j++;
    for (;;) {
      const from = productOf(base.dims, run.from);
      const to = productOf(dims, run.to);
      if (from === to) break;
      const more = from < to ? oldAxes[i++] : newAxes[j++];
      if (more === undefined) return { dims, base };
      (from < to ? run.from : run.to).push(more);
    }
    runs.push(run);
  }
  const order: number[] = [];
  let position = 0;
  while (position < base.order.length) {
    const run = runs.find(({ from }) => from[0] === base.order[position]);
    if (run?.from.some((axis, index) => axis !== base.order[position + index]) ?? true) return { dims, base };
    order.push(...(run?.to ?? []));
    position += run?.from.length ?? 1;
  }
  return viewOf(dims, order);
}

/** For each value in the order of memory, its row-major index by the source graph's axes. */
export function logicalIndices({ base }: View): Uint32Array {
  const strides = stridesOf(base.dims);
  const indices = new Uint32Array(elementCount(base.dims));
  gatherStrided(
    base.order.map((axis) => base.dims[axis] ?? 1),
    base.order.map((axis) => strides[axis] ?? 0),
    (to, from) => {
      indices[to] = from;
    },
  );
  return indices;
}

/** Whether two views put the same values at the same places. */
export function areAlike(a: View, b: View): boolean {
  if (a.dims.join() !== b.dims.join()) return false;
  const orders = [orderOf(a), orderOf(b)];
  if (orders[0] !== undefined && orders[1] !== undefined) return orders[0].join() === orders[1].join();
  return a.base.dims.join() === b.base.dims.join() && a.base.order.join() === b.base.order.join();
}

function longAxes(dims: readonly number[]): number[] {
  return dims.flatMap((side, axis) => (side > 1 ? [axis] : []));
}

function productOf(dims: readonly number[], axes: readonly number[]): number {
  return axes.reduce((product, axis) => product * (dims[axis] ?? 1), 1);
}
