/**
 * The analysis of a picture as a table for people: the box of each face, and below it the probability of each label as a
 * bar, with the highest marked.
 *
 *   portrait.png  512×512  1 face
 *   1  happy  at 183,69  132×132
 *        angry      0.4 %
 *      ▸ happy     93.1 %  ██████████████████▋
 */
import type { Face } from '@mien/core';
import type { FrameResult } from '../frame-result.js';
import { toPrintable } from '../words/printable.js';
import { describeDoubt } from './doubt.js';
import type { TextLayout } from './text-layout.js';

const MAX_BAR_COLUMNS = 30;
/** A shorter bar would show nothing. */
const MIN_BAR_COLUMNS = 4;
/** One eighth to eight eighths of a column. */
const EIGHTHS = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const;

export function toTable({ source, width, height, faces }: FrameResult, layout: TextLayout): string {
  const count =
    faces.length === 0 ? 'no face found' : faces.length === 1 ? '1 face' : `${faces.length} faces`;
  const title = `${layout.style('bold', toPrintable(source))}  ${width}×${height}  ${count}\n`;
  return `${title}${faces.map((face, index) => toRows(face, index + 1, layout)).join('')}\n`;
}

function toRows(face: Face, number: number, layout: TextLayout): string {
  const { box, probabilities, expression } = face;
  const [x, y, width, height] = [box.x, box.y, box.width, box.height].map(Math.round);
  const place = `at ${x},${y}  ${width}×${height}`;
  const doubt = describeDoubt(face);
  const head = `${number}  ${layout.style('bold', expression)}${doubt === undefined ? '' : `  ${doubt}`}  ${layout.style('dim', place)}`;
  const labelColumns = Math.max(...Object.keys(probabilities).map((label) => label.length));
  const barColumns = Math.min(
    MAX_BAR_COLUMNS,
    layout.columns - '   ▸ '.length - labelColumns - ' 100.0 %  '.length,
  );
  const rows = Object.entries(probabilities).map(([label, probability]) => {
    const isResult = label === expression;
    const percent = `${(probability * 100).toFixed(1).padStart(5)} %`;
    const bar = barColumns < MIN_BAR_COLUMNS ? '' : `  ${toBar(probability, barColumns)}`;
    const row = `   ${isResult ? '▸' : ' '} ${label.padEnd(labelColumns)} ${percent}${bar}`.trimEnd();
    return isResult ? layout.style('green', row) : row;
  });
  return [head, ...rows, ''].join('\n');
}

/** A horizontal bar, exact to an eighth of a column. */
export function toBar(fraction: number, columns: number): string {
  const eighths = Math.round(fraction * columns * EIGHTHS.length);
  const rest = eighths % EIGHTHS.length;
  return (
    EIGHTHS[7].repeat(Math.floor(eighths / EIGHTHS.length)) + (rest === 0 ? '' : (EIGHTHS[rest - 1] ?? ''))
  );
}
