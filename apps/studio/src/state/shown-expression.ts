import type { Face } from '@mien/core';

/** What is shown of a face: smoothed where it is followed. */
export function shownExpression(face: Face): string {
  return (face.smoothed ?? face).expression;
}
