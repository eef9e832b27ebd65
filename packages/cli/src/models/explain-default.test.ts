import { describe, expect, it } from 'vitest';
import { explainDefault, figuresOf } from './explain-default.js';

const manifestOf = (publicTest: number, posed: number, macs: number) => ({
  metrics: {
    'FER2013 PublicTest': { accuracy: publicTest, meanOfTenCorruptions: 0.5 },
    'posed faces': { accuracy: posed },
  },
  cost: { macs },
});
const small = figuresOf('small', manifestOf(0.66, 0.74, 5.5e6));
const large = figuresOf('large', manifestOf(0.71, 0.8, 79e6));

describe('explainDefault', () => {
  it('names the figures, and what is more accurate at what cost', () => {
    expect(explainDefault([large, small], 'small').split('\n')).toEqual([
      'small is the default: the most accurate network, by FER2013 PublicTest and posed faces, that leaves a camera frame within 8 ms (66.0 % on PublicTest, 74.0 % on posed faces, 50.0 % on worse pictures, 5.5 million MACs a face)',
      '  beside it, large: 71.0 % on PublicTest, 80.0 % on posed faces, 50.0 % on worse pictures, 79.0 million MACs a face; more accurate at 14.4 times the cost, choose it with --model large',
      '',
    ]);
    expect(explainDefault([large, small], 'large')).toMatch(/beside it, small: 66[^;]*a face\n$/);
  });

  it('says what was not measured, and nothing without the default', () => {
    const odd = figuresOf('odd', { metrics: { 'posed faces': { accuracy: 'high' } }, cost: 7 });
    expect(explainDefault([small, odd], 'small')).toContain('\n  beside it, odd: not measured\n');
    expect(explainDefault([large], 'small')).toBe('');
  });
});
