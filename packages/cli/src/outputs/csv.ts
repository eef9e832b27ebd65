/**
 * CSV as RFC 4180 has it, with `\n`: one row a face, and one row without a face where none was found.
 * The columns are documented in docs/OUTPUTS.md; new ones are only added after the last.
 */
import type { Formatter } from './formatter.js';
import { numberOf, type Moment, type MomentFace } from './moment.js';

type Cell = string | number | boolean | undefined;

const COLUMNS: readonly (readonly [name: string, cell: (face: MomentFace, index: number) => Cell])[] = [
  ['face', (_, index) => index + 1],
  ['id', (face, index) => numberOf(face, index)],
  ['x', ({ box }) => box.x],
  ['y', ({ box }) => box.y],
  ['width', ({ box }) => box.width],
  ['height', ({ box }) => box.height],
  ['score', ({ score }) => score],
  ['expression', ({ expression }) => expression],
];

export function createCsvFormatter(labels: readonly string[]): Formatter {
  const head = ['source', 'timestampMs', ...COLUMNS.map(([name]) => name), ...labels];
  let isBegun = false;
  const begin = () => {
    if (isBegun) return '';
    isBegun = true;
    return toLine(head);
  };
  return {
    add: (moment) => begin() + toRows(moment, labels),
    end: begin,
  };
}

function toRows({ source, timestampMs = 0, faces }: Moment, labels: readonly string[]): string {
  if (faces.length === 0)
    return toLine([source, timestampMs, ...COLUMNS.map(() => undefined), ...labels.map(() => undefined)]);
  return faces
    .map((face, index) =>
      toLine([
        source,
        timestampMs,
        ...COLUMNS.map(([, cell]) => cell(face, index)),
        ...labels.map((label) => face.probabilities[label]),
      ]),
    )
    .join('');
}

function toLine(cells: readonly Cell[]): string {
  return `${cells.map(toCell).join(',')}\n`;
}

function toCell(cell: Cell): string {
  const text = cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
