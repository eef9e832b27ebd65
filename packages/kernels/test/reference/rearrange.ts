/** Copies, products and resampling of NHWC tensors, one value at a time. */

type Numbers = ArrayLike<number>;

/** `y` with the blocks of x copied into it. */
export function copyBlocks(
  x: Numbers,
  xStart: number,
  xStride: number,
  y: Numbers,
  yStart: number,
  yStride: number,
  block: number,
  blocks: number,
): number[] {
  const result = Array.from(y);
  for (let i = 0; i < blocks; i++) {
    for (let j = 0; j < block; j++) result[yStart + i * yStride + j] = x[xStart + i * xStride + j] ?? NaN;
  }
  return result;
}

/** x of [images, pixels, c], factors of [images, c]. */
export function multiplyChannels(x: Numbers, factors: Numbers, pixels: number, c: number): number[] {
  return Array.from(x, (value, i) => value * (factors[Math.floor(i / (pixels * c)) * c + (i % c)] ?? NaN));
}

export interface ResizeShape {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly hOut: number;
  readonly wOut: number;
}

function resize(
  shape: ResizeShape,
  sample: (image: number, y: number, x: number, channel: number) => number,
) {
  const { n, h, w, c, hOut, wOut } = shape;
  return Array.from({ length: n * hOut * wOut * c }, (_, i) => {
    const [channel, column] = [i % c, Math.floor(i / c) % wOut];
    const [row, image] = [Math.floor(i / (c * wOut)) % hOut, Math.floor(i / (c * wOut * hOut))];
    return sample(image, ((row + 0.5) * h) / hOut, ((column + 0.5) * w) / wOut, channel);
  });
}

const at = (
  x: Numbers,
  { h, w, c }: ResizeShape,
  image: number,
  row: number,
  column: number,
  channel: number,
) => x[((image * h + row) * w + column) * c + channel] ?? NaN;

export function resizeNearest2d(x: Numbers, shape: ResizeShape): number[] {
  return resize(shape, (image, y, px, channel) =>
    at(x, shape, image, Math.floor(y), Math.floor(px), channel),
  );
}

export function resizeBilinear2d(x: Numbers, shape: ResizeShape): number[] {
  return resize(shape, (image, y, px, channel) => {
    const [sy, sx] = [Math.max(y - 0.5, 0), Math.max(px - 0.5, 0)];
    const [y0, x0] = [Math.min(Math.floor(sy), shape.h - 1), Math.min(Math.floor(sx), shape.w - 1)];
    const [y1, x1] = [Math.min(y0 + 1, shape.h - 1), Math.min(x0 + 1, shape.w - 1)];
    const pixel = (row: number, column: number) => at(x, shape, image, row, column, channel);
    const upper = pixel(y0, x0) + (pixel(y0, x1) - pixel(y0, x0)) * (sx - x0);
    const lower = pixel(y1, x0) + (pixel(y1, x1) - pixel(y1, x0)) * (sx - x0);
    return upper + (lower - upper) * (sy - y0);
  });
}
