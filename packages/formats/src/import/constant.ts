/** Tensors that are known when a file is read: weights, shapes, and what follows from them. */
import { elementCount } from '@mien/core/nn';

/** In ONNX's own row-major order. */
export interface Constant {
  readonly dims: readonly number[];
  /** float32, or integers as doubles, which are exact up to 2⁵³. */
  readonly values: Float32Array | Float64Array;
  readonly isInteger: boolean;
  /** The file's number for the type, where one is kept. */
  readonly dataType?: number;
}

export function integerConstant(dims: readonly number[], values: ArrayLike<number>): Constant {
  return { dims, values: Float64Array.from(values), isInteger: true };
}

/** One number, of no dims, which broadcasts to any. */
export function scalar(value: number): Constant {
  return { dims: [], values: Float32Array.of(value), isInteger: false };
}

export function toFloats({ values }: Constant): Float32Array {
  return values instanceof Float32Array ? values : new Float32Array(values);
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
  const run = dims.at(-1) ?? 1;
  const step = strides.at(-1) ?? 0;
  const index = dims.map(() => 0);
  let start = 0;
  for (let to = 0; to < count; to += run) {
    for (let along = 0; along < run; along++) visit(to + along, start + along * step);
    for (let axis = dims.length - 2; axis >= 0; axis--) {
      index[axis]!++;
      start += strides[axis]!;
      if (index[axis]! < dims[axis]!) break;
      start -= strides[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
}
