import type { Fact } from '@mien/results/report';
import { readVersion } from './read-version.js';

/** Program, runtime and date, for reports. Nothing identifies the machine or the person, because reports are shared. */
export function madeWith(date = new Date()): Fact[] {
  return [...madeBy(), ['date', `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`]];
}

/** The same without a date, for pages that must be reproducible. */
export function madeBy(): Fact[] {
  return [
    ['program', `Mien ${readVersion()}`],
    ['runtime', `Node ${process.version}, ${process.arch}`],
  ];
}
