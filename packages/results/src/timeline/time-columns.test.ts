import { describe, expect, it } from 'vitest';
import { COLUMNS, CrowdColumns, TimeColumns, type Reading } from './time-columns.js';

const reading = (first: number, over: Partial<Reading> = {}): Reading => ({
  probabilities: [first, 1 - first],
  shown: first >= 0.5 ? 0 : 1,
  isUnsure: false,
  ...over,
});

describe('TimeColumns', () => {
  it('is empty where nothing was seen', () => {
    const columns = new TimeColumns({ startMs: 0, endMs: 1 }, 2).toColumns();
    expect(columns).toEqual(new Array(COLUMNS).fill(undefined));
  });

  it('spreads few frames over the columns that they hold for', () => {
    const collected = new TimeColumns({ startMs: 5000, endMs: 9000 }, 2);
    collected.add(reading(0.75), 5000, 6000);
    collected.add(reading(0.25, { isUnsure: true }), 8000, 9000);
    const columns = collected.toColumns();
    const quarter = COLUMNS / 4;
    columns.forEach((column, index) => {
      if (index < quarter) expect(column).toEqual(reading(0.75));
      else if (index < 3 * quarter) expect(column).toBeUndefined();
      else expect(column).toEqual(reading(0.25, { isUnsure: true }));
    });
  });

  it('is the mean of many frames by the time that they hold, and shows what held for the longest', () => {
    const collected = new TimeColumns({ startMs: 0, endMs: COLUMNS * 100 }, 2);
    // In the first column: 35 ms, then 45 ms unsure, then 20 ms, of the last of which more lies in the next column.
    collected.add(reading(1), 0, 35);
    collected.add(reading(0.2, { isUnsure: true }), 35, 80);
    collected.add(reading(0.6), 80, 150);
    const [first, second, third] = collected.toColumns();
    const mean = 0.35 * 1 + 0.45 * 0.2 + 0.2 * 0.6;
    expect(first?.probabilities).toEqual(
      [mean, 1 - mean].map((value) => expect.closeTo(value, 12) as number),
    );
    // No frame holds for longer than the unsure one, but together those of the first label do.
    expect(first).toMatchObject({ shown: 0, isUnsure: false });
    expect(second).toEqual({ ...reading(0.6), probabilities: [0.6, 0.4] });
    expect(third).toBeUndefined();
  });

  it.each([
    ['five a second for ten hours', 180_000, 200],
    ['at 29.97 frames a second', 997, 1001 / 30],
    ['three', 3, 1000 / 3],
  ])('loses and adds nothing: %s', (_, count, stepMs) => {
    const span = { startMs: 12_345.678, endMs: 12_345.678 + count * stepMs };
    const collected = new TimeColumns(span, 2);
    let expected = 0;
    for (let index = 0; index < count; index++) {
      const value = Math.abs(Math.sin(index));
      const from = span.startMs + index * stepMs;
      collected.add(reading(value), from, from + stepMs);
      expected += value / count;
    }
    const columns = collected.toColumns();
    expect(columns.every((column) => column !== undefined)).toBe(true);
    const mean = columns.reduce((sum, column) => sum + (column?.probabilities[0] ?? NaN) / COLUMNS, 0);
    expect(mean).toBeCloseTo(expected, 9);
    for (const column of columns) {
      expect((column?.probabilities[0] ?? NaN) + (column?.probabilities[1] ?? NaN)).toBeCloseTo(1, 9);
    }
  });

  it('takes a rounding error of a time for none', () => {
    const collected = new TimeColumns({ startMs: 0, endMs: COLUMNS }, 2);
    collected.add(reading(1), 0, 3 + 1e-9);
    expect(collected.toColumns().filter(Boolean)).toHaveLength(3);
  });

  it('leaves out what lies beyond the span', () => {
    const collected = new TimeColumns({ startMs: 0, endMs: COLUMNS }, 2);
    collected.add(reading(1), -50, 1);
    collected.add(reading(1), COLUMNS - 1, COLUMNS + 50);
    expect(collected.toColumns().flatMap((column, index) => (column ? [index] : []))).toEqual([
      0,
      COLUMNS - 1,
    ]);
  });
});

it('CrowdColumns counts those who are there at the same time', () => {
  const crowd = new CrowdColumns({ startMs: 0, endMs: COLUMNS * 2 });
  crowd.add(0, 4);
  crowd.add(2, 6);
  crowd.add(2, 3);
  expect(crowd.toColumns().slice(0, 4)).toEqual([1, 2.5, 1, 0]);
});
