import { describe, expect, it } from 'vitest';
import { toColumns, toCount, toMagnitude, toSize } from './print-columns.js';

describe('toColumns', () => {
  it('aligns text left and numbers right, without trailing spaces', () => {
    const columns = [{ head: 'name' }, { head: 'size', align: 'right' }, { head: 'note' }] as const;
    const rows = [
      ['ä', '1', 'x'],
      ['longer', '12345', ''],
    ];
    expect(toColumns(columns, rows)).toBe(
      ['name     size  note', 'ä           1  x', 'longer  12345', ''].join('\n'),
    );
  });

  it('is only the header if there are no rows', () => {
    expect(toColumns([{ head: 'a' }, { head: 'b' }], [])).toBe('a  b\n');
  });
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 KB'],
  [131_526, '132 KB'],
  [999_499, '999 KB'],
  [999_500, '1.00 MB'],
  [12_345_678, '12.3 MB'],
])('%d bytes are %s', (bytes, text) => {
  expect(toSize(bytes)).toBe(text);
});

it('groups digits by three, and shortens large numbers', () => {
  expect([0, 999, 1000, 58_423, 1_234_567].map(toCount)).toEqual([
    '0',
    '999',
    '1 000',
    '58 423',
    '1 234 567',
  ]);
  expect([7, 4_680, 80_000_000].map(toMagnitude)).toEqual(['7', '4.68 K', '80.0 M']);
});
