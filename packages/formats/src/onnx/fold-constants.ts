/**
 * Operators whose inputs are all known are worked out while the file is read. Exporters compute shapes that way
 * (Shape → Gather → Unsqueeze → Concat → Reshape), which for one size of picture are numbers.
 *
 * `Ref:` https://onnx.ai/onnx/operators/
 */
import { elementCount } from '@mien/core/nn';
import {
  gatherStrided,
  integerConstant,
  stridesOf,
  transposedValues,
  type Constant,
} from '../import/constant.js';
import type { OperatorCall } from './operator-call.js';
import { DATA_TYPES } from './onnx-model.js';

type Fold = (call: OperatorCall) => Constant;

const MAX_RANK = 8;

const FOLDS: Readonly<Record<string, Fold>> = {
  Constant: foldConstant,
  ConstantOfShape: foldConstantOfShape,
  Identity: (call) => call.constant(0),
  Cast: foldCast,
  Shape: (call) => shapeOf(call, call.constant(0).dims),
  Gather: foldGather,
  Slice: foldSlice,
  Concat: foldConcat,
  Reshape: (call) => reshaped(call, resolveShape),
  Squeeze: (call) => reshaped(call, squeezedDims),
  Unsqueeze: (call) => reshaped(call, unsqueezedDims),
  Transpose: foldTranspose,
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b, isInteger) => (isInteger ? Math.trunc(a / b) : a / b)),
  Floor: (call) => mapped(call, Math.floor),
  Ceil: (call) => mapped(call, Math.ceil),
  Sqrt: (call) => mapped(call, Math.sqrt),
  Neg: (call) => mapped(call, (value) => -value),
};

/** Whether an operator can be worked out where all its inputs are known. */
export function canFold(op: string): boolean {
  return Object.hasOwn(FOLDS, op);
}

/** Works an operator out; undefined for those that are no matter of constants. */
export function foldConstants(call: OperatorCall): Constant | undefined {
  const fold = Object.hasOwn(FOLDS, call.node.op) ? FOLDS[call.node.op] : undefined;
  return fold?.(call);
}

/** The dims of a tensor as a constant, from `start` to `end`. */
export function shapeOf(call: OperatorCall, dims: readonly number[]): Constant {
  const part = dims.slice(call.integer('start', 0), call.integer('end', dims.length));
  return integerConstant([part.length], part);
}

/** What Reshape's second input says, with its zeros (copy) resolved; -1 is left. */
export function resolveShape(call: OperatorCall, dims: readonly number[]): number[] {
  const shape = call.integers('shape') ?? call.constant(1).values;
  if (shape.length > MAX_RANK) throw call.invalid(`a shape of ${shape.length} dims`);
  const copies = call.integer('allowzero', 0) === 0;
  return Array.from(shape, (side, axis) => (side === 0 && copies ? (dims[axis] ?? 0) : side));
}

export function squeezedDims(call: OperatorCall, dims: readonly number[]): number[] {
  const axes = call.axes(1, dims.length);
  const kept = dims.filter((side, axis) => (axes === undefined ? side !== 1 : !axes.includes(axis)));
  if (axes?.some((axis) => dims[axis] !== 1)) {
    throw call.invalid(`squeezes axis ${axes.join(', ')} of [${dims.join(', ')}]`);
  }
  return kept;
}

export function unsqueezedDims(call: OperatorCall, dims: readonly number[]): number[] {
  const count = (call.integers('axes') ?? call.optionalConstant(1)?.values)?.length ?? 0;
  const axes = call.axes(1, dims.length + count);
  if (axes === undefined || new Set(axes).size !== count || dims.length + count > MAX_RANK) {
    throw call.invalid(`unsqueezes [${dims.join(', ')}]`);
  }
  const sides = [...dims];
  for (const axis of axes) sides.splice(axis, 0, 1);
  return sides;
}

