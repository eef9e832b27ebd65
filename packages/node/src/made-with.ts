import type { Fact } from '@mien/results/report';
import { readVersion } from './read-version.js';

/** What every report says of its making. Neither machine nor person is named: reports are handed on. */
export function madeWith(date = new Date()): Fact[] {
  return [...madeBy(), ['date', `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`]];
}

/** The same without a date, for pages that must be the same whenever they are made. */
export function madeBy(): Fact[] {
  return [
    ['program', `Mien ${readVersion()}`],
    ['runtime', `Node ${process.version}, ${process.arch}`],
  ];
}
