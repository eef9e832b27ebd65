/**
 * CSV as in RFC 4180, but with `\n`: one row per face, and one row without values for a frame without faces.
 * docs/OUTPUTS.md documents the columns; new ones are only added at the end.
 */
import type { Face } from '@mien/core';
import type { FrameResult } from '../frame-result.js';
import { toCsvLine } from './csv-line.js';
import type { Formatter } from './formatter.js';

type Cell = string | number | boolean | undefined;
type Column = readonly [name: string, cell: (face: Face, index: number) => Cell];

const COLUMNS: readonly Column[] = [
  ['face', (_, index) => index + 1],
  ['id', ({ id }) => id],
  ['x', ({ box }) => box.x],
  ['y', ({ box }) => box.y],
  ['width', ({ box }) => box.width],
  ['height', ({ box }) => box.height],
  ['score', ({ score }) => score],
  ['quality', ({ quality }) => quality.verdict],
  ['unsure', ({ unsure }) => unsure],
  ['expression', ({ expression }) => expression],
  ['smoothed_expression', ({ smoothed }) => smoothed?.expression],
];

export function createCsvFormatter(labels: readonly string[]): Formatter {
  const columns: readonly Column[] = [
    ...COLUMNS,
    ...labels.map((label): Column => [label, ({ probabilities }) => probabilities[label]]),
    ...labels.map((label): Column => [`smoothed_${label}`, ({ smoothed }) => smoothed?.probabilities[label]]),
  ];
  const toRows = ({ source, timestampMs = 0, faces }: FrameResult): string => {
    const rows = faces.map((face, index) => columns.map(([, cell]) => cell(face, index)));
    const empty = [columns.map(() => undefined)];
    return (rows.length > 0 ? rows : empty).map((cells) => toLine([source, timestampMs, ...cells])).join('');
  };
  let isBegun = false;
  const begin = () => {
    if (isBegun) return '';
    isBegun = true;
    return toLine(['source', 'timestampMs', ...columns.map(([name]) => name)]);
  };
  return { add: (result) => begin() + toRows(result), end: begin };
}

function toLine(cells: readonly Cell[]): string {
  return `${toCsvLine(cells)}\n`;
}
