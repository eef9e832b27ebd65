import type { EpochSummary } from '@mien/train';

/** Index of the epoch with the least loss on held-out pictures, which is the one that is kept. */
export function bestEpoch(history: readonly EpochSummary[]): number | undefined {
  if (history.length === 0) return undefined;
  return history.reduce((best, epoch, index) => (epoch.valLoss < history[best]!.valLoss ? index : best), 0);
}
