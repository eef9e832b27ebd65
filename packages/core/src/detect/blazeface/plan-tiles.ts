import type { Box } from '../../geometry/box.js';
import type { TilePlan } from './blazeface-contract.js';

/** A part of a frame, in pixels, possibly beyond its border, and the size of the input that it is resized to. */
export interface Tile extends Box {
  readonly inputWidth: number;
  readonly inputHeight: number;
}

/** The network's input: the side of the square that it was trained with, and the step of other input sizes, in pixels. */
export interface TileInput {
  readonly side: number;
  readonly step: number;
}

/** Longest input side of a joined tile, in pixels: limits its memory to some 30 MB. */
const MAX_JOINED_SIDE = 1024;

/**
 * Plans the tiles of a frame that the network runs on.
 *
 * The network detects a face only if it fills a good part of the training input, so small faces need small tiles, and as
 * many of them as cover the frame. Tiles can be joined into one larger tile with a larger input. Since the network is
 * convolutional, it detects the same in each part of it, but computes nothing twice; with overlapping tiles, that is
 * most of the work.
 */
export function planTiles(
  { width, height }: { readonly width: number; readonly height: number },
  { whole, tileSide, tileOverlap, joined }: TilePlan,
  input: TileInput,
): Tile[] {
  const longest = Math.max(width, height);
  const tiles: Tile[] = [];
  if (whole) tiles.push(toSquareTile((width - longest) / 2, (height - longest) / 2, longest, input));
  // No tile is smaller than the input: enlarging adds no detail.
  const side = Math.max(tileSide * Math.min(width, height), input.side);
  // A single tile over the whole frame would repeat the first one.
  if (whole && side >= longest) return tiles;
  if (joined) {
    const across = cutAxis(width, side, tileOverlap, input);
    const down = cutAxis(height, side, tileOverlap, input);
    for (const y of down.starts) {
      for (const x of across.starts) {
        tiles.push({
          x,
          y,
          width: across.length,
          height: down.length,
          inputWidth: across.inputLength,
          inputHeight: down.inputLength,
        });
      }
    }
    return tiles;
  }
  for (const y of tileStarts(height, side, tileOverlap)) {
    for (const x of tileStarts(width, side, tileOverlap)) tiles.push(toSquareTile(x, y, side, input));
  }
  return tiles;
}

/** A square tile at the input size that the network was trained with. */
export function toSquareTile(x: number, y: number, side: number, input: Pick<TileInput, 'side'>): Tile {
  return { x, y, width: side, height: side, inputWidth: input.side, inputHeight: input.side };
}

/** Starts of the fewest tiles of `side` that cover `length` evenly and overlap by at least the share `overlap`. */
function tileStarts(length: number, side: number, overlap: number): number[] {
  if (side >= length) return [(length - side) / 2];
  // 1e-9 keeps a rounding error from adding a tile.
  const count = Math.ceil((length - side) / (side * (1 - overlap)) - 1e-9) + 1;
  return Array.from({ length: count }, (_, i) => (i * (length - side)) / (count - 1));
}

/**
 * One axis of joined tiles: as few equal parts as {@link MAX_JOINED_SIDE} allows, which overlap by the share `overlap` of
 * a plain tile.
 */
function cutAxis(length: number, tileSide: number, overlap: number, { side, step }: TileInput) {
  const scale = side / tileSide; // input pixels per frame pixel
  const total = length * scale;
  const shared = overlap * side;
  const count = Math.max(1, Math.ceil((total - shared) / (MAX_JOINED_SIDE - shared)));
  const inputLength = Math.ceil((total + (count - 1) * shared) / count / step) * step;
  const part = inputLength / scale;
  const starts =
    count === 1
      ? [(length - part) / 2]
      : Array.from({ length: count }, (_, i) => (i * (length - part)) / (count - 1));
  return { starts, length: part, inputLength };
}
