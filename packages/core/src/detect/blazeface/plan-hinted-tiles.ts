/**
 * Plans the tiles that look closely at the places where the scout noticed something.
 *
 * Such a tile takes half the sides of the trained input, a quarter of its work: the network, being convolutional, sees a face of
 * the same pixels just as well with little around it.
 */
import type { Box } from '../../geometry/box.js';
import type { Hint } from './face-scout.js';
import { toSquareTile, type Tile, type TileInput } from './plan-tiles.js';

/** Side of a tile's input, as a part of the trained one's. */
const INPUT_SHARE = 0.5;
/** Side of a tile in sides of the face that it was planned for: the face has 28 of 64 pixels. */
const TILE_FACES = 2.25;
/**
 * A tile serves other faces too whose sides are at most this part, and at least that part of it: within them, and up to half a face
 * off, the network still sees 97 of 100 faces.
 */
const [FEWEST_FACES, MOST_FACES] = [1.55, 3.25];
/** Hints tell the size of a face within this factor. */
const SAME_FACE = 1.7;
/** How far inside of a tile the centre of a face must be, in sides of the face. */
const MARGIN = 0.5;

/** Tiles of this plan in one pass of the network at its trained input size. */
export const TILES_PER_PASS = 1 / INPUT_SHARE ** 2;

/**
 * Whether the hint of a tile is probably this face: its middle is nearer than half a side, and it is at most {@link SAME_FACE} times
 * as large or small.
 */
export function isPlannedFor(tile: Box, { x, y, width, height }: Box): boolean {
  const side = Math.max(width, height);
  const ratio = tile.width / TILE_FACES / side;
  return (
    ratio <= SAME_FACE &&
    ratio >= 1 / SAME_FACE &&
    Math.abs(tile.x + tile.width / 2 - (x + width / 2)) <= side / 2 &&
    Math.abs(tile.y + tile.height / 2 - (y + height / 2)) <= side / 2
  );
}

/** @param hints best first */
export function planHintedTiles(
  hints: readonly Hint[],
  { side: trainedSide }: Pick<TileInput, 'side'>,
): Tile[] {
  const input = { side: trainedSide * INPUT_SHARE };
  const tiles: Tile[] = [];
  for (const { x, y, side } of hints) {
    const margin = MARGIN * side;
    const isCovered = tiles.some(
      (tile) =>
        tile.width >= FEWEST_FACES * side &&
        tile.width <= MOST_FACES * side &&
        Math.min(x - tile.x, y - tile.y, tile.x + tile.width - x, tile.y + tile.height - y) >= margin,
    );
    if (isCovered) continue;
    const length = TILE_FACES * side;
    tiles.push(toSquareTile(x - length / 2, y - length / 2, length, input));
  }
  return tiles;
}
