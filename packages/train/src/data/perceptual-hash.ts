/**
 * A perceptual hash: pictures of the same content differ in few of its bits, at any brightness, contrast or compression.
 *
 * The picture is reduced to 9×8 and to 8×9 cells of mean grey; each bit tells whether a cell is brighter than its left
 * (64 bits) or upper (64 bits) neighbour. Ref: Krawetz 2013, "Kind of Like That" (dHash, there 64 bits of rows).
 */

/** 16-bit words of one hash. */
export const HASH_WORDS = 8;
const CELLS = 8;

/** Writes the hash of a grey `[height, width]` picture into `hash`, {@link HASH_WORDS} words. */
export function hashPicture(pixels: Uint8Array, width: number, height: number, hash: Uint16Array): void {
  hash.fill(0);
  const columns = reduce(pixels, width, height, CELLS + 1, CELLS);
  const rows = reduce(pixels, width, height, CELLS, CELLS + 1);
  for (let y = 0; y < CELLS; y++) {
    for (let x = 0; x < CELLS; x++) {
      const bit = 1 << (x + CELLS * (y % 2));
      const word = y >> 1;
      if (columns[y * (CELLS + 1) + x + 1]! > columns[y * (CELLS + 1) + x]!) hash[word]! |= bit;
      if (rows[(y + 1) * CELLS + x]! > rows[y * CELLS + x]!) hash[word + HASH_WORDS / 2]! |= bit;
    }
  }
}

/** Hamming distance between two hashes of a table, by their indices. */
export function hashDistance(hashes: Uint16Array, a: number, b: number): number {
  let distance = 0;
  for (let word = 0; word < HASH_WORDS; word++) {
    // Ref: Warren, "Hacker's Delight", 5-1: bits of a word counted in parallel.
    let bits = hashes[a * HASH_WORDS + word]! ^ hashes[b * HASH_WORDS + word]!;
    bits -= (bits >> 1) & 0x5555;
    bits = (bits & 0x3333) + ((bits >> 2) & 0x3333);
    bits = (bits + (bits >> 4)) & 0x0f0f;
    distance += (bits + (bits >> 8)) & 0x1f;
  }
  return distance;
}

/** Mean grey of `columns × rows` cells; pixels on a border are weighted by overlap. */
function reduce(
  pixels: Uint8Array,
  width: number,
  height: number,
  columns: number,
  rows: number,
): Float64Array {
  const across = new Float64Array(height * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      across[y * columns + x] = meanOf(width, columns, x, (i) => pixels[y * width + i]!);
    }
  }
  const cells = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      cells[y * columns + x] = meanOf(height, rows, y, (i) => across[i * columns + x]!);
    }
  }
  return cells;
}

/** The mean of `at(i)` over the `cell`th of `cells` equal parts of `length` values. */
function meanOf(length: number, cells: number, cell: number, at: (index: number) => number): number {
  const [begin, end] = [(cell * length) / cells, ((cell + 1) * length) / cells];
  let sum = 0;
  for (let i = Math.floor(begin); i < end; i++) sum += at(i) * (Math.min(i + 1, end) - Math.max(i, begin));
  return sum / (end - begin);
}
