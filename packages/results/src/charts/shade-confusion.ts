/** How a confusion matrix is coloured: in report pages and in the studio. */

/** Colour steps; a style sheet has a rule for each. */
export const HEAT_STEPS = 20;

export interface ConfusionCell {
  /** Number of pictures. */
  readonly count: number;
  /** Of the pictures of this label, 0…1; NaN where it has none. */
  readonly share: number;
  /** 0…20. */
  readonly heat: number;
  /** Whether the label was read correctly: a cell of the diagonal. */
  readonly isHit: boolean;
}

/** @param confusion numbers of pictures: a row for each true label, a column for each label that was read */
export function shadeConfusion(confusion: readonly (readonly number[])[]): ConfusionCell[][] {
  return confusion.map((counts, truth) => {
    const support = counts.reduce((sum, value) => sum + value, 0);
    return counts.map((count, read) => {
      const share = support === 0 ? NaN : count / support;
      return {
        count,
        share,
        heat: Math.round((support === 0 ? 0 : share) * HEAT_STEPS),
        isHit: truth === read,
      };
    });
  });
}
