/**
 * The progress of an analysis as a line for people:
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
  /** By source: workers report their frames only now and then. */
  const frames = new Map<number, number>();
  /** The finished part of each source in progress, 0 to 1. */
  const parts = new Map<number, number>();
  /** When writing the outputs of a source began. */
  const writingSinceMs = new Map<number, number>();

  const describeFrames = ({ timeMs, endMs }: SourceProgress, elapsedMs: number): string[] => {
    const seconds = elapsedMs / 1000;
    const fraction = (done + sumOf(parts)) / total;
    const end = endMs === undefined ? '' : ` of ${toClock(endMs / 1000)}`;
    return [
      timeMs === undefined ? '' : ` ${toClock(timeMs / 1000)}${end}`,
      `${toRate(sumOf(frames) / seconds)} frames/s`,
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
      // A source without a known end counts when it is finished.
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

/** One decimal where a whole number would round a slow search to none. */
function toRate(perSecond: number): string {
  return perSecond.toFixed(perSecond < 9.95 && perSecond % 1 !== 0 ? 1 : 0);
}
