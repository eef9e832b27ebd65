/** Creates the formatter of each output format. */
import { createListFormatter } from '../table/list.js';
import { createTableFormatter } from '../table/table.js';
import { PLAIN_LAYOUT, type TextLayout } from '../table/text-layout.js';
import { createCsvFormatter } from './csv.js';
import type { Formatter } from './formatter.js';
import { createJsonFormatter, createNdjsonFormatter } from './json.js';
import { createVttFormatter } from './vtt.js';

export const FORMATS = ['table', 'list', 'json', 'ndjson', 'csv', 'vtt'] as const;
export type Format = (typeof FORMATS)[number];

export interface FormatterOptions {
  /** The model's labels, in their order. */
  readonly labels: readonly string[];
  /** Of the table and the list; default {@link PLAIN_LAYOUT}. */
  readonly layout?: TextLayout;
}

export function createFormatter(
  format: Format,
  { labels, layout = PLAIN_LAYOUT }: FormatterOptions,
): Formatter {
  switch (format) {
    case 'table':
      return createTableFormatter(layout);
    case 'list':
      return createListFormatter(layout);
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
