/** Reference for assembly/convolution.ts, product by product. */
import { at } from './gemm.js';

export interface ConvolutionShape {
  readonly images: number;
  readonly hIn: number;
  readonly wIn: number;
  readonly cIn: number;
  readonly hOut: number;
  readonly wOut: number;
  readonly cOut: number;
  readonly kh: number;
  readonly kw: number;
  readonly stride: number;
}

/** Calls `visit` for every product of a valid convolution, with the indices of its input, weight and output. */
function forEachProduct(
  shape: ConvolutionShape,
  rows: readonly [first: number, last: number],
  visit: (input: number, weight: number, output: number) => void,
) {
  const { hIn, wIn, cIn, hOut, wOut, cOut, kh, kw, stride } = shape;
  for (let item = rows[0]; item < rows[1]; item++) {
    const image = Math.floor(item / hOut);
    for (let ox = 0; ox < wOut; ox++) {
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          const pixel = (image * hIn + (item % hOut) * stride + ky) * wIn + ox * stride + kx;
          for (let ci = 0; ci < cIn; ci++) {
            for (let co = 0; co < cOut; co++) {
              visit(
                pixel * cIn + ci,
                ((ky * kw + kx) * cIn + ci) * cOut + co,
                (item * wOut + ox) * cOut + co,
              );
            }
          }
        }
      }
    }
  }
}

export function conv2d(x: Float32Array, w: Float32Array, bias: Float32Array | null, shape: ConvolutionShape) {
  const { images, hOut, wOut, cOut } = shape;
  const y = Float64Array.from({ length: images * hOut * wOut * cOut }, (_, i) => bias?.[i % cOut] ?? 0);
  forEachProduct(shape, [0, images * hOut], (input, weight, output) => {
    y[output] = at(y, output) + at(x, input) * at(w, weight);
  });
  return y;
}

/** The weight gradient over the output rows first … last, counted over all images. */
export function conv2dBackwardWeights(
  x: Float32Array,
  dy: Float32Array,
  shape: ConvolutionShape,
  first: number,
  last: number,
) {
  const dw = new Float64Array(shape.kh * shape.kw * shape.cIn * shape.cOut);
  forEachProduct(shape, [first, last], (input, weight, output) => {
    dw[weight] = at(dw, weight) + at(x, input) * at(dy, output);
  });
  return dw;
}

/** The data gradient of a convolution by its definition, to check pad2d and packRotatedPanels. */
export function conv2dBackwardInput(dy: Float32Array, w: Float32Array, shape: ConvolutionShape) {
  const { images, hIn, wIn, cIn, hOut } = shape;
  const dx = new Float64Array(images * hIn * wIn * cIn);
  forEachProduct(shape, [0, images * hOut], (input, weight, output) => {
    dx[input] = at(dx, input) + at(dy, output) * at(w, weight);
  });
  return dx;
}

export interface PaddingShape {
  readonly images: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly hOut: number;
  readonly wOut: number;
  readonly padTop: number;
  readonly padLeft: number;
}

export function pad2d(x: Float32Array, shape: PaddingShape) {
  const { images, h, w, c, hOut, wOut, padTop, padLeft } = shape;
  const y = new Float32Array(images * hOut * wOut * c);
  for (let image = 0; image < images; image++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const [row, column] = [padTop + i, padLeft + j];
        if (row < 0 || row >= hOut || column < 0 || column >= wOut) continue;
        for (let channel = 0; channel < c; channel++) {
          const value = at(x, ((image * h + i) * w + j) * c + channel);
          y[((image * hOut + row) * wOut + column) * c + channel] = value;
        }
      }
    }
  }
  return y;
}
