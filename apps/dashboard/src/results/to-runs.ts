import type { Recording } from '@mien/results';

type Columns = Recording['people'][number]['smoothed'];

export interface Run {
  /** Columns, the end exclusive. */
  readonly from: number;
  readonly to: number;
  readonly shown: number;
  readonly isUnsure: boolean;
}

/** Neighbouring columns with the same reading as one; gaps where nobody was seen stay out. */
export function toRuns(columns: Columns): Run[] {
  const runs: Run[] = [];
  columns.forEach((column, index) => {
    if (column === undefined) return;
    const { shown, isUnsure } = column;
    const last = runs.at(-1);
    const continues = last?.to === index && last.isUnsure === isUnsure && (isUnsure || last.shown === shown);
    if (continues) runs[runs.length - 1] = { ...last, to: index + 1 };
    else runs.push({ from: index, to: index + 1, shown, isUnsure });
  });
  return runs;
}
