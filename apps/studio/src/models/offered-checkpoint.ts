/** What `mien studio --models` says of each checkpoint, and the order in which they are offered. */
import type { Checkpoint } from '../state/readers.js';

/** As `mien studio` describes a checkpoint. */
export interface Offered extends Omit<Checkpoint, 'file'> {
  readonly name: string;
  readonly url: string;
  readonly sizeBytes: number;
}

/** Run by run as they came; within a run the best first, then by the measure that chose it, then by name. */
export function inOrder(offered: readonly Offered[]): readonly Offered[] {
  const runs = [...new Set(offered.map(({ run }) => run))];
  return runs.flatMap((run) =>
    offered
      .filter((one) => one.run === run)
      .toSorted(
        (a, b) => Number(b.isBest) - Number(a.isBest) || lossOf(a) - lossOf(b) || (a.name < b.name ? -1 : 1),
      ),
  );
}

/** The lower, the better; unknown figures come last. */
function lossOf({ measure, valAccuracy, valLoss }: Offered): number {
  return (measure === 'val_loss' ? valLoss : valAccuracy === null ? null : 1 - valAccuracy) ?? 1e9;
}

export function isOffered(value: unknown): value is Offered {
  const one = (value ?? {}) as Partial<Record<keyof Offered, unknown>>;
  const { run, name, url, sizeBytes, isBest, measure } = one;
  const isFigure = (figure: unknown): boolean => figure === null || typeof figure === 'number';
  return (
    typeof run === 'string' &&
    typeof name === 'string' &&
    typeof url === 'string' &&
    url.startsWith('./models/') &&
    typeof sizeBytes === 'number' &&
    typeof isBest === 'boolean' &&
    (measure === 'val_accuracy' || measure === 'val_loss') &&
    isFigure(one.epoch) &&
    isFigure(one.valAccuracy) &&
    isFigure(one.valLoss)
  );
}
