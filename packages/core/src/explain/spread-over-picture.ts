import type { Axis, LayerGrid } from './layer-grid.js';

/**
 * Resamples a map of a layer to the pixels of the picture: bilinear between the centres of the layer's pixels, constant
 * beyond the outermost.
 *
 * @param map `[rows.length, columns.length]`
 * @returns `[height, width]`
 */
export function spreadOverPicture(
  map: Float32Array,
  { rows, columns }: LayerGrid,
  { height, width }: { readonly height: number; readonly width: number },
): Float32Array {
  const [above, left] = [placesOf(rows, height), placesOf(columns, width)];
  const picture = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = above[y]!;
    for (let x = 0; x < width; x++) {
      const [first, second, across] = left[x]!;
      const at = (row: number): number =>
        (1 - across) * map[row * columns.length + first]! + across * map[row * columns.length + second]!;
      picture[y * width + x] = (1 - down) * at(top) + down * at(bottom);
    }
  }
  return picture;
}

/** For each pixel of the picture: the two pixels of the layer around it, and the share of the second. */
function placesOf(
  { length, offset, step }: Axis,
  pixels: number,
): (readonly [first: number, second: number, share: number])[] {
  return Array.from({ length: pixels }, (_, pixel) => {
    const place = Math.min(Math.max((pixel - offset) / step, 0), length - 1);
    const first = Math.floor(place);
    return [first, Math.min(first + 1, length - 1), place - first] as const;
  });
}
