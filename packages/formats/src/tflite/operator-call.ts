import type { GraphImporter } from '../import/graph-importer.js';
import { OperatorInputs, type Operand } from '../import/operator-inputs.js';
import type { FlatTable } from './flatbuffer.js';

/** One operator of the file with its inputs at hand: the argument of every function that reads operators. */
export class OperatorCall extends OperatorInputs {
  constructor(
    importer: GraphImporter,
    inputs: readonly (Operand | undefined)[],
    /** `undefined` where all is at its default. */
    readonly options: FlatTable | undefined,
    /** What the file says the result's dims to be. */
    readonly outputDims: readonly number[],
  ) {
    super(importer, inputs);
  }
}
