/** Creates the formatter of each output format. */
import { createListFormatter } from '../table/list.js';
import { createTableFormatter } from '../table/table.js';
import { PLAIN_LAYOUT, type TextLayout } from '../table/text-layout.js';
import { createCsvFormatter } from './csv.js';
import type { Formatter, OutputFormatter } from './formatter.js';
import { createJsonFormatter, createNdjsonFormatter } from './json.js';
import { createVttFormatter } from './vtt.js';

export const FORMATS = ['table', 'list', 'json', 'ndjson', 'csv', 'vtt'] as const;
export type Format = (typeof FORMATS)[number];

/** Those of files and streams: the formats of text, and Parquet. */
export const OUTPUT_FORMATS = [...FORMATS, 'parquet'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Formats that are not text, which terminals cannot show. */
export function isBinary(format: OutputFormat): format is Exclude<OutputFormat, Format> {
  return format === 'parquet';
}

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

/** The formatter of any output format. What writes Parquet is loaded when it is asked for. */
export async function loadOutputFormatter(
  format: OutputFormat,
  options: FormatterOptions,
): Promise<OutputFormatter> {
  if (!isBinary(format)) return createFormatter(format, options);
  const { createParquetFormatter } = await import('./parquet.js');
  return createParquetFormatter(options.labels);
}
