/** Detects values that are not finite before anything is saved, and says where they occurred. */
import { MienError } from '@mien/core';
import type { Weights } from '@mien/core/nn';
import type { Progress } from './training-state.js';

const ADVICE = 'lower the learning rate; the last checkpoint is unchanged';

/** Adds epoch and batch to the error of a step that diverged. */
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

/** Weights can be broken one update before the loss shows it; such weights must not be saved. */
export function checkFiniteWeights(weights: Weights, { epoch, batch }: Progress): void {
  for (const [name, { data }] of weights) {
    if (data.every(Number.isFinite)) continue;
    throw new MienError(
      'DIVERGED',
      `training: weight ${name} is no longer finite (epoch ${epoch}, after ${batch} updates); ${ADVICE}`,
    );
  }
}

/** @param probabilities of the validation rows after `epoch` */
export function checkFiniteProbabilities(probabilities: Float32Array, epoch: number): void {
  if (probabilities.every(Number.isFinite)) return;
  throw new MienError(
    'DIVERGED',
    `training: the network's outputs are no longer finite after epoch ${epoch}; ${ADVICE}`,
  );
}
