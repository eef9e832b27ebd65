/**
 * Direct 3×3 convolution with stride 1 where each output channel sees one input channel: depthwise convolutions, and the
 * first layer on a grey picture.
 *
 * The weights of four channels stay in nine registers while the loop moves along a row. At input column j, three sums are
 * in progress: those of the outputs to its left, at it, and to its right. So each input is loaded once per output row.
 * Every sum starts with the bias, which is read from memory each time: the loop then fits the sixteen vector registers of
 * x86-64.
 */
import { applyEpilogue } from './epilogue';
import { multiplyAdd } from './multiply-add';

/** Four channels from memory, or one grey value for all four. */
@inline
function input(x: usize, grey: bool): v128 {
  return grey ? v128.load32_splat(x) : v128.load(x);
}

/** The first product of a sum, added to the bias if there is one. */
@inline
function start(x: v128, w: v128, bias: usize, biased: bool): v128 {
  return biased ? multiplyAdd(x, w, v128.load(bias)) : f32x4.mul(x, w);
}

/**
 * One output row of four channels, from `width` input columns of the rows `above`, `middle` and `below`. Inputs are
 * `xStep` bytes apart, the nine taps of the kernel `wStep`, the outputs `yStep`.
 *
 * `padded`: as many outputs as inputs, with zeros to the left and right; otherwise two outputs fewer.
 * `top`, `bottom`: the first or last row of the kernel lies outside the picture and counts as zero; its pointer must
 * still be readable. `biased`: there is a bias. The function is inlined, so constant arguments cost nothing.
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
