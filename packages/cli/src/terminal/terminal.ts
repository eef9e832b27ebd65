import { styleText } from 'node:util';
import type { TextLayout } from '@mien/results';

/** Width of a file or a pipe. */
const DEFAULT_COLUMNS = 80;

/**
 * Colours are used only on terminals, and not if NO_COLOR is set and not empty.
 * Ref: https://no-color.org
 */
export function createTerminal(stream: NodeJS.WritableStream, environment = process.env): TextLayout {
  const { isTTY = false, columns = 0 } = stream as Partial<NodeJS.WriteStream>;
  const coloured = isTTY && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  return {
    // A terminal of unknown size reports 0.
    columns: columns > 0 ? columns : DEFAULT_COLUMNS,
    style: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Whether people read it, not a file or a program. */
export function isTerminal(stream: NodeJS.WritableStream): boolean {
  return (stream as Partial<NodeJS.WriteStream>).isTTY === true;
}
