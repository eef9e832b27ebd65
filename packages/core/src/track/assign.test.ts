import { describe, expect, it } from 'vitest';
import { assign, FORBIDDEN } from './assign.js';

/** Lowest total cost, by trying all assignments; a row without a column costs FORBIDDEN. */
function cheapest(costs: number[][], columns: number, row = 0, taken = new Set<number>()): number {
  if (row === costs.length) return 0;
  let best = FORBIDDEN + cheapest(costs, columns, row + 1, taken);
  for (let column = 0; column < columns; column++) {
    if (taken.has(column)) continue;
    taken.add(column);
    best = Math.min(best, costs[row]![column]! + cheapest(costs, columns, row + 1, taken));
    taken.delete(column);
  }
  return best;
}

function totalOf(costs: number[][], columnOf: number[]): number {
  return columnOf.reduce((sum, column, row) => sum + (column < 0 ? FORBIDDEN : costs[row]![column]!), 0);
}

describe('assign', () => {
  it('handles no rows and no columns', () => {
    expect(assign([], 3)).toEqual([]);
    expect(assign([[], []], 0)).toEqual([-1, -1]);
  });

  it('gives up the nearest pair if that lowers the total', () => {
    // Greedy would take 0 (row 0, column 0) and be left with 10.
    expect(
      assign(
        [
          [0, 1],
          [1, 10],
        ],
        2,
      ),
    ).toEqual([1, 0]);
  });

  it('never assigns a forbidden pair', () => {
    expect(
      assign(
        [
          [FORBIDDEN, FORBIDDEN],
          [0.5, FORBIDDEN],
        ],
        2,
      ),
    ).toEqual([-1, 0]);
  });

  it('has the lowest total cost of all assignments, with each column used once', () => {
    let state = 7;
    const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let trial = 0; trial < 400; trial++) {
      const [rows, columns] = [Math.floor(random() * 6), Math.floor(random() * 6)];
      const costs = Array.from({ length: rows }, () =>
        Array.from({ length: columns }, () => (random() < 0.3 ? FORBIDDEN : Math.floor(random() * 8))),
      );
      const columnOf = assign(costs, columns);
      expect(totalOf(costs, columnOf)).toBe(cheapest(costs, columns));
      const used = columnOf.filter((column) => column >= 0);
      expect(new Set(used).size).toBe(used.length);
    }
  });
});
