import { describe, expect, it } from 'vitest';
import type { EpochSummary } from './training-state.js';
import { PRESETS } from './recipe/presets.js';
import { bestEpoch, isOutOfPatience, plateauFactor } from './stopping.js';

/** A history of which only the validation loss matters. */
const historyOf = (...valLosses: number[]): EpochSummary[] =>
  valLosses.map((valLoss, index) => ({
    epoch: index + 1,
    loss: 1,
    accuracy: 0.5,
    valLoss,
    valAccuracy: 1 - valLoss,
    learningRate: 0.1,
    seconds: 1,
  }));

describe('bestEpoch', () => {
  it('is the first of the lowest losses, or of the highest accuracies', () => {
    const history = historyOf(0.9, 0.5, 0.7, 0.5);
    expect(bestEpoch(history, 'val_loss')?.epoch).toBe(2);
    expect(bestEpoch(history, 'val_accuracy')?.epoch).toBe(2);
    expect(bestEpoch([], 'val_loss')).toBeUndefined();
  });
});

describe('isOutOfPatience', () => {
  const recipe = { ...PRESETS.paper, patience: 2 };

  it('is so after as many epochs without a better one', () => {
    expect(isOutOfPatience([], recipe)).toBe(false);
    expect(isOutOfPatience(historyOf(0.5, 0.6), recipe)).toBe(false);
    expect(isOutOfPatience(historyOf(0.5, 0.6, 0.5), recipe)).toBe(true);
    expect(isOutOfPatience(historyOf(0.5, 0.6, 0.4), recipe)).toBe(false);
  });

  it('never is without patience', () => {
    expect(isOutOfPatience(historyOf(...Array<number>(500).fill(1)), { ...recipe, patience: null })).toBe(
      false,
    );
  });
});

/** Keras' ReduceLROnPlateau.on_epoch_end, statement for statement, as the oracle. */
function kerasRates(losses: readonly number[], rate: number, factor: number, patience: number): number[] {
  let [best, wait, lr] = [Infinity, 0, rate];
  return losses.map((current) => {
    if (current < best - 1e-4) {
      best = current;
      wait = 0;
    } else {
      wait += 1;
      if (wait >= patience) {
        lr = Math.max(lr * factor, 0);
        wait = 0;
      }
    }
    return lr;
  });
}

describe('plateauFactor', () => {
  const recipe = {
    ...PRESETS.paper,
    reduceLearningRate: { factor: 0.5, patience: 2, minLearningRate: 0 },
  };

  it.each([
    [[]],
    [[0.5, 0.4, 0.3, 0.2]],
    [[0.5, 0.5, 0.5, 0.5, 0.5, 0.5]],
    [[0.5, 0.6, 0.4, 0.45, 0.41, 0.3999, 0.39]],
    [[1, 0.99995, 0.9999, 0.99985, 0.5, 0.6, 0.7, 0.4]],
  ])('follows Keras over %j', (losses) => {
    const factors = losses.map((_, index) => plateauFactor(historyOf(...losses.slice(0, index + 1)), recipe));
    expect(factors).toEqual(kerasRates(losses, 1, 0.5, 2));
  });

  it('leaves the rate alone where none is asked for', () => {
    expect(plateauFactor(historyOf(1, 1, 1, 1, 1, 1), PRESETS.paper)).toBe(1);
  });

  it('follows the accuracy where that is what is watched', () => {
    const history = historyOf(0.5, 0.4, 0.3).map((epoch) => ({ ...epoch, valAccuracy: 0.5 }));
    expect(plateauFactor(history, { ...recipe, monitor: 'val_accuracy' })).toBe(0.5);
    expect(plateauFactor(history, recipe)).toBe(1);
  });
});
