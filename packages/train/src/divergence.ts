/** When a run leaves the range of numbers: it is found before anything is saved, and the message says where. */
import { MienError } from '@mien/core';
import type { Weights } from '@mien/core/nn';
import type { Progress } from './training-state.js';

const ADVICE = 'lower the learning rate; the last checkpoint stays as it was';

/** Says where in the run a step left the range of numbers. */
export function locateDivergence<T>({ epoch, batch }: Progress, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof MienError) || cause.code !== 'DIVERGED') throw cause;
    const what = cause.message.split(';')[0] ?? '';
    throw new MienError('DIVERGED', `${what} in epoch ${epoch}, batch ${batch + 1}; ${ADVICE}`, {
      cause,
    });
  }
}

/** A checkpoint shall never hold weights that the loss has not yet shown to be broken. */
export function checkFiniteWeights(weights: Weights, { epoch, batch }: Progress): void {
  for (const [name, { data }] of weights) {
    if (data.every(Number.isFinite)) continue;
    throw new MienError(
      'DIVERGED',
      `training: weight ${name} is no number any more (epoch ${epoch}, after ${batch} updates); ${ADVICE}`,
    );
  }
}

/** @param probabilities of the validation rows after `epoch` */
export function checkFiniteProbabilities(probabilities: Float32Array, epoch: number): void {
  if (probabilities.every(Number.isFinite)) return;
  throw new MienError(
    'DIVERGED',
    `training: what the network says is no number any more after epoch ${epoch}; ${ADVICE}`,
  );
}
