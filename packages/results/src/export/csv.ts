/** CSV as in RFC 4180, but with `\n`. */
import { toCsvLine } from './csv-line.js';
import { toFaceColumns, toFaceRows } from './face-columns.js';
import type { Formatter } from './formatter.js';

export function createCsvFormatter(labels: readonly string[]): Formatter {
  const columns = toFaceColumns(labels);
  let isBegun = false;
  const begin = () => {
    if (isBegun) return '';
    isBegun = true;
    return `${toCsvLine(columns.map(({ name }) => name))}\n`;
  };
  return {
    add(result) {
      const rows = toFaceRows(columns, result).map((cells) => `${toCsvLine(cells)}\n`);
      return begin() + rows.join('');
    },
    end: begin,
  };
}
