/** Arithmetic between values, between values and constants, and between constants. */
import * as channels from '../import/channel-layers.js';
import { scalar, type Constant } from '../import/constant.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import type { NodeCall } from './node-call.js';

export function add(call: NodeCall): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a) && isConstant(b)) return combined(call, a, b, (x, y) => x + y);
  if (isConstant(a)) return channels.affine(call.importer, call.value(1), undefined, a);
  if (isConstant(b)) return channels.affine(call.importer, a, undefined, b);
  return channels.add(call.importer, a, b);
}

export function subtract(call: NodeCall): Operand {
  const { importer } = call;
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a) && isConstant(b)) return combined(call, a, b, (x, y) => x - y);
  if (isConstant(a)) return channels.affine(importer, call.value(1), scalar(-1), a);
  if (isConstant(b)) {
    return channels.affine(importer, a, undefined, { ...b, values: b.values.map((value) => -value) });
  }
  return channels.add(importer, a, channels.affine(importer, b, scalar(-1), undefined));
}

export function multiply(call: NodeCall): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a) && isConstant(b)) return combined(call, a, b, (x, y) => x * y);
  if (isConstant(a)) return channels.affine(call.importer, call.value(1), a, undefined);
  if (isConstant(b)) return channels.affine(call.importer, a, b, undefined);
  return channels.multiply(call.importer, a, b);
}

export function divide(call: NodeCall): Operand {
  const [a, b] = [call.operand(0), call.constant(1)];
  if (isConstant(a)) return combined(call, a, b, (x, y) => x / y);
  const values = Float32Array.from(b.values, (value) => 1 / value);
  return channels.affine(call.importer, a, { dims: b.dims, values, isInteger: false }, undefined);
}

/** Constants of equal dims, or one number and others. */
function combined(
  call: NodeCall,
  a: Constant,
  b: Constant,
  operation: (x: number, y: number) => number,
): Constant {
  const longer = a.values.length >= b.values.length ? a : b;
  const fits = (one: Constant): boolean => one.values.length === 1 || one.dims.join() === longer.dims.join();
  if (!fits(a) || !fits(b)) {
    throw call.unsupported(`joins constants [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
  }
  call.importer.spend(longer.values.length);
  const at = ({ values }: Constant, index: number): number => values[values.length === 1 ? 0 : index] ?? 0;
  const values = longer.values.map((_, index) => operation(at(a, index), at(b, index)));
  return { dims: longer.dims, values, isInteger: a.isInteger && b.isInteger };
}

export function mapped(call: NodeCall, operation: (value: number) => number): Constant {
  const constant = call.constant(0);
  call.importer.spend(constant.values.length);
  return { ...constant, values: constant.values.map(operation) };
}

export function bounded(call: NodeCall, toRange: (bound: number) => [min: number, max: number]): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  const constant = isConstant(a) ? a : b;
  if (!isConstant(constant) || constant.values.length !== 1)
    throw call.unsupported('compares with more than one number');
  const [min, max] = toRange(constant.values[0] ?? 0);
  return channels.clip(call.importer, call.value(isConstant(a) ? 1 : 0), min, max);
}
