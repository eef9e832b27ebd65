import type { MienError } from '@mien/core';
import type { Constant } from './constant.js';
import type { GraphImporter } from './graph-importer.js';
import type { Value } from './value.js';

/** What flows between operators: known now, or only when the network runs. */
export type Operand = Constant | Value;

export function isConstant(operand: Operand): operand is Constant {
  return 'values' in operand;
}

/** Inputs of one operator of a source graph, with the errors for those that are not as they should be. */
export class OperatorInputs {
  constructor(
    readonly importer: GraphImporter,
    /** `undefined` for optional inputs that are left out. */
    readonly inputs: readonly (Operand | undefined)[],
  ) {}

  unsupported(problem: string): MienError {
    return this.importer.unsupported(problem);
  }

  invalid(problem: string): MienError {
    return this.importer.invalid(problem);
  }

  operand(index: number): Operand {
    const operand = this.inputs[index];
    if (operand === undefined) throw this.invalid(`input ${index + 1} is missing`);
    return operand;
  }

  /** An input that depends on the picture. */
  value(index: number): Value {
    const operand = this.operand(index);
    if (isConstant(operand)) throw this.unsupported(`input ${index + 1} is a constant`);
    return operand;
  }

  /** An input that does not depend on the picture: a weight, a shape. */
  constant(index: number): Constant {
    const operand = this.operand(index);
    if (!isConstant(operand)) throw this.unsupported(`input ${index + 1} depends on the picture`);
    return operand;
  }

  optionalConstant(index: number): Constant | undefined {
    return this.inputs[index] === undefined ? undefined : this.constant(index);
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    const index = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(index) || index < 0 || index >= rank) throw this.invalid(`axis ${axis} of ${rank}`);
    return index;
  }
}
