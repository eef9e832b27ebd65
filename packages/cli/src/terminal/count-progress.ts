import { toClock } from '@mien/results';
import type { OnProgress } from '@mien/train';
import { createProgressLine } from './progress-line.js';

export interface CountProgress {
  readonly show: OnProgress;
  /** Takes the line away. */
  readonly end: () => void;
}

/**
 * Progress of work that is counted: `reading pictures 100/1000, 50/s, 0:18 left`.
 *
 * @param now a clock in milliseconds
 */
export function createCountProgress(
  stream: NodeJS.WritableStream,
  what: string,
  now?: () => number,
): CountProgress {
  const line = createProgressLine(stream, now);
  return {
    show({ done, total }) {
      line.update((elapsedMs) => {
        const perSecond = (done / elapsedMs) * 1000;
        const left = done > 0 ? `, ${toClock((total - done) / perSecond)} left` : '';
        return `${what} ${done}/${total}, ${perSecond.toFixed(0)}/s${left}`;
      });
    },
    end: line.clear,
  };
}
