import type { Dataset, Rows } from '@mien/train';
import type { DataCounts } from './report.js';

/** Counts the labels in named parts of a dataset. */
export function toDataCounts(
  { labelNames, labels }: Dataset,
  parts: readonly (readonly [name: string, rows: Rows])[],
): DataCounts {
  return {
    labels: labelNames,
    parts: parts.map(([name, rows]) => {
      const counts = labelNames.map(() => 0);
      for (const row of rows) {
        const label = labels[row] ?? 0;
        counts[label] = (counts[label] ?? 0) + 1;
      }
      return { name, counts };
    }),
  };
}
