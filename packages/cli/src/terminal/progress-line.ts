/**
 * A progress line.
 *
 *   on a terminal           redrawn in place at most ten times per second, and removed at the end
 *   in a file or a pipe     at most one line every ten seconds
 */

export interface ProgressLine {
  /**
   * Shows a text if an update is due; `elapsedMs` is the time since the line was created.
   *
   * @param state what the text says apart from the time: in a file, the same is not said again
   */
  readonly update: (toText: (elapsedMs: number) => string, state?: string) => void;
  /** Writes a permanent line. */
  readonly print: (text: string) => void;
  /** Removes the line. */
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
  let lastState: string | undefined;
  /** Text that wraps to the next line of a terminal could not be removed. */
  const fit = (text: string): string => {
    const { columns = 0 } = terminal;
    return columns > 0 ? Array.from(text).slice(0, columns - 1).join('') : text; // prettier-ignore
  };
  const clear = (): void => {
    if (isShown) stream.write(CLEAR);
    isShown = false;
  };
  return {
    update(toText, state) {
      const nowMs = now();
      if (nowMs - lastMs < intervalMs) return;
      if (!isTerminal && state !== undefined && state === lastState) return;
      lastState = state;
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
