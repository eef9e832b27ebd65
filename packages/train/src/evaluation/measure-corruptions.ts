import type { OnProgress } from '../progress.js';
import type { Rows } from '../data/dataset.js';
import { corrupt, CORRUPTION_LEVELS, CORRUPTIONS, STRENGTHS, type Corruption, type Strength } from './corruptions.js'; // prettier-ignore
import { hitsOf } from './readings.js';
import type { ViewReader } from './view-reader.js';

/** Accuracy on pictures made worse. */
export interface CorruptionResults {
  readonly byKind: Readonly<Partial<Record<Corruption, Readonly<Record<Strength, number>>>>>;
  /** Mean accuracy over the kinds at each strength. */
  readonly means: Readonly<Record<Strength, number>>;
  /** At middle strength without JPEG: the figure that docs/LOG.md gives of several models; where all were measured. */
  readonly meanOfTen?: number;
}

/** @param progressOf called with what is being measured, and then with the pictures done */
export async function measureCorruptions(
  reader: ViewReader,
  rows: Rows,
  classes: number,
  kinds: readonly Corruption[],
  progressOf: (what: string) => OnProgress,
): Promise<CorruptionResults> {
  const byKind: Partial<Record<Corruption, Record<Strength, number>>> = {};
  for (const kind of kinds) {
    const accuracies: [Strength, number][] = [];
    for (const strength of STRENGTHS) {
      const change = corrupt(kind, CORRUPTION_LEVELS[kind][strength]);
      const readings = await reader.read(rows, 'one', change, progressOf(`measuring ${kind}, ${strength}`));
      accuracies.push([strength, meanOf(hitsOf(readings, classes))]);
    }
    byKind[kind] = Object.fromEntries(accuracies) as Record<Strength, number>;
  }
  return summarize(byKind);
}

function summarize(byKind: Partial<Record<Corruption, Record<Strength, number>>>): CorruptionResults {
  const kinds = Object.values(byKind);
  const means = Object.fromEntries(
    STRENGTHS.map((strength) => [strength, meanOf(kinds.map((kind) => kind[strength]))]),
  ) as Record<Strength, number>;
  const ten = CORRUPTIONS.filter((kind) => kind !== 'jpeg').map((kind) => byKind[kind]?.middle);
  const isWhole = ten.every((accuracy) => accuracy !== undefined);
  return { byKind, means, ...(isWhole ? { meanOfTen: meanOf(ten) } : {}) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
