/**
 * From moments to text, moment by moment: no format needs to know how many will come.
 *
 * A formatter is made for one output (standard output, or one file), and its pieces in their order are the whole of it.
 */
import { createTableFormatter } from '../table/table.js';
import { PLAIN_LAYOUT, type TextLayout } from '../table/text-layout.js';
import { createCsvFormatter } from './csv.js';
import type { Formatter } from './formatter.js';
import { createJsonFormatter, createNdjsonFormatter } from './json.js';
import { createVttFormatter } from './vtt.js';

export const FORMATS = ['table', 'json', 'ndjson', 'csv', 'vtt'] as const;
export type Format = (typeof FORMATS)[number];

export interface FormatterOptions {
  /** Of the model, in their order. */
  readonly labels: readonly string[];
  /** Of the table; default {@link PLAIN_LAYOUT}. */
  readonly layout?: TextLayout;
}

export function createFormatter(
  format: Format,
  { labels, layout = PLAIN_LAYOUT }: FormatterOptions,
): Formatter {
  switch (format) {
    case 'table':
      return createTableFormatter(layout);
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
