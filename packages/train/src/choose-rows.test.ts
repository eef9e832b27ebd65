import { describe, expect, it } from 'vitest';
import { chooseRows } from './choose-rows.js';
import { tinyDataset } from './testing/tiny-problem.js';

describe('chooseRows', () => {
  const many = tinyDataset({ Training: 28_709, PublicTest: 3 });

  it("takes the last 20 % of Training in the order of the file, as Keras' validation_split", () => {
    const { trainRows, validationRows } = chooseRows(many, { fraction: 0.2 });
    expect([trainRows.length, validationRows.length]).toEqual([22_967, 5742]);
    expect([trainRows[0], trainRows.at(-1), validationRows[0], validationRows.at(-1)]).toEqual([0, 22_966, 22_967, 28_708]); // prettier-ignore
  });

  it('takes the last fifth of all rows, as the authors of the paper do', () => {
    const whole = tinyDataset({ Training: 28_709, PublicTest: 3589, PrivateTest: 3589 });
    const { trainRows, validationRows } = chooseRows(whole, { fractionOfAll: 0.2 });
    expect([trainRows.length, trainRows.at(-1)]).toEqual([28_709, 28_708]);
    expect([validationRows.length, validationRows[0]]).toEqual([7178, 28_709]);
  });

  it('takes all rows of another split', () => {
    const { trainRows, validationRows } = chooseRows(many, { split: 'PublicTest' });
    expect([trainRows.length, [...validationRows]]).toEqual([28_709, [28_709, 28_710, 28_711]]);
  });

  it('rejects data without rows for training or validation', () => {
    expect(() => chooseRows(many, { split: 'PrivateTest' })).toThrow(/no rows of the split PrivateTest/);
    expect(() => chooseRows(many, { split: 'Training' })).toThrow(
      /Training is the training split; validate on another split/,
    );
    const none = tinyDataset({ PublicTest: 3 });
    expect(() => chooseRows(none, { split: 'PublicTest' })).toThrow(/no rows of the training split Training/);
  });

  it('lists the splits to validate on', () => {
    expect(() => chooseRows(many, { split: 'PrivateTest' })).toThrow(
      /; use PublicTest \(--val-split\), or a part of Training \(--held-out 0\.1 or --validation-split 0\.2\)$/,
    );
    expect(() => chooseRows(tinyDataset({ Training: 3 }), { split: 'PublicTest' })).toThrow(
      /; use a part of Training \(--held-out 0\.1 or --validation-split 0\.2\)$/,
    );
  });
});
