/**
 * How far the work is, on a stream for people.
 *
 *   3/12  clip.mp4 0:42 of 3:10  112 frames/s  1:05 left
 *
 *   a terminal         one line, redrawn in place and taken away when something else is printed
 *   a file or a pipe   the same as a line every ten seconds
 */
import { basename } from 'node:path';
import { toPrintable } from '../print-table.js';
import { toClock } from '../train-progress.js';
import type { SourceProgress } from './analyze-source.js';

export interface AnalysisProgress {
  /** More frames of the source with this index were looked at. */
  onFrame(index: number, source: string, progress: SourceProgress): void;
  onDone(index: number): void;
  /** Takes the line away. */
  clear(): void;
}

const TERMINAL_INTERVAL_MS = 100;
const FILE_INTERVAL_MS = 10_000;
/** Carriage return, and "erase to the end of the line" (ECMA-48 EL). */
const CLEAR = '\r\u001b[K';

export function createAnalysisProgress(
  stream: NodeJS.WritableStream,
  total: number,
  now: () => number = () => performance.now(),
): AnalysisProgress {
  const { isTTY = false } = stream as Partial<NodeJS.WriteStream>;
  const startMs = now();
  let shownMs = startMs;
  let isShown = false;
  let done = 0;
  /** By source: workers tell of their frames only now and then. */
  const frames = new Map<number, number>();
  /** Which part of each source that is worked on is behind. */
  const parts = new Map<number, number>();

  const toLine = (source: string, { timeMs, endMs }: SourceProgress, nowMs: number): string => {
    const seconds = (nowMs - startMs) / 1000;
    const fraction = (done + [...parts.values()].reduce((sum, part) => sum + part, 0)) / total;
    const end = endMs === undefined ? '' : ` of ${toClock(endMs / 1000)}`;
    return [
      ...(total > 1 ? [`${done}/${total}`] : []),
      `${toPrintable(basename(source))}${timeMs === undefined ? '' : ` ${toClock(timeMs / 1000)}${end}`}`,
      `${([...frames.values()].reduce((sum, count) => sum + count, 0) / seconds).toFixed(0)} frames/s`,
      ...(fraction > 0 && fraction <= 1 ? [`${toClock((seconds * (1 - fraction)) / fraction)} left`] : []),
    ].join('  ');
  };
  const clear = () => {
    if (isShown) stream.write(CLEAR);
    isShown = false;
  };
  return {
    onFrame(index, source, progress) {
      const { timeMs, endMs } = progress;
      frames.set(index, progress.frames);
      // What has no known end counts once it is over.
      parts.set(
        index,
        timeMs !== undefined && endMs !== undefined && endMs > 0 ? Math.min(1, timeMs / endMs) : 0,
      );
      const nowMs = now();
      if (nowMs - shownMs < (isTTY ? TERMINAL_INTERVAL_MS : FILE_INTERVAL_MS)) return;
      shownMs = nowMs;
      const line = toLine(source, progress, nowMs);
      stream.write(isTTY ? `${CLEAR}${line}` : `${line}\n`);
      isShown = isTTY;
    },
    onDone(index) {
      parts.delete(index);
      done++;
    },
    clear,
  };
}
