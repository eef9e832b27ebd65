import type { ExplicitPadding } from '@mien/core/nn';
import type { GraphImporter } from '../import/graph-importer.js';
import type { Value } from '../import/value.js';
import { NO_PADDING } from '../import/padding.js';
import { OperatorInputs, type Operand } from '../import/operator-inputs.js';
import type { FlatTable } from './flatbuffer.js';

/** A picture and what stands around it: lowest numbers, which maxima do not see. */
export interface FramedPicture {
  readonly picture: Value;
  readonly frame: ExplicitPadding;
}

interface CallPlace {
  readonly frame?: ExplicitPadding | undefined;
  readonly isLast?: boolean;
}

/** One operator of the file with its inputs at hand: the argument of every function that reads operators. */
export class OperatorCall extends OperatorInputs {
  /** What stands around the first input, beyond what can be said of it; only maxima are asked to see to it. */
  readonly frame: ExplicitPadding;
  /** Whether no other operator takes its result. */
  readonly isLast: boolean;

  constructor(
    importer: GraphImporter,
    inputs: readonly (Operand | undefined)[],
    /** `undefined` where all is at its default. */
    readonly options: FlatTable | undefined,
    /** The dims of the result, as the file states them. */
    readonly outputDims: readonly number[],
    { frame = NO_PADDING, isLast = false }: CallPlace = {},
  ) {
    super(importer, inputs);
    this.frame = frame;
    this.isLast = isLast;
  }
}
