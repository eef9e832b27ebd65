import type { Tensor, Weights } from '@mien/core/nn';

/**
 * Exponential moving average of weights over the updates of a run. Averaging has a similar effect on validation as a
 * much lower learning rate, without the longer training.
 *
 * Ref: Polyak, Juditsky 1992; the growing decay of the first updates, min(decay, (1 + n)/(10 + n)), is that of
 * TensorFlow's ExponentialMovingAverage, so that the random initial weights are soon forgotten.
 */
export class MovingAverage {
  readonly weights: Map<string, Tensor>;

  /** @param start initial average; copied */
  constructor(
    start: Weights,
    readonly decay: number,
  ) {
    this.weights = new Map(
      [...start].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    );
  }

  /** @param updates number of updates that led to `current`, at least 1 */
  update(current: Weights, updates: number): void {
    const share = 1 - Math.min(this.decay, (1 + updates) / (10 + updates));
    for (const [name, { data }] of current) {
      const average = this.weights.get(name)?.data;
      if (average === undefined) continue;
      for (let i = 0; i < average.length; i++) {
        average[i]! += share * (data[i]! - average[i]!);
      }
    }
  }
}
