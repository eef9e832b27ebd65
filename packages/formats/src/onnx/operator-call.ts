import type { GraphImporter } from '../import/graph-importer.js';
import { OperatorInputs, type Operand } from '../import/operator-inputs.js';
import type { Constant } from '../import/constant.js';
import { decodeTensor } from './decode-tensor.js';
import type { OnnxAttribute, OnnxNode } from './onnx-model.js';

/** One operator of the file with inputs and attributes at hand: the argument of every function that reads operators. */
export class OperatorCall extends OperatorInputs {
  constructor(
    readonly node: OnnxNode,
    readonly opset: number,
    importer: GraphImporter,
    inputs: readonly (Operand | undefined)[],
    /** Whether its result is an output of the network and nothing else takes it. */
    readonly isLast = false,
  ) {
    super(importer, inputs);
  }

  /** The same operator upon other inputs. */
  withInputs(inputs: readonly (Operand | undefined)[]): OperatorCall {
    return new OperatorCall(this.node, this.opset, this.importer, inputs, this.isLast);
  }

  integer(name: string, otherwise: number): number {
    return this.attribute(name)?.integer ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    const float = this.attribute(name)?.float;
    return float === undefined ? otherwise : shortestDecimal(float);
  }

  text(name: string, otherwise: string): string {
    return this.attribute(name)?.text ?? otherwise;
  }

  integers(name: string): readonly number[] | undefined {
    return this.attribute(name)?.integers;
  }

  /** Two numbers, vertical and horizontal. */
  pair(name: string, otherwise: readonly [number, number]): readonly [number, number] {
    const list = this.integers(name);
    if (list === undefined || list.length === 0) return otherwise;
    const [vertical, horizontal, ...rest] = list;
    if (vertical === undefined || horizontal === undefined || rest.length > 0) {
      throw this.unsupported(`${name} [${list.join(', ')}]; two are expected`);
    }
    return [vertical, horizontal];
  }

  attribute(name: string): OnnxAttribute | undefined {
    return this.node.attributes.get(name);
  }

  attributeTensor(name: string): Constant | undefined {
    const tensor = this.attribute(name)?.tensor;
    return tensor && decodeTensor(tensor, this.importer.operator);
  }

  /** Axes from an attribute, or in newer operator sets from an input, counted from the front and sorted. */
  axes(inputIndex: number, rank: number): number[] | undefined {
    const list = this.integers('axes') ?? this.optionalConstant(inputIndex)?.values;
    return list && Array.from(list, (axis) => this.axis(axis, rank)).sort((a, b) => a - b);
  }
}

/** What was meant by a float32: 0.001, not 0.0010000000474974513. */
function shortestDecimal(float: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(float.toPrecision(digits));
    if (Math.fround(decimal) === float) return decimal;
  }
  return float;
}
