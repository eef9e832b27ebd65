import { styleText } from 'node:util';
import type { TextLayout } from '@mien/results';

/** Width of what is no terminal: a file or a pipe. */
const DEFAULT_COLUMNS = 80;

/**
 * Colours are for terminals only, and NO_COLOR (set and not empty) turns them off.
 * Ref: https://no-color.org
 */
export function createTerminal(stream: NodeJS.WritableStream, environment = process.env): TextLayout {
  const { isTTY = false, columns = 0 } = stream as Partial<NodeJS.WriteStream>;
  const coloured = isTTY && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  return {
    // A terminal without a known size says 0.
    columns: columns > 0 ? columns : DEFAULT_COLUMNS,
    style: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  };
}
