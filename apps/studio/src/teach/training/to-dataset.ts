/** Gathered pictures as a dataset, a part of each label being held out. */
import { heldOutFraction, type Dataset } from '@mien/train';
import type { GatheredData } from './messages.js';

/** The first is the training split. */
export const SPLITS = ['training', 'held out'] as const;

/**
 * A share of every label is held out, at least one picture, chosen by a hash of the pixels: the same ones whatever the
 * order. Equal pictures are on the same side, as far as one is left to train on.
 *
 * @param share 0…1
 */
export function toDataset({ width, height, labels }: GatheredData, share: number): Dataset {
  const size = width * height;
  const count = labels.reduce((sum, { images }) => sum + images.length / size, 0);
  const images = new Uint8Array(count * size);
  const labelOfRow = new Uint8Array(count);
  let row = 0;
  labels.forEach(({ images: some }, label) => {
    images.set(some, row * size);
    labelOfRow.fill(label, row, row + some.length / size);
    row += some.length / size;
  });
  const dataset = {
    ...{ count, width, height, images, labels: labelOfRow },
    labelNames: labels.map(({ name }) => name),
    splits: new Uint8Array(count),
    splitNames: SPLITS,
  };
  labels.forEach((_, label) => holdOut(dataset, label, share));
  return dataset;
}

function holdOut(dataset: Dataset, label: number, share: number): void {
  const rows = [...dataset.labels.keys()]
    .filter((row) => dataset.labels[row] === label)
    .map((row) => ({ row, fraction: heldOutFraction(dataset, row) }))
    .toSorted((a, b) => a.fraction - b.fraction);
  let count = Math.min(rows.length - 1, Math.max(1, Math.round(rows.length * share)));
  while (count < rows.length - 1 && rows[count]?.fraction === rows[count - 1]?.fraction) count++;
  for (const { row } of rows.slice(0, Math.max(0, count))) dataset.splits[row] = 1;
}
