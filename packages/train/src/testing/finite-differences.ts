import type { TrainingSession } from '../session/training-session.js';
import { tensorOf } from './golden-formula.js';

/** One value of a weight. */
export interface ComparedGradient {
  /** `<weight>[<index>]` */
  readonly place: string;
  readonly weight: string;
  readonly value: number;
  /** As the session computes it. */
  readonly gradient: number;
  /** The slope of the mean loss from `value` − step to `value` + step. */
  readonly slope: number;
}

export interface FiniteDifferenceOptions {
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  /** Pictures in the batch. */
  readonly count: number;
  readonly step: number;
  /** Approximate number of values to compare per weight. */
  readonly valuesPerWeight: number;
}

/** Compares gradients of the mean loss with central differences, for some values of every weight. */
export function* compareWithFiniteDifferences(
  session: Pick<TrainingSession, 'computeGradients' | 'gradients' | 'load' | 'weights'>,
  { inputs, targets, count, step, valuesPerWeight }: FiniteDifferenceOptions,
): Generator<ComparedGradient, void, void> {
  session.computeGradients(inputs, targets, count);
  const [gradients, weights] = [session.gradients(), session.weights()];
  for (const [weight, gradient] of gradients) {
    const { data } = tensorOf(weights, weight);
    const lossAt = (index: number, value: number): number => {
      data[index] = value;
      session.load(weights);
      return session.computeGradients(inputs, targets, count).lossSum / count;
    };
    for (let i = 0; i < data.length; i += Math.ceil(data.length / valuesPerWeight)) {
      const value = data[i] ?? NaN;
      const slope = (lossAt(i, value + step) - lossAt(i, value - step)) / (2 * step);
      data[i] = value;
      yield { place: `${weight}[${i}]`, weight, value, gradient: gradient.data[i] ?? NaN, slope };
    }
  }
}