export function permutationOf(call: OperatorCall, rank: number): readonly number[] {
  return call.integers('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
}

function foldConstant(call: OperatorCall): Constant {
  const tensor = call.attributeTensor('value');
  if (tensor !== undefined) return tensor;
  const float = call.attribute('value_float')?.float;
  if (float !== undefined) return { dims: [], values: Float32Array.of(float), isInteger: false };
  const integer = call.attribute('value_int')?.integer;
  if (integer !== undefined) return integerConstant([], [integer]);
  const floats = call.attribute('value_floats')?.floats;
  if (floats !== undefined)
    return { dims: [floats.length], values: Float32Array.from(floats), isInteger: false };
  const integers = call.integers('value_ints');
  if (integers !== undefined) return integerConstant([integers.length], integers);
  throw call.unsupported('a constant that is no tensor of numbers');
}

function foldConstantOfShape(call: OperatorCall): Constant {
  const dims = Array.from(call.constant(0).values);
  const value = call.attributeTensor('value') ?? { dims: [1], values: new Float32Array(1), isInteger: false };
  if (dims.length > MAX_RANK || dims.some((side) => side < 0))
    throw call.invalid(`dims [${dims.join(', ')}]`);
  const count = elementCount(dims);
  call.importer.spend(count);
  const fill = value.values[0] ?? 0;
  const values = value.isInteger ? new Float64Array(count).fill(fill) : new Float32Array(count).fill(fill);
  return { dims, values, isInteger: value.isInteger };
}

function foldCast(call: OperatorCall): Constant {
  const { dims, values } = call.constant(0);
  const to = call.integer('to', 0);
  call.importer.spend(values.length);
  if (isFloatType(to)) return { dims, values: Float32Array.from(values), isInteger: false };
  if (to === DATA_TYPES.bool)
    return integerConstant(
      dims,
      values.map((value) => (value === 0 ? 0 : 1)),
    );
  return integerConstant(dims, values.map(Math.trunc));
}

export function isFloatType(type: number): boolean {
  const { float16, float32, float64, bfloat16 } = DATA_TYPES;
  return [float16, float32, float64, bfloat16].some((known) => known === type);
}

function foldGather(call: OperatorCall): Constant {
  const data = call.constant(0);
  const indices = call.constant(1);
  const axis = call.axis(call.integer('axis', 0), data.dims.length);
  const length = data.dims[axis] ?? 1;
  const inner = elementCount(data.dims.slice(axis + 1));
  const outer = elementCount(data.dims.slice(0, axis));
  const dims = [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)];
  if (dims.length > MAX_RANK) throw call.invalid(`a result of ${dims.length} dims`);
  const result = emptyLike(call, data, dims);
  // Beside a side of 0 the others may be anything, so there is no end to walk to.
  if (result.values.length === 0) return result;
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const index of indices.values) {
      const from = index < 0 ? index + length : index;
      if (!Number.isInteger(from) || from < 0 || from >= length)
        throw call.invalid(`takes element ${index} of ${length}`);
      const start = (o * length + from) * inner;
      result.values.set(data.values.subarray(start, start + inner), to);
      to += inner;
    }
  }
  return result;
}

function foldSlice(call: OperatorCall): Constant {
  const data = call.constant(0);
  const rank = data.dims.length;
  const starts = call.integers('starts') ?? call.constant(1).values;
  const ends = call.integers('ends') ?? call.constant(2).values;
  const axes =
    call.integers('axes') ?? call.optionalConstant(3)?.values ?? [...starts].map((_, index) => index);
  const steps = call.optionalConstant(4)?.values;
  const dims = [...data.dims];
  const strides = stridesOf(data.dims);
  const walked = [...strides];
  let offset = 0;
  for (let index = 0; index < starts.length; index++) {
    const axis = call.axis(axes[index] ?? -1 - rank, rank);
    const length = data.dims[axis] ?? 1;
    const step = steps?.[index] ?? 1;
    if (!Number.isInteger(step) || step === 0) throw call.invalid(`a step of ${step}`);
    // Backwards, the first place is the last element, and the end may lie before the first.
    const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
    const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + length : at, lowest), highest);
    const start = clamp(starts[index] ?? 0);
    const count = Math.ceil((clamp(ends[index] ?? 0) - start) / step);
    dims[axis] = Math.max(count, 0);
    offset += start * (strides[axis] ?? 0);
    walked[axis] = (strides[axis] ?? 0) * step;
  }
  const result = emptyLike(call, data, dims);
  if (result.values.length === 0) return result;
  gatherStrided(dims, walked, (to, from) => {
    result.values[to] = data.values[offset + from] ?? 0;
  });
  return result;
}

