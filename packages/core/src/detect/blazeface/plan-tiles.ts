import type { Box } from '../../geometry/box.js';
import type { LookPlan } from './parse-contract.js';

/** A part of a frame, in pixels, possibly beyond its border, and the size of the input that it is shrunk to. */
export interface Look extends Box {
  readonly inputWidth: number;
  readonly inputHeight: number;
}

/** What the network sees: the sides of the square input that it was trained with, and what others are multiples of. */
export interface LookInput {
  readonly side: number;
  readonly step: number;
}

/** Longest side of the input of a joined look, in pixels: bounds its memory to some 30 MB. */
const MAX_JOINED_SIDE = 1024;

/**
 * The parts of a frame that the network looks at. A face must be a certain part of a square of the usual input to be
 * seen, so small faces need small squares, and as many of them as cover the frame: one by one, or joined into one look
 * at an input that is as much larger. The network is convolutional and sees each part of that as it would see a tile,
 * but nothing twice, which with overlapping tiles is most of the work.
 */
export function planLooks(
  { width, height }: { readonly width: number; readonly height: number },
  { whole, tileSide, tileOverlap, joined }: LookPlan,
  input: LookInput,
): Look[] {
  const longest = Math.max(width, height);
  const looks: Look[] = [];
  if (whole) looks.push(toSquareLook((width - longest) / 2, (height - longest) / 2, longest, input));
  // No tile is smaller than the input: enlarging what has no more detail shows nothing new.
  const side = Math.max(tileSide * Math.min(width, height), input.side);
  // One tile over all of the frame would be that look again.
  if (whole && side >= longest) return looks;
  if (joined) {
    const across = cutAxis(width, side, tileOverlap, input);
    const down = cutAxis(height, side, tileOverlap, input);
    for (const y of down.starts) {
      for (const x of across.starts) {
        looks.push({
          x,
          y,
          width: across.length,
          height: down.length,
          inputWidth: across.inputLength,
          inputHeight: down.inputLength,
        });
      }
    }
    return looks;
  }
  for (const y of spread(height, side, tileOverlap)) {
    for (const x of spread(width, side, tileOverlap)) looks.push(toSquareLook(x, y, side, input));
  }
  return looks;
}

/** A square at the network's usual input. */
export function toSquareLook(x: number, y: number, side: number, input: Pick<LookInput, 'side'>): Look {
  return { x, y, width: side, height: side, inputWidth: input.side, inputHeight: input.side };
}

/** Starts of the fewest pieces of `side` that cover `length` evenly and overlap by at least the share `overlap`. */
function spread(length: number, side: number, overlap: number): number[] {
  if (side >= length) return [(length - side) / 2];
  // Less a rounding error, which must not cost another piece.
  const count = Math.ceil((length - side) / (side * (1 - overlap)) - 1e-9) + 1;
  return Array.from({ length: count }, (_, i) => (i * (length - side)) / (count - 1));
}

/**
 * One axis of joined looks: as few equal pieces as {@link MAX_JOINED_SIDE} allows, that overlap by the share `overlap` of
 * a tile.
 */
function cutAxis(length: number, tileSide: number, overlap: number, { side, step }: LookInput) {
  const scale = side / tileSide; // pixels of the input for one of the frame
  const total = length * scale;
  const shared = overlap * side;
  const count = Math.max(1, Math.ceil((total - shared) / (MAX_JOINED_SIDE - shared)));
  const inputLength = Math.ceil((total + (count - 1) * shared) / count / step) * step;
  const piece = inputLength / scale;
  const starts =
    count === 1
      ? [(length - piece) / 2]
      : Array.from({ length: count }, (_, i) => (i * (length - piece)) / (count - 1));
  return { starts, length: piece, inputLength };
}
