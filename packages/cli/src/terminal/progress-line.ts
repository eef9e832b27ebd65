/**
 * A line that says how far work is, on a stream for people.
 *
 *   a terminal         redrawn in place at most ten times a second, and taken away when it is over
 *   a file or a pipe   the same as a line every ten seconds
 */

export interface ProgressLine {
  /** Shows a text where it is time to; `elapsedMs` is the time since the line was made. */
  readonly update: (toText: (elapsedMs: number) => string) => void;
  /** Writes a line that stays. */
  readonly print: (text: string) => void;
  /** Takes the line away. */
  readonly clear: () => void;
}

const TERMINAL_INTERVAL_MS = 100;
const FILE_INTERVAL_MS = 10_000;
/** Carriage return, and "erase to the end of the line" (ECMA-48 EL). */
const CLEAR = '\r\u001b[K';

/** @param now a clock in milliseconds */
export function createProgressLine(
  stream: NodeJS.WritableStream,
  now: () => number = () => performance.now(),
): ProgressLine {
  const terminal = stream as Partial<NodeJS.WriteStream>;
  const isTerminal = terminal.isTTY === true;
  const intervalMs = isTerminal ? TERMINAL_INTERVAL_MS : FILE_INTERVAL_MS;
  const startMs = now();
  let lastMs = startMs;
  let isShown = false;
  /** A text that reached the next line of a terminal could not be taken away again. */
  const fit = (text: string): string => {
    const { columns = 0 } = terminal;
    return columns > 0 ? Array.from(text).slice(0, columns - 1).join('') : text; // prettier-ignore
  };
  const clear = (): void => {
    if (isShown) stream.write(CLEAR);
    isShown = false;
  };
  return {
    update(toText) {
      const nowMs = now();
      if (nowMs - lastMs < intervalMs) return;
      lastMs = nowMs;
      const text = toText(nowMs - startMs);
      stream.write(isTerminal ? CLEAR + fit(text) : `${text}\n`);
      isShown = isTerminal;
    },
    print(text) {
      clear();
      stream.write(`${text}\n`);
    },
    clear,
  };
}