function foldConcat(call: OperatorCall): Constant {
  const parts = call.inputs.map((_, index) => call.constant(index));
  const first = call.constant(0);
  const axis = call.axis(call.integer('axis', 0), first.dims.length);
  const others = (dims: readonly number[]) => dims.filter((_, index) => index !== axis).join();
  if (parts.some(({ dims }) => dims.length !== first.dims.length || others(dims) !== others(first.dims))) {
    throw call.invalid('joins constants of different dims');
  }
  const length = parts.reduce((sum, { dims }) => sum + (dims[axis] ?? 0), 0);
  const dims = first.dims.map((side, index) => (index === axis ? length : side));
  const result = emptyLike(call, first, dims);
  if (result.values.length === 0) return result;
  const outer = elementCount(first.dims.slice(0, axis));
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const { values } of parts) {
      const run = values.length / outer;
      result.values.set(values.subarray(o * run, (o + 1) * run), to);
      to += run;
    }
  }
  return result;
}

function foldTranspose(call: OperatorCall): Constant {
  const { dims, values, isInteger } = call.constant(0);
  const permutation = permutationOf(call, dims.length);
  const isPermutation = [...permutation].sort((a, b) => a - b).every((axis, index) => axis === index);
  if (!isPermutation || permutation.length !== dims.length) {
    throw call.invalid(`transposes [${dims.join(', ')}] by (${permutation.join(', ')})`);
  }
  call.importer.spend(values.length);
  return {
    dims: permutation.map((axis) => dims[axis] ?? 1),
    values: transposedValues(values, dims, permutation),
    isInteger,
  };
}

function elementwise(operation: (a: number, b: number, isInteger: boolean) => number): Fold {
  return (call) => {
    const [a, b] = [call.constant(0), call.constant(1)];
    const rank = Math.max(a.dims.length, b.dims.length);
    const pad = ({ dims }: Constant) => [...new Array<number>(rank - dims.length).fill(1), ...dims];
    const [aDims, bDims] = [pad(a), pad(b)];
    const dims = aDims.map((side, axis) => (side === 1 ? (bDims[axis] ?? 1) : side));
    if (bDims.some((side, axis) => side !== 1 && side !== dims[axis])) {
      throw call.invalid(`joins constants [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
    }
    const result = emptyLike(call, a, dims);
    const strides = (sides: readonly number[]) =>
      stridesOf(sides).map((stride, axis) => (sides[axis] === 1 ? 0 : stride));
    const fromB = new Uint32Array(result.values.length);
    gatherStrided(dims, strides(bDims), (to, from) => (fromB[to] = from));
    gatherStrided(dims, strides(aDims), (to, from) => {
      result.values[to] = operation(a.values[from] ?? 0, b.values[fromB[to] ?? 0] ?? 0, a.isInteger);
    });
    return result;
  };
}

function mapped(call: OperatorCall, operation: (value: number) => number): Constant {
  const constant = call.constant(0);
  call.importer.spend(constant.values.length);
  return { ...constant, values: constant.values.map(operation) };
}

function reshaped(
  call: OperatorCall,
  toDims: (call: OperatorCall, dims: readonly number[]) => number[],
): Constant {
  const constant = call.constant(0);
  const wanted = toDims(call, constant.dims);
  const given = wanted.filter((side) => side !== -1).reduce((product, side) => product * side, 1);
  const dims = wanted.map((side) => (side === -1 ? constant.values.length / given : side));
  if (
    elementCount(dims) !== constant.values.length ||
    dims.some((side) => !Number.isInteger(side) || side < 0)
  ) {
    throw call.invalid(`reshapes a constant [${constant.dims.join(', ')}] to [${wanted.join(', ')}]`);
  }
  return { ...constant, dims };
}

/** Zeros of the same type, counted against the memory limit of the file. */
function emptyLike(call: OperatorCall, { isInteger }: Constant, dims: readonly number[]): Constant {
  const count = elementCount(dims);
  call.importer.spend(count);
  return { dims, values: isInteger ? new Float64Array(count) : new Float32Array(count), isInteger };
}
