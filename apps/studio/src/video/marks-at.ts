/** The marks of a frame between two that were read: boxes move evenly from one to the other. */
import type { Box } from '@mien/core';
import type { Mark } from '../scene/marks.js';
import type { MarkedMoment } from './messages.js';

/** A reading is shown for as long as this where no newer one follows. */
const SHOWN_FOR_MS = 500;
/** Times of one frame agree to this. */
const SAME_TIME_MS = 1;

/** @param moments in the order of their times */
export function marksAt(moments: readonly MarkedMoment[], timeMs: number): Mark[] {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moments[middle]!.atMs <= timeMs + SAME_TIME_MS) low = middle + 1;
    else high = middle;
  }
  const before = moments[low - 1];
  const after = moments[low];
  if (before === undefined || timeMs - before.atMs > SHOWN_FOR_MS) return [];
  if (after === undefined) return [...before.marks];
  const part = Math.max(0, (timeMs - before.atMs) / (after.atMs - before.atMs));
  return before.marks.map((mark) => {
    const next = after.marks.find(({ key }) => key === mark.key);
    return next === undefined ? mark : { ...mark, box: mix(mark.box, next.box, part) };
  });
}

export function scaleBox(
  { x, y, width, height }: Box,
  scale: { readonly x: number; readonly y: number },
): Box {
  return { x: x * scale.x, y: y * scale.y, width: width * scale.x, height: height * scale.y };
}

function mix(a: Box, b: Box, part: number): Box {
  const at = (from: number, to: number) => from + (to - from) * part;
  return {
    x: at(a.x, b.x),
    y: at(a.y, b.y),
    width: at(a.width, b.width),
    height: at(a.height, b.height),
  };
}
