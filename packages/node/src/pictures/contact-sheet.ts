/** Pictures in rows and columns on one sheet, with the names of rows at the left and of columns at the top. */
import { MienError } from '@mien/core';
import { loadOutlineFont } from '../annotate/load-outline-font.js';
import { loadSharp } from './load-sharp.js';

export interface ContactSheet {
  /** Width and height of every picture in pixels. */
  readonly side: number;
  readonly columns: readonly string[];
  /** One picture per column: grey values 0 … 255, `[side, side]`; other values are clipped, fractions rounded. */
  readonly rows: readonly { readonly name: string; readonly pictures: readonly ArrayLike<number>[] }[];
}

/** Small pictures are enlarged to about this size by whole factors, which shows the pixels that a network sees. */
const TILE_SIDE = 96;
const GAP = 6;
const TEXT_SIZE = 13;
const MARGIN = 14;
const PAPER = 255;
const INK = '#10151b';

/**
 * Draws a sheet as PNG. The first column is set apart from the others.
 *
 * @throws MienError `OUTPUT_FAILED` if it cannot be encoded
 */
export async function drawContactSheet({ side, columns, rows }: ContactSheet): Promise<Uint8Array> {
  const font = await loadOutlineFont();
  const scale = Math.max(1, Math.round(TILE_SIDE / side));
  const tile = side * scale;
  const namesWidth = Math.ceil(Math.max(...rows.map(({ name }) => font.measure(name, TEXT_SIZE))));
  const leftOf = (column: number): number =>
    2 * MARGIN + namesWidth + column * (tile + GAP) + (column > 0 ? 2 * GAP : 0);
  const topOf = (row: number): number => 2 * MARGIN + TEXT_SIZE + row * (tile + GAP);
  const width = leftOf(columns.length) - GAP + MARGIN;
  const height = topOf(rows.length) - GAP + MARGIN;

  const sheet = new Uint8Array(width * height).fill(PAPER);
  rows.forEach(({ pictures }, row) => {
    pictures.forEach((picture, column) => {
      for (let y = 0; y < tile; y++) {
        const to = (topOf(row) + y) * width + leftOf(column);
        const from = Math.floor(y / scale) * side;
        for (let x = 0; x < tile; x++) {
          const grey = Math.round(picture[from + Math.floor(x / scale)] ?? 0);
          sheet[to + x] = Math.min(255, Math.max(0, grey));
        }
      }
    });
  });

  const text = [
    ...columns.map((name, column) => {
      const centre = leftOf(column) + tile / 2;
      return font.toPath(name, centre - font.measure(name, TEXT_SIZE) / 2, MARGIN + TEXT_SIZE, TEXT_SIZE);
    }),
    ...rows.map(({ name }, row) => font.toPath(name, MARGIN, topOf(row) + (tile + TEXT_SIZE) / 2, TEXT_SIZE)),
  ];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><path d="${text.join('')}" fill="${INK}"/></svg>`;
  return loadSharp()(sheet, { raw: { width, height, channels: 1 } })
    .composite([{ input: Buffer.from(svg), left: 0, top: 0 }])
    .toColourspace('b-w')
    .png()
    .toBuffer()
    .catch((cause: unknown) => {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new MienError('OUTPUT_FAILED', `preview: the sheet cannot be encoded (${detail})`, { cause });
    });
}
