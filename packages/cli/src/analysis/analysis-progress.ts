/**
 * How far the work is, as a line for people:
 *
 *   3/12  clip.mp4 0:42 of 3:10  112 frames/s  1:05 left
 *   3/12  clip.mp4 writing 40 %  0:03 left
 */
import { basename } from 'node:path';
import type { AnalysisProgress, SourceProgress } from '@mien/node/analysis';
import { toClock, toPrintable } from '@mien/results';
import { createProgressLine } from '../terminal/progress-line.js';

/** @param now a clock in milliseconds */
export function createAnalysisProgress(
  stream: NodeJS.WritableStream,
  total: number,
  now: () => number = () => performance.now(),
): AnalysisProgress {
  const line = createProgressLine(stream, now);
  let done = 0;
  /** By source: workers tell of their frames only now and then. */
  const frames = new Map<number, number>();
  /** Which part of each source that is worked on is behind. */
  const parts = new Map<number, number>();
  /** Since when the outputs of a source are being written. */
  const writingSinceMs = new Map<number, number>();

  const describeFrames = ({ timeMs, endMs }: SourceProgress, elapsedMs: number): string[] => {
    const seconds = elapsedMs / 1000;
    const fraction = (done + sumOf(parts)) / total;
    const end = endMs === undefined ? '' : ` of ${toClock(endMs / 1000)}`;
    return [
      timeMs === undefined ? '' : ` ${toClock(timeMs / 1000)}${end}`,
      `${(sumOf(frames) / seconds).toFixed(0)} frames/s`,
      ...(fraction > 0 && fraction <= 1 ? [toTimeLeft(seconds, fraction)] : []),
    ];
  };
  const describeWriting = (part: number, sinceMs: number): string[] => [
    ` writing ${Math.floor(part * 100)} %`,
    ...(part > 0 ? [toTimeLeft((now() - sinceMs) / 1000, part)] : []),
  ];
  return {
    onFrame(index, source, progress) {
      const { timeMs, endMs, written } = progress;
      frames.set(index, progress.frames);
      // What has no known end counts once it is over.
      parts.set(
        index,
        timeMs !== undefined && endMs !== undefined && endMs > 0 ? Math.min(1, timeMs / endMs) : 0,
      );
      const sinceMs = writingSinceMs.get(index) ?? now();
      if (written !== undefined) writingSinceMs.set(index, sinceMs);
      line.update((elapsedMs) => {
        const [where = '', ...rest] =
          written === undefined ? describeFrames(progress, elapsedMs) : describeWriting(written, sinceMs);
        const counted = total > 1 ? [`${done}/${total}`] : [];
        return [...counted, toPrintable(basename(source)) + where, ...rest].join('  ');
      });
    },
    onDone(index) {
      parts.delete(index);
      done++;
    },
    clear: line.clear,
  };
}

function sumOf(values: ReadonlyMap<number, number>): number {
  return [...values.values()].reduce((sum, value) => sum + value, 0);
}

function toTimeLeft(secondsSoFar: number, part: number): string {
  return `${toClock((secondsSoFar * (1 - part)) / part)} left`;
}
