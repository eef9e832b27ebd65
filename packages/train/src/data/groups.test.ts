import { describe, expect, it } from 'vitest';
import type { Dataset } from './dataset.js';
import { parseGroups } from './groups.js';

const dataset = (sources?: readonly string[]): Dataset => ({
  count: 4,
  width: 1,
  height: 1,
  images: new Uint8Array(4),
  labels: new Uint8Array(4),
  labelNames: ['a'],
  splits: new Uint8Array(4),
  splitNames: ['test'],
  ...(sources === undefined ? {} : { sources }),
});
const files = dataset(['test/a/1.png', 'test/a/2.png', 'test/a/3.png', 'test/a/4.png']);
const parse = (text: string, data = files) => parseGroups(text, 'groups.csv', data);

describe('parseGroups', () => {
  it('reads groups by path; empty cells and pictures without a line are not known', () => {
    const [age, tone] = parse(
      'picture,age,"skin, tone"\r\ntest/a/3.png,60 and over,dark\r\n./test/a/1.png,,"""light"""\r\ntest\\a\\2.png,18 to 59,dark\r\n',
    );
    expect(age).toEqual({
      name: 'age',
      groups: ['18 to 59', '60 and over'],
      groupOf: Int16Array.of(-1, 0, 1, -1),
    });
    expect(tone).toEqual({
      name: 'skin, tone',
      groups: ['"light"', 'dark'],
      groupOf: Int16Array.of(0, 1, 1, -1),
    });
  });

  it('reads groups by row of a CSV collection, from 1', () => {
    const [age] = parse('row,age\n4,old\n1,young', dataset());
    expect(age?.groupOf).toEqual(Int16Array.of(1, -1, -1, 0));
  });

  it.each([
    ['', /it has no lines/],
    ['picture\ntest/a/1.png', /it has only one column/],
    ['picture,age,age\ntest/a/1.png,1,2', /its columns need names that differ/],
    ['picture,age\n', /it names no picture/],
    ['picture,age\ntest/a/1.png', /line 2 has 1 columns instead of 2/],
    ['picture,age\ntest/a/9.png,old', /line 2: the data has no picture 'test\/a\/9\.png'/],
    ['picture,age\ntest/a/1.png,old\ntest/a/1.png,old', /line 3: 'test\/a\/1\.png' has a line already/],
    ['picture,age\ntest/a/1.png,"old', /line 2 has a quote out of place/],
    ['picture,age\ntest/a/1.png,', /its column 'age' is empty/],
    [`picture,age\ntest/a/1.png,${'x'.repeat(101)}`, /is too long for a group's name/],
  ])('refuses %j in one line that says what to do', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(/^groups\.csv: .*; expected CSV with a header/);
  });

  it.each(['0', '5', '1.5', 'x'])('refuses row %s of four', (row) => {
    expect(() => parse(`row,age\n${row},old`, dataset())).toThrow(/the data has no picture/);
  });

  it('refuses a column of numbers rather than groups', () => {
    const many = { ...dataset(), count: 200, labels: new Uint8Array(200), splits: new Uint8Array(200) };
    const lines = Array.from({ length: 101 }, (_, i) => `${i + 1},${i}`);
    expect(() => parse(`row,age\n${lines.join('\n')}`, many)).toThrow(/101 groups, at most 100/);
  });
});
