/**
 * Progress of work that is counted, on a stream for people.
 *
 *   a terminal         one line, redrawn in place and taken away at the end
 *   a file or a pipe   the same as a line every ten seconds
 */
import { toClock } from './train-progress.js';

export interface CountProgress {
  readonly show: (progress: { readonly done: number; readonly total: number }) => void;
  /** Takes the line away. */
  readonly end: () => void;
}

const TERMINAL_INTERVAL_MS = 100;
const FILE_INTERVAL_MS = 10_000;
/** Carriage return, and "erase to the end of the line" (ECMA-48 EL). */
const CLEAR = '\r\u001b[K';

export function createCountProgress(
  stream: NodeJS.WritableStream,
  what: string,
  now: () => number = () => performance.now(),
): CountProgress {
  const { isTTY = false } = stream as Partial<NodeJS.WriteStream>;
  const startMs = now();
  let lastMs = startMs;
  let isShown = false;
  return {
    show({ done, total }) {
      const nowMs = now();
      if (nowMs - lastMs < (isTTY ? TERMINAL_INTERVAL_MS : FILE_INTERVAL_MS)) return;
      lastMs = nowMs;
      const perSecond = (done / (nowMs - startMs)) * 1000;
      const left = done > 0 ? `, ${toClock((total - done) / perSecond)} left` : '';
      const text = `${what} ${done}/${total}, ${perSecond.toFixed(0)}/s${left}`;
      stream.write(isTTY ? `${CLEAR}${text}` : `${text}\n`);
      isShown = isTTY;
    },
    end() {
      if (isShown) stream.write(CLEAR);
      isShown = false;
    },
  };
}
