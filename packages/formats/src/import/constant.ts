/** Tensors that are known when a file is read: weights, shapes, and what follows from them. */
import { elementCount } from '@mien/core/nn';

/** In ONNX's own row-major order. */
export interface Constant {
  readonly dims: readonly number[];
  /** float32, or integers as doubles, which are exact up to 2⁵³. */
  readonly values: Float32Array | Float64Array;
  readonly isInteger: boolean;
}

export function integerConstant(dims: readonly number[], values: ArrayLike<number>): Constant {
  return { dims, values: Float64Array.from(values), isInteger: true };
}

/** Distance in elements between neighbours along each axis. */
export function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, axis) => elementCount(dims.slice(axis + 1)));
}

/** Reorders axes: axis i of the result is axis `permutation[i]` of the tensor. */
export function transposedValues<T extends Float32Array | Float64Array>(
  values: T,
  dims: readonly number[],
  permutation: readonly number[],
): T {
  const strides = stridesOf(dims);
  const result = values.slice() as T;
  gatherStrided(
    permutation.map((axis) => dims[axis] ?? 1),
    permutation.map((axis) => strides[axis] ?? 0),
    (to, from) => {
      result[to] = values[from] ?? 0;
    },
  );
  return result;
}

/** Walks a tensor of `dims` in row-major order; `from` advances by `strides` along each axis. */
export function gatherStrided(
  dims: readonly number[],
  strides: readonly number[],
  visit: (to: number, from: number) => void,
): void {
  const count = elementCount(dims);
  const index = dims.map(() => 0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    visit(to, from);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < dims[axis]!) break;
      from -= strides[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
}
