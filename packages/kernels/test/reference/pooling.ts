/** Pooling over NHWC tensors, one output at a time, in float64. */

type Numbers = ArrayLike<number>;

export interface PoolShape {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly hOut: number;
  readonly wOut: number;
  readonly kh: number;
  readonly kw: number;
  readonly stride: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** The shape of a pooling with padding 'same' as in Keras: minimum padding, the odd pixel below and to the right. */
export function samePoolShape(
  n: number,
  h: number,
  w: number,
  c: number,
  k: number,
  stride: number,
): PoolShape {
  const [hOut, wOut] = [Math.ceil(h / stride), Math.ceil(w / stride)];
  const padTop = Math.max((hOut - 1) * stride + k - h, 0) >> 1;
  const padLeft = Math.max((wOut - 1) * stride + k - w, 0) >> 1;
  return { n, h, w, c, hOut, wOut, kh: k, kw: k, stride, padTop, padLeft };
}

/** Calls `visit(output, input, position)` for every element of every window that lies inside the picture. */
function forEachTap(
  { n, h, w, c, hOut, wOut, kh, kw, stride, padTop, padLeft }: PoolShape,
  visit: (output: number, input: number, position: number) => void,
): void {
  for (let output = 0; output < n * hOut * wOut * c; output++) {
    const channel = output % c;
    const ox = Math.floor(output / c) % wOut;
    const oy = Math.floor(output / c / wOut) % hOut;
    const image = Math.floor(output / c / wOut / hOut);
    for (let position = 0; position < kh * kw; position++) {
      const y = oy * stride - padTop + Math.floor(position / kw);
      const x = ox * stride - padLeft + (position % kw);
      if (y < 0 || y >= h || x < 0 || x >= w) continue;
      visit(output, ((image * h + y) * w + x) * c + channel, position);
    }
  }
}

/** The maximum of each window and the position (ky·kw + kx) where it first occurs. */
export function maxPool2d(x: Numbers, shape: PoolShape): { y: Float64Array; argmax: Int32Array } {
  const outputs = shape.n * shape.hOut * shape.wOut * shape.c;
  const y = new Float64Array(outputs).fill(-Infinity);
  const argmax = new Int32Array(outputs).fill(-1);
  forEachTap(shape, (output, input, position) => {
    const value = x[input] ?? NaN;
    if (value > (y[output] ?? NaN)) {
      y[output] = value;
      argmax[output] = position;
    }
  });
  return { y, argmax };
}

/** Scatters each output's gradient to the input that was its maximum. */
export function maxPool2dBackward(dy: Numbers, argmax: Numbers, shape: PoolShape): Float64Array {
  const dx = new Float64Array(shape.n * shape.h * shape.w * shape.c);
  forEachTap(shape, (output, input, position) => {
    if (argmax[output] === position) dx[input] = (dx[input] ?? NaN) + (dy[output] ?? NaN);
  });
  return dx;
}

/** The mean over the pixels of x [n, pixels, c]. */
export function globalAveragePool(x: Numbers, n: number, pixels: number, c: number): Float64Array {
  const y = new Float64Array(n * c);
  for (let i = 0; i < n * pixels * c; i++) {
    const output = Math.floor(i / (pixels * c)) * c + (i % c);
    y[output] = (y[output] ?? NaN) + (x[i] ?? NaN) / pixels;
  }
  return y;
}

export function globalAveragePoolBackward(dy: Numbers, n: number, pixels: number, c: number): Float64Array {
  return Float64Array.from({ length: n * pixels * c }, (_, i) => {
    return (dy[Math.floor(i / (pixels * c)) * c + (i % c)] ?? NaN) / pixels;
  });
}

/** Means over windows; pixels outside count as zeros or are ignored. */
export function averagePool2d(x: Numbers, shape: PoolShape, includePadding: boolean): number[] {
  const length = shape.n * shape.hOut * shape.wOut * shape.c;
  const sums = new Array<number>(length).fill(0);
  const counts = new Array<number>(length).fill(0);
  forEachTap(shape, (output, input) => {
    sums[output] = (sums[output] ?? 0) + (x[input] ?? NaN);
    counts[output] = (counts[output] ?? 0) + 1;
  });
  return sums.map((sum, i) => sum / (includePadding ? shape.kh * shape.kw : (counts[i] ?? NaN)));
}
