import { describe, expect, it } from 'vitest';
import { orderLabels } from './order-labels.js';
import { tinyDataset } from './testing/tiny-problem.js';

const dataset = {
  ...tinyDataset({ Training: 3 }),
  softLabels: Float32Array.of(1, 0, 0, 0, 0.75, 0.25, 0, 0, 1),
};

describe('orderLabels', () => {
  it("numbers labels in the order of the model's outputs", () => {
    const ordered = orderLabels(dataset, ['rows', 'flat', 'none', 'columns'], 'm');
    expect(ordered.labelNames).toEqual(['rows', 'flat', 'none', 'columns']);
    expect([...ordered.labels]).toEqual([1, 3, 0]);
    expect([...ordered.softLabels!]).toEqual([0, 1, 0, 0, 0.25, 0, 0, 0.75, 1, 0, 0, 0]);
  });

  it('returns the same dataset when the order is the same', () => {
    expect(orderLabels(dataset, ['flat', 'columns', 'rows'], 'm')).toBe(dataset);
  });

  it('names the labels of both when one is missing', () => {
    expect(() => orderLabels(dataset, ['happy', 'flat'], 'train: the network x')).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message:
          'train: the network x does not know all labels of the data: columns, rows (it knows happy, flat; the data has flat, columns, rows); give data or a model with the same labels',
      }) as Error,
    );
  });
});
