import { readVersion } from '../read-version.js';
import type { Fact } from './report.js';

/** What every report says of its making. Neither machine nor person is named: reports are handed on. */
export function madeWith(date = new Date()): Fact[] {
  return [
    ['program', `Mien ${readVersion()}`],
    ['date', `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ['runtime', `Node ${process.version}, ${process.arch}`],
  ];
}
