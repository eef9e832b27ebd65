/** An operator of a graph, with its inputs and attributes. */
import type { GraphImporter } from '../import/graph-importer.js';
import { OperatorInputs, type Operand } from '../import/operator-inputs.js';
import type { Attributes } from './graph-def.js';

export class NodeCall extends OperatorInputs {
  constructor(
    importer: GraphImporter,
    inputs: readonly (Operand | undefined)[],
    readonly attributes: Attributes,
    /** Whether no other operator takes its result. */
    readonly isLast: boolean,
  ) {
    super(importer, inputs);
  }

  withInputs(inputs: readonly (Operand | undefined)[]): NodeCall {
    return new NodeCall(this.importer, inputs, this.attributes, this.isLast);
  }
}
