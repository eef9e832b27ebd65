import { expect, it } from 'vitest';
import { toCsvLine } from './csv-line.js';

it('quotes what would end a cell', () => {
  expect(toCsvLine(['a,b', 'say "hi"', 'two\nlines', 'plain', undefined, true])).toBe(
    '"a,b","say ""hi""","two\nlines",plain,,true',
  );
});

it('keeps spreadsheets from running text as a formula, and leaves numbers alone', () => {
  expect(toCsvLine(['=cmd+1.png', '@at.png', '+x', '-2+3', '\t=1'])).toBe(
    "'=cmd+1.png,'@at.png,'+x,'-2+3,'\t=1",
  );
  expect(toCsvLine([-1.5, '-0.25', '+3', '-1e-7', '-'])).toBe("-1.5,-0.25,+3,-1e-7,'-");
});
