/**
 * The inner loop of 3×3 convolutions of stride 1 in which an output channel sees one input channel: depthwise ones,
 * and the first layer on a grey picture.
 *
 * The weights of four channels stay in nine registers while the loop slides along a row. At input column j the sums of
 * the outputs to its left (`done` after it), under it and to its right are in flight, so every input is loaded once per
 * output row. The bias, read from memory each time, starts the
 * chain: no register is kept for it in the loop, which then fits the sixteen of x86-64.
 */
import { applyEpilogue } from './epilogue';
import { multiplyAdd } from './multiply-add';

/** Four channels from memory, or one value for all four. */
@inline
function input(x: usize, grey: bool): v128 {
  return grey ? v128.load32_splat(x) : v128.load(x);
}

/** The first product of a chain, on top of the bias where there is one. */
@inline
function start(x: v128, w: v128, bias: usize, biased: bool): v128 {
  return biased ? multiplyAdd(x, w, v128.load(bias)) : f32x4.mul(x, w);
}

/**
 * One output row of four channels: `width` input columns, `xStep` bytes apart, of the rows at `above`, `middle` and
 * `below`; the nine places of the kernel `wStep` bytes apart, the outputs `yStep`.
 *
 * `padded`: there are as many outputs as inputs, and zeros to the left and right; else two outputs fewer.
 * `top`, `bottom`: the first or last row of the kernel lies outside the picture and counts as zero; its pointer must
 * still be readable. `biased`: there is a bias. Flags that the caller knows cost nothing: all of this is inlined.
 */
@inline
export function directRow3x3(
  above: usize, middle: usize, below: usize, width: i32, xStep: usize,
  grey: bool, padded: bool, top: bool, bottom: bool,
  w: usize, wStep: usize, bias: usize, biased: bool, y: usize, yStep: usize, flags: i32,
): void {
  let w00 = v128.load(w);
  let w01 = v128.load(w + wStep);
  let w02 = v128.load(w + 2 * wStep);
  const w10 = v128.load(w + 3 * wStep);
  const w11 = v128.load(w + 4 * wStep);
  const w12 = v128.load(w + 5 * wStep);
  let w20 = v128.load(w + 6 * wStep);
  let w21 = v128.load(w + 7 * wStep);
  let w22 = v128.load(w + 8 * wStep);
  if (top) {
    w00 = f32x4.splat(0);
    w01 = w00;
    w02 = w00;
  }
  if (bottom) {
    w20 = f32x4.splat(0);
    w21 = w20;
    w22 = w20;
  }
  let a = above;
  let m = middle;
  let b = below;
  let to = y;
  let left = width - 1;
  let x0 = input(a, grey);
  let x1 = input(m, grey);
  let x2 = input(b, grey);
  let current: v128;
  let next = multiplyAdd(x2, w20, multiplyAdd(x1, w10, start(x0, w00, bias, biased)));
  if (padded) {
    current = multiplyAdd(x2, w21, multiplyAdd(x1, w11, start(x0, w01, bias, biased)));
  } else {
    a += xStep;
    m += xStep;
    b += xStep;
    left--;
    x0 = input(a, grey);
    x1 = input(m, grey);
    x2 = input(b, grey);
    current = multiplyAdd(x2, w21, multiplyAdd(x1, w11, multiplyAdd(x0, w01, next)));
    next = multiplyAdd(x2, w20, multiplyAdd(x1, w10, start(x0, w00, bias, biased)));
  }
  for (; left > 0; left--) {
    a += xStep;
    m += xStep;
    b += xStep;
    x0 = input(a, grey);
    x1 = input(m, grey);
    x2 = input(b, grey);
    v128.store(to, applyEpilogue(multiplyAdd(x2, w22, multiplyAdd(x1, w12, multiplyAdd(x0, w02, current))), to, flags));
    current = multiplyAdd(x2, w21, multiplyAdd(x1, w11, multiplyAdd(x0, w01, next)));
    next = multiplyAdd(x2, w20, multiplyAdd(x1, w10, start(x0, w00, bias, biased)));
    to += yStep;
  }
  if (padded) v128.store(to, applyEpilogue(current, to, flags));
}
