import type { Box } from '../../geometry/box.js';
import type { LookPlan } from './parse-contract.js';

/**
 * The squares of a frame that the network looks at, in pixels. A face must be a certain part of a look to be seen, so
 * small faces need small looks, and as many of them as cover the frame.
 *
 * @param leastSide no look is smaller: enlarging what has no more detail shows nothing new
 */
export function planLooks(
  { width, height }: { readonly width: number; readonly height: number },
  { whole, tileSide, tileOverlap }: LookPlan,
  leastSide: number,
): Box[] {
  const longest = Math.max(width, height);
  const looks: Box[] = [];
  if (whole) looks.push(square((width - longest) / 2, (height - longest) / 2, longest));
  const side = Math.max(tileSide * Math.min(width, height), leastSide);
  // One tile over all of the frame would be that look again.
  if (whole && side >= longest) return looks;
  for (const y of spread(height, side, tileOverlap)) {
    for (const x of spread(width, side, tileOverlap)) looks.push(square(x, y, side));
  }
  return looks;
}

/** Starts of the fewest pieces of `side` that cover `length` evenly and overlap by at least the share `overlap`. */
function spread(length: number, side: number, overlap: number): number[] {
  if (side >= length) return [(length - side) / 2];
  // Less a rounding error, which must not cost another piece.
  const count = Math.ceil((length - side) / (side * (1 - overlap)) - 1e-9) + 1;
  return Array.from({ length: count }, (_, i) => (i * (length - side)) / (count - 1));
}

function square(x: number, y: number, side: number): Box {
  return { x, y, width: side, height: side };
}
