/** What a face showed in a span of time: the part of the time in which it was seen that belongs to each expression. */
import type { Span } from '../state/scene.js';
import type { Lane } from './segments.js';

export interface LaneShares {
  readonly key: number;
  readonly seenMs: number;
  /** From the largest to the smallest; they sum to 1. */
  readonly shares: readonly { readonly expression: string; readonly part: number }[];
}

/** @returns only lanes with a face in the span */
export function toShares(lanes: readonly Lane[], { startMs, endMs }: Span): LaneShares[] {
  return lanes.flatMap(({ key, segments }) => {
    const times = new Map<string, number>();
    for (const segment of segments) {
      const timeMs = Math.min(segment.endMs, endMs) - Math.max(segment.startMs, startMs);
      if (timeMs > 0) times.set(segment.expression, (times.get(segment.expression) ?? 0) + timeMs);
    }
    const seenMs = [...times.values()].reduce((sum, timeMs) => sum + timeMs, 0);
    if (seenMs === 0) return [];
    const shares = [...times]
      .map(([expression, timeMs]) => ({ expression, part: timeMs / seenMs }))
      .toSorted((a, b) => b.part - a.part);
    return [{ key, seenMs, shares }];
  });
}
