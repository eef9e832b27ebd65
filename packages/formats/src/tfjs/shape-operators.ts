/** Operators that change or read shapes; of constants as well, since converters compute shapes in the graph. */
import { elementCount } from '@mien/core/nn';
import { integerConstant, type Constant } from '../import/constant.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import * as shapes from '../import/shape-layers.js';
import type { NodeCall } from './node-call.js';

export function mean(call: NodeCall): Operand {
  const x = call.value(0);
  const axes = Array.from(call.constant(1).values, (axis) => call.axis(axis, x.dims.length));
  return shapes.mean(call.importer, x, axes, call.attributes.flag('keep_dims'));
}

export function reshaped(call: NodeCall, dims: readonly number[]): Operand {
  const x = call.operand(0);
  if (!isConstant(x)) return shapes.reshape(call.importer, x, dims);
  const given = dims.filter((side) => side !== -1).reduce((product, side) => product * side, 1);
  const whole = dims.map((side) => (side === -1 ? x.values.length / given : side));
  if (elementCount(whole) !== x.values.length)
    throw call.invalid(`reshapes [${x.dims.join(', ')}] to [${dims.join(', ')}]`);
  return { ...x, dims: whole };
}

export function squeeze(call: NodeCall): Operand {
  const { dims } = call.operand(0);
  const stated = call.attributes.numbers('squeeze_dims') ?? call.attributes.numbers('axis') ?? [];
  const axes = stated.map((axis) => call.axis(axis, dims.length));
  const kept = dims.filter((side, axis) => (axes.length === 0 ? side !== 1 : !axes.includes(axis)));
  // The batch of one stays: nothing downstream is without it.
  return reshaped(call, axes.length === 0 ? [1, ...kept] : kept);
}

export function expandDims(call: NodeCall): Operand {
  const { dims } = call.operand(0);
  const [stated = 0] = call.constant(1).values;
  const axis = call.axis(stated, dims.length + 1);
  return reshaped(call, [...dims.slice(0, axis), 1, ...dims.slice(axis)]);
}

export function concatenate(call: NodeCall): Operand {
  const [axis = 0] = call.constant(call.inputs.length - 1).values;
  const operands = call.inputs.slice(0, -1);
  if (operands.every((one) => one !== undefined && isConstant(one))) {
    const lists = operands.map((one) => Array.from(one.values));
    return integerConstant([lists.flat().length], lists.flat());
  }
  const values = operands.map((_, index) => call.value(index));
  return shapes.concatenate(call.importer, values, call.axis(axis, values[0]?.dims.length ?? 0));
}

export function shapeOf(call: NodeCall): Constant {
  const { dims } = call.operand(0);
  return integerConstant([dims.length], dims);
}

/** Of a list of numbers: one of them, or a run. */
export function slice(call: NodeCall): Constant {
  const { dims, values } = call.constant(0);
  if (dims.length !== 1) throw call.unsupported(`takes a part of [${dims.join(', ')}]`);
  const place = (index: number): number => call.constant(index).values[0] ?? 0;
  const [begin, end, stride] = [place(1), place(2), call.optionalConstant(3)?.values[0] ?? 1];
  if (stride !== 1) throw call.unsupported(`a step of ${stride}`);
  const { attributes } = call;
  const at = (index: number): number => (index < 0 ? index + values.length : index);
  const from = attributes.number('begin_mask', 0) === 1 ? 0 : at(begin);
  if (attributes.number('shrink_axis_mask', 0) === 1) return integerConstant([], [values[from] ?? 0]);
  const to = attributes.number('end_mask', 0) === 1 ? values.length : at(end);
  const part = Array.from(values.slice(from, to));
  return integerConstant([part.length], part);
}

export function pack(call: NodeCall): Constant {
  const list = call.inputs.map((_, index) => call.constant(index).values[0] ?? 0);
  return integerConstant([list.length], list);
}
