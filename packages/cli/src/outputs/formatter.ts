/**
 * From moments to text, moment by moment: no format needs to know how many will come.
 *
 * A formatter is made for one output (standard output, or one file), and its pieces in their order are the whole of it.
 */
import type { Terminal } from '../terminal/terminal.js';
import { createCsvFormatter } from './csv.js';
import { createJsonFormatter, createNdjsonFormatter } from './json.js';
import type { Moment } from './moment.js';
import { createTableFormatter } from './table.js';
import { createVttFormatter } from './vtt.js';

export const FORMATS = ['table', 'json', 'ndjson', 'csv', 'vtt'] as const;
export type Format = (typeof FORMATS)[number];

export interface Formatter {
  add(moment: Moment): string;
  /** What stands after the last moment. */
  end(): string;
}

export interface FormatterOptions {
  /** Of the model, in their order. */
  readonly labels: readonly string[];
  readonly terminal: Terminal;
}

export function createFormatter(format: Format, { labels, terminal }: FormatterOptions): Formatter {
  switch (format) {
    case 'table':
      return createTableFormatter(terminal);
    case 'json':
      return createJsonFormatter();
    case 'ndjson':
      return createNdjsonFormatter();
    case 'csv':
      return createCsvFormatter(labels);
    case 'vtt':
      return createVttFormatter();
    default:
      return format satisfies never;
  }
}
