import { describe, expect, it } from 'vitest';
import { hottestRegions, REGIONS } from './hottest-regions.js';

const at = (...hot: readonly (readonly [row: number, column: number, value: number])[]) => {
  const heat = new Float32Array(48 * 48);
  for (const [row, column, value] of hot) heat[row * 48 + column] = value;
  return hottestRegions({ heat, height: 48, width: 48 });
};

describe('hottestRegions', () => {
  it('names each ninth of the crop', () => {
    const named = REGIONS.map((_, index) => at([8 + 16 * Math.floor(index / 3), 8 + 16 * (index % 3), 1]));
    expect(named).toEqual(REGIONS.map((region) => [region]));
  });

  it('names a second one that is almost as hot, after the hottest', () => {
    expect(at([2, 2, 0.9], [40, 24, 1])).toEqual(['lower', 'upperLeft']);
    expect(at([2, 2, 0.5], [40, 24, 1])).toEqual(['lower']);
  });

  it('names none where there is no heat', () => {
    expect(at()).toEqual([]);
  });
});
