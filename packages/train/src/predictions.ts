import type { Rows } from './data/dataset.js';

/** A model's predictions for some rows. */
export interface Predictions {
  readonly rows: Rows;
  /** Index of each row's label among the model's. */
  readonly truth: readonly number[];
  /** `[rows, labels]` */
  readonly probabilities: Float32Array;
}
