/** From results over time to lanes: for each face when it was seen, and which expression it showed. */
import type { Analysis } from '@mien/core';
import { shownExpression } from '../state/shown-expression.js';
import { timeOf } from '../state/recording.js';

export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly expression: string;
  readonly isUnsure: boolean;
}

export interface Lane {
  /** The number of the person. */
  readonly key: number;
  readonly segments: readonly Segment[];
  readonly seenMs: number;
}

/** A gap of this many sampling intervals ends a segment. */
const LONGEST_GAP = 2.5;

/**
 * @param personOf from the id of a face to the number of its person
 * @returns lanes of the faces that have an id, those seen longest first
 */
export function toLanes(
  frames: readonly Analysis[],
  intervalMs: number,
  personOf: (id: number) => number = (id) => id,
): Lane[] {
  const lanes = new Map<number, Segment[]>();
  for (const frame of frames) {
    const atMs = timeOf(frame);
    for (const face of frame.faces) {
      if (face.id === undefined) continue;
      const key = personOf(face.id);
      const segments = lanes.get(key) ?? [];
      lanes.set(key, segments);
      const last = segments.at(-1);
      const expression = shownExpression(face);
      const isConnected = last !== undefined && atMs - last.endMs <= intervalMs * (LONGEST_GAP - 1);
      if (isConnected && last.expression === expression && last.isUnsure === face.unsure) {
        segments[segments.length - 1] = { ...last, endMs: atMs + intervalMs };
      } else {
        segments.push({ startMs: atMs, endMs: atMs + intervalMs, expression, isUnsure: face.unsure });
      }
    }
  }
  return [...lanes]
    .map(([key, segments]) => ({
      key,
      segments,
      seenMs: segments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0),
    }))
    .toSorted((a, b) => b.seenMs - a.seenMs);
}
