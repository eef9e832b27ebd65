/**
 * Plans the tiles that find small faces in large pictures: finer scales than the usual search, where the picture shows
 * anything at all.
 *
 *   picture → grid of cells → cells that are not flat → strips of them → tiles
 *
 * The cost grows with the pixels that are not flat (sky, walls, blurred backgrounds). Strips have few different sizes,
 * because the network is prepared for each.
 */
import type { Frame } from '../../frame.js';
import type { FinePlan } from './blazeface-contract.js';
import type { Tile, TileInput } from './plan-tiles.js';

/** A coarser scale finds faces up to the whole tile; so neighbouring scales may differ by this factor. */
const MAX_SCALE_STEP = 4.5;
/** Cells of the grid in a side of the trained input. */
const CELLS_PER_INPUT = 4;
/** Largest tiles, in cells: their memory is some 30 MB. */
const [MAX_COLUMNS, MAX_ROWS] = [32, 16];
/** Sides of tiles are multiples of so many cells, so that there are few different sizes. */
const LENGTH_STEP = 2;
/** Cells beyond the border of the picture that a tile includes: the network sees faces at its own border less well. */
const BORDER = 0.5;
/**
 * A cell is not flat if this many of its blocks vary in brightness. A block is smaller than a face, because in a blurred
 * background only large parts vary; eyes, nose and mouth make several blocks of a face vary.
 */
const BLOCKS_PER_CELL = 4;
const LEAST_BLOCKS = 2;
/** A face and its surroundings, in sides of its box. */
const FACE_MARGIN = 1.3;
/** Samples of a block along each side. */
const SAMPLES_PER_BLOCK = 4;

/**
 * @param coarsestSide side of the finest tiles of the usual search, in pixels
 * @param minFacePx the smallest face to find
 */
export function planFineTiles(
  frame: Frame,
  coarsestSide: number,
  minFacePx: number,
  { faceSides, minRange }: FinePlan,
  input: TileInput,
): Tile[] {
  const finest = Math.max(minFacePx * faceSides, input.side);
  const levels = Math.ceil(Math.log(coarsestSide / finest) / Math.log(MAX_SCALE_STEP) - 1e-9);
  if (coarsestSide < finest * 1.2) return [];
  const tiles: Tile[] = [];
  for (let level = 1; level <= levels; level++) {
    const step = (coarsestSide / finest) ** (1 / levels);
    const side = coarsestSide / step ** level;
    // The next coarser scale finds larger faces.
    const largestFace = (side * step) / faceSides;
    tiles.push(...planLevel(frame, side, largestFace, minRange, input));
  }
  // Equal sizes one after the other: the network is prepared for a size once.
  return tiles.sort((a, b) => a.inputWidth - b.inputWidth || a.inputHeight - b.inputHeight);
}

function planLevel(
  frame: Frame,
  side: number,
  largestFace: number,
  minRange: number,
  input: TileInput,
): Tile[] {
  const cell = side / CELLS_PER_INPUT; // in pixels of the frame
  const cellInput = input.side / CELLS_PER_INPUT;
  const columns = Math.ceil(frame.width / cell);
  const rows = Math.ceil(frame.height / cell);
  const isLively = findLivelyCells(frame, columns, rows, cell, minRange);
  // Tiles overlap by a face, so that each face is seen whole by one of them.
  const overlap = Math.ceil((largestFace * FACE_MARGIN) / cell);
  const isWanted = (column: number, top: number, bottom: number): boolean => {
    for (let row = Math.max(0, Math.floor(top)); row < Math.min(rows, bottom); row++) {
      if (isLively[row * columns + column] === 1) return true;
    }
    return false;
  };
  return splitEvenly(-BORDER, rows + BORDER, overlap, MAX_ROWS).flatMap(({ start: top, length: height }) => {
    const wanted = Array.from({ length: columns }, (_, column) => isWanted(column, top, top + height));
    return findRuns(wanted, 2 * overlap).flatMap(({ start, end }) => {
      const left = Math.max(-BORDER, start - overlap);
      const right = Math.min(columns + BORDER, end + overlap);
      return splitEvenly(left, right, overlap, MAX_COLUMNS).map(({ start: column, length: width }) => ({
        x: column * cell,
        y: top * cell,
        width: width * cell,
        height: height * cell,
        inputWidth: width * cellInput,
        inputHeight: height * cellInput,
      }));
    });
  });
}

/** The fewest equal parts, of whole steps and at most `longest`, that cover a range and overlap; centred on it. */
function splitEvenly(
  from: number,
  to: number,
  overlap: number,
  longest: number,
): { start: number; length: number }[] {
  const total = to - from;
  const count = Math.max(1, Math.ceil((total - overlap) / (longest - overlap)));
  const length = Math.ceil((total + (count - 1) * overlap) / count / LENGTH_STEP) * LENGTH_STEP;
  if (count === 1) return [{ start: from - (length - total) / 2, length }];
  return Array.from({ length: count }, (_, i) => ({
    start: from + (i * (total - length)) / (count - 1),
    length,
  }));
}

/** Runs of wanted columns; gaps of up to `bridged` columns are not worth another tile. */
function findRuns(wanted: readonly boolean[], bridged: number): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (const [column, isWanted] of wanted.entries()) {
    if (!isWanted) continue;
    const last = runs[runs.length - 1];
    if (last && column - last.end <= bridged) last.end = column + 1;
    else runs.push({ start: column, end: column + 1 });
  }
  return runs;
}

/** 1 for every cell that is not flat. */
function findLivelyCells(
  { width, height, channels, data }: Frame,
  columns: number,
  rows: number,
  cell: number,
  minRange: number,
): Uint8Array {
  const block = cell / BLOCKS_PER_CELL;
  const step = Math.max(1, Math.floor(block / SAMPLES_PER_BLOCK));
  const across = columns * BLOCKS_PER_CELL;
  const darkest = new Uint8Array(across * rows * BLOCKS_PER_CELL).fill(255);
  const brightest = new Uint8Array(darkest.length);
  // Green is closest to brightness.
  const offset = channels === 1 ? 0 : 1;
  const blockOf = Int32Array.from({ length: Math.ceil(width / step) }, (_, i) =>
    Math.floor((i * step) / block),
  );
  for (let y = 0; y < height; y += step) {
    const first = Math.floor(y / block) * across;
    for (let i = 0, from = y * width * channels + offset; i < blockOf.length; i++, from += step * channels) {
      const value = data[from]!;
      const at = first + blockOf[i]!;
      if (value < darkest[at]!) darkest[at] = value;
      if (value > brightest[at]!) brightest[at] = value;
    }
  }
  const blocks = new Uint8Array(columns * rows);
  for (let at = 0; at < darkest.length; at++) {
    if (brightest[at]! - darkest[at]! < minRange) continue;
    const [row, column] = [
      Math.floor(at / across / BLOCKS_PER_CELL),
      Math.floor((at % across) / BLOCKS_PER_CELL),
    ];
    blocks[row * columns + column]!++;
  }
  return blocks.map((count) => (count >= LEAST_BLOCKS ? 1 : 0));
}
