import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'green';

/** What a printed page may assume about where it is shown. */
export interface Terminal {
  /** Characters a line. */
  readonly columns: number;
  /** The text in a style, or as it is where there is no colour. */
  style(style: Style, text: string): string;
}

/** Width of what is no terminal: a file or a pipe. */
const DEFAULT_COLUMNS = 80;

/**
 * Colours are for terminals only, and NO_COLOR (set and not empty) turns them off.
 * Ref: https://no-color.org
 */
export function createTerminal(stream: NodeJS.WritableStream, environment = process.env): Terminal {
  const { isTTY = false, columns = 0 } = stream as Partial<NodeJS.WriteStream>;
  const coloured = isTTY && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  return {
    // A terminal without a known size says 0.
    columns: columns > 0 ? columns : DEFAULT_COLUMNS,
    style: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  };
}
