/** Plans the tiles that look closely at the places where the scout noticed something. */
import type { Hint } from './face-scout.js';
import { toSquareTile, type Tile, type TileInput } from './plan-tiles.js';

/** Side of a tile in sides of the face that it was planned for. */
const TILE_FACES = 4.5;
/** A tile serves other faces too whose sides are at most this part, and at least that part of it. */
const [FEWEST_FACES, MOST_FACES] = [2.8, 6.5];
/** How far inside of a tile the centre of a face must be, in sides of the face. */
const MARGIN = 0.75;

/** @param hints best first */
export function planHintedTiles(hints: readonly Hint[], input: Pick<TileInput, 'side'>): Tile[] {
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
