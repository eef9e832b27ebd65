import type { Grouping } from '../data/groups.js';
import type { Predictions } from '../predictions.js';
import { measureAccuracy, type MeasuredAccuracy } from './assess.js';

/** With fewer pictures, the interval of an accuracy is wider than 20 points. */
export const MIN_GROUP_PICTURES = 100;

export interface MeasuredGroup {
  readonly group: string;
  readonly count: number;
  /** Fewer than {@link MIN_GROUP_PICTURES} pictures: its figures say little. */
  readonly isSmall: boolean;
  /** `null` where none of its pictures was measured. */
  readonly figures: MeasuredAccuracy | null;
}

export interface MeasuredGrouping {
  readonly name: string;
  readonly groups: readonly MeasuredGroup[];
  /** Measured pictures whose group is not known. */
  readonly unknown: number;
}

/** Every figure with its interval, of each group among the measured pictures. */
export function measureGroups(
  predictions: Predictions,
  labels: readonly string[],
  groupings: readonly Grouping[],
): MeasuredGrouping[] {
  const { rows } = predictions;
  return groupings.map(({ name, groups, groupOf }) => {
    const measured = groups.map((group, position): MeasuredGroup => {
      const indices = [...rows.keys()].filter((index) => groupOf[rows[index]!] === position);
      return {
        group,
        count: indices.length,
        isSmall: indices.length < MIN_GROUP_PICTURES,
        figures: indices.length === 0 ? null : measureAccuracy(predictions, labels, indices),
      };
    });
    return {
      name,
      groups: measured,
      unknown: rows.length - measured.reduce((sum, { count }) => sum + count, 0),
    };
  });
}
