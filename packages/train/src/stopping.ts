/**
 * What a run decides from its history after every epoch: which epoch is the best, whether to lower the learning rate,
 * whether to stop. All of it is a function of the history alone, so that a resumed run has nothing to remember.
 *
 * Ref: Keras' ModelCheckpoint, ReduceLROnPlateau and EarlyStopping (`keras/callbacks.py`, 2.2).
 */
import type { EpochSummary } from './training-state.js';
import type { Monitor, Recipe } from './recipe/recipe.js';

type History = readonly EpochSummary[];

/** What ReduceLROnPlateau takes for an improvement at least; EarlyStopping and ModelCheckpoint take any. Keras' default. */
const PLATEAU_MIN_DELTA = 1e-4;

/** The first epoch that no other one is better than. */
export function bestEpoch(history: History, monitor: Monitor): EpochSummary | undefined {
  return history.reduce<EpochSummary | undefined>(
    (best, epoch) => (best === undefined || costOf(epoch, monitor) < costOf(best, monitor) ? epoch : best),
    undefined,
  );
}

/** EarlyStopping: whether `patience` epochs in a row were no better than the best. */
export function isOutOfPatience(history: History, { monitor, patience }: Recipe): boolean {
  const best = bestEpoch(history, monitor);
  return patience !== null && best !== undefined && history.length - 1 - history.indexOf(best) >= patience;
}

/**
 * ReduceLROnPlateau: what the learning rate of the next epoch is multiplied by. Every `patience` epochs in a row without
 * improvement multiply it by `factor`.
 */
export function plateauFactor(history: History, { monitor, reduceLearningRate }: Recipe): number {
  if (reduceLearningRate === null) return 1;
  let factor = 1;
  let lowest = Infinity;
  let waited = 0;
  for (const epoch of history) {
    const cost = costOf(epoch, monitor);
    if (cost < lowest - PLATEAU_MIN_DELTA) {
      lowest = cost;
      waited = 0;
    } else if (++waited >= reduceLearningRate.patience) {
      factor *= reduceLearningRate.factor;
      waited = 0;
    }
  }
  return factor;
}

function costOf(epoch: EpochSummary, monitor: Monitor): number {
  return monitor === 'val_loss' ? epoch.valLoss : -epoch.valAccuracy;
}
