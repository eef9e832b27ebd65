/** Area interpolation, one output value at a time, in float64. */
import type { Rectangle } from './sampling.js';

/** The share of each source pixel, and of the border, in the window of one output pixel along one axis. */
function shares(size: number, first: number, window: number): { pixels: Float64Array; outside: number } {
  const pixels = Float64Array.from({ length: size }, (_, i) => {
    return Math.max(Math.min(i + 1, first + window) - Math.max(i, first), 0) / window;
  });
  return { pixels, outside: 1 - pixels.reduce((sum, share) => sum + share, 0) };
}

/** RGB `[hOut, wOut, 3]` of the rectangle of a picture [h, w, channels]; `outside` is the border value. */
export function areaResize(
  picture: ArrayLike<number>,
  [h, w, channels]: readonly [number, number, number],
  { left, top, width, height }: Rectangle,
  [hOut, wOut]: readonly [number, number],
  outside: number,
): Float64Array {
  const axis = (size: number, start: number, length: number, count: number) => {
    const step = length / count;
    // Where the picture grows, a window of one source pixel around the centre: bilinear interpolation.
    const window = Math.max(step, 1);
    return Array.from({ length: count }, (_, i) =>
      shares(size, start + (i + 0.5) * step - window / 2, window),
    );
  };
  const columns = axis(w, left, width, wOut);
  const values: number[] = [];
  for (const row of axis(h, top, height, hOut)) {
    for (const column of columns) {
      for (let color = 0; color < 3; color++) {
        const channel = channels === 1 ? 0 : color;
        let inside = 0;
        let area = 0;
        row.pixels.forEach((shareY, y) => {
          column.pixels.forEach((shareX, x) => {
            inside += shareY * shareX * (picture[(y * w + x) * channels + channel] ?? NaN);
            area += shareY * shareX;
          });
        });
        values.push(inside + (1 - area) * outside);
      }
    }
  }
  return Float64Array.from(values);
}
