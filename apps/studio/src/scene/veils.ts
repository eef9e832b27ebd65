/**
 * What covers hidden faces: the whole head, at every time. A video is only looked through five times a second, so between
 * two of these moments a veil covers where the face was and where it will be.
 */
import type { Box } from '@mien/core';

/** A hidden face at a time. */
export interface HiddenFace {
  readonly key: number;
  readonly atMs: number;
  /** Of the face. */
  readonly box: Box;
}

/** A face that is lost for up to a second keeps its id: it was there all the time. */
const LOST_MS = 1200;
/** Before it is seen first, and after it is seen last, a face is there for as long, or turned away. */
const HOLD_MS = 600;
/** Times of one frame agree to this. */
const SAME_TIME_MS = 1;
/** How far from a time faces have to be given to {@link veilsAt}. */
export const VEIL_REACH_MS = LOST_MS;

/** @param faces those of the frames around the time, in any order */
export function veilsAt(faces: readonly HiddenFace[], timeMs: number): Box[] {
  const keys = [...new Set(faces.map(({ key }) => key))];
  return keys.flatMap((key) => {
    let before: HiddenFace | undefined;
    let after: HiddenFace | undefined;
    for (const face of faces) {
      if (face.key !== key) continue;
      if (face.atMs <= timeMs + SAME_TIME_MS) {
        if (before === undefined || face.atMs > before.atMs) before = face;
      } else if (after === undefined || face.atMs < after.atMs) after = face;
    }
    if (before !== undefined && timeMs - before.atMs <= SAME_TIME_MS) return [toHead(before.box)];
    const isGap = before !== undefined && after !== undefined && after.atMs - before.atMs <= LOST_MS;
    const near = [
      ...(before !== undefined && (isGap || timeMs - before.atMs <= HOLD_MS) ? [before] : []),
      ...(after !== undefined && (isGap || after.atMs - timeMs <= HOLD_MS) ? [after] : []),
    ];
    return near.length === 0 ? [] : [near.map(({ box }) => toHead(box)).reduce(union)];
  });
}

/** The whole head, of which the box is the face. */
export function toHead({ x, y, width, height }: Box): Box {
  return { x: x - width * 0.25, y: y - height * 0.45, width: width * 1.5, height: height * 1.75 };
}

export function union(a: Box, b: Box): Box {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}
