/** Reference for assembly/depthwise.ts, product by product. */
import { at } from './gemm.js';

export interface DepthwiseShape {
  readonly images: number;
  readonly hIn: number;
  readonly wIn: number;
  readonly c: number;
  readonly hOut: number;
  readonly wOut: number;
  readonly kh: number;
  readonly kw: number;
  readonly stride: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** Calls `visit` for every product whose input lies inside the picture. */
function forEachProduct(
  shape: DepthwiseShape,
  rows: readonly [first: number, last: number],
  visit: (input: number, weight: number, output: number) => void,
) {
  const { hIn, wIn, c, hOut, wOut, kh, kw, stride, padTop, padLeft } = shape;
  for (let item = rows[0]; item < rows[1]; item++) {
    const image = Math.floor(item / hOut);
    for (let ox = 0; ox < wOut; ox++) {
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          const row = (item % hOut) * stride + ky - padTop;
          const column = ox * stride + kx - padLeft;
          if (row < 0 || row >= hIn || column < 0 || column >= wIn) continue;
          for (let channel = 0; channel < c; channel++) {
            const input = ((image * hIn + row) * wIn + column) * c + channel;
            visit(input, (ky * kw + kx) * c + channel, (item * wOut + ox) * c + channel);
          }
        }
      }
    }
  }
}

export function depthwiseConv2d(
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array | null,
  shape: DepthwiseShape,
) {
  const { images, hOut, wOut, c } = shape;
  const y = Float64Array.from({ length: images * hOut * wOut * c }, (_, i) => bias?.[i % c] ?? 0);
  forEachProduct(shape, [0, images * hOut], (input, weight, output) => {
    y[output] = at(y, output) + at(x, input) * at(w, weight);
  });
  return y;
}

export function depthwiseConv2dBackwardInput(dy: Float32Array, w: Float32Array, shape: DepthwiseShape) {
  const { images, hIn, wIn, c, hOut } = shape;
  const dx = new Float64Array(images * hIn * wIn * c);
  forEachProduct(shape, [0, images * hOut], (input, weight, output) => {
    dx[input] = at(dx, input) + at(dy, output) * at(w, weight);
  });
  return dx;
}

/** The weight gradient over the output rows first … last, counted over all images. */
export function depthwiseConv2dBackwardWeights(
  x: Float32Array,
  dy: Float32Array,
  shape: DepthwiseShape,
  first: number,
  last: number,
) {
  const dw = new Float64Array(shape.kh * shape.kw * shape.c);
  forEachProduct(shape, [first, last], (input, weight, output) => {
    dw[weight] = at(dw, weight) + at(x, input) * at(dy, output);
  });
  return dw;
}
