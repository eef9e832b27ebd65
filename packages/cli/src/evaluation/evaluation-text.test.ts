import type { ModelMeasurement } from '@mien/train';
import { expect, it } from 'vitest';
import { toMarkdown } from './evaluation-text.js';

const INTERVAL = { low: 0.1, high: 0.9 };
const FIGURES = { accuracy: 0.5, count: 2, interval: INTERVAL };
/** Only what a table of groups needs has a meaning. */
const MEASUREMENT = {
  evaluation: { labels: ['happy'], perClass: [], confusion: [[2]], ece: 0, nll: 0 },
  accuracy: { ...FIGURES, accuracyInterval: INTERVAL, macroF1: 0, macroF1Interval: INTERVAL },
  assessment: {
    selective: { accuracyAt80: 1 },
    byMargin: { sure: FIGURES, unsure: FIGURES, minMargin: 0.2 },
  },
  groups: [{ name: 'age|sex', unknown: 0, groups: [{ group: 'old|woman', count: 2, figures: null }] }],
} as unknown as ModelMeasurement;

it('keeps the cells of Markdown apart where names hold a |', () => {
  const text = toMarkdown({ model: 'nano', data: 'faces', part: 'test' }, MEASUREMENT);
  expect(text).toContain('| age\\|sex | pictures |');
  expect(text).toContain('| old\\|woman | 2 | – |');
});
