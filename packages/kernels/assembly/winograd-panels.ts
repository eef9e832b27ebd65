/** Weights for conv2dWinograd: transformed to the six points (winograd.ts) and packed into panels (panels.ts). */
import { multiplyAdd } from './multiply-add';
import { PANEL_COLUMNS, PANEL_STEP } from './panels';
import { WINOGRAD_POINTS } from './winograd';

/** The point whose value counts once in each output; the bias is added there. */
const BIAS_POINT: i32 = 1;

/**
 * The panels of the transformed weights, point by point: a kh·cIn × cOut matrix each. Items are the ⌈cOut / 8⌉ panels of
 * a point.
 *
 * @param w [kh][rowInputs][cOut], where the `rowInputs` inputs of a row belong to three pixels of cIn channels and the last
 *   ones may be missing; if `rotated`, [kh][3][cOut][cIn], a kernel to be rotated by 180° with its channels swapped
 */
export function packWinogradPanels(
  w: usize, bias: usize, panels: usize,
  kh: i32, rowInputs: i32, cIn: i32, cOut: i32, rotated: i32,
  begin: i32, end: i32,
): void {
  const panelBytes = (kh * cIn + 1) * <i32>PANEL_STEP;
  const pointBytes = ((cOut + PANEL_COLUMNS - 1) / PANEL_COLUMNS) * panelBytes;
  const inputBytes = rotated ? 4 : cOut << 2;
  const outputBytes = rotated ? cIn << 2 : 4;
  const pixelBytes = (cIn * cOut) << 2;
  for (let panel = begin; panel < end; panel++) {
    for (let half = 0; half < PANEL_COLUMNS; half += 4) {
      const first = panel * PANEL_COLUMNS + half;
      const columns = max(0, min(4, cOut - first));
      let to = panels + panel * panelBytes + (half << 2);
      for (let point = 0; point < WINOGRAD_POINTS; point++) {
        const head = point == BIAS_POINT && bias ? gather(bias + (first << 2), 4, columns) : f32x4.splat(0);
        v128.store(to + point * pointBytes, head);
      }
      for (let row = 0; row < kh; row++) {
        const kernelRow = rotated ? (kh - 1 - row) * 3 * pixelBytes : row * rowInputs * (cOut << 2);
        for (let input = 0; input < cIn; input++) {
          const from = w + kernelRow + input * inputBytes + first * outputBytes;
          const left = gather(from + (rotated ? 2 * pixelBytes : 0), outputBytes, columns);
          const middle = gather(from + pixelBytes, outputBytes, columns);
          const isThere = rotated || 2 * cIn + input < rowInputs;
          const right = gather(from + (rotated ? 0 : 2 * pixelBytes), outputBytes, isThere ? columns : 0);
          to += PANEL_STEP;
          transformWeights(left, middle, right, to, pointBytes);
        }
      }
    }
  }
}

/** The first `count` of four values that are `step` bytes apart; the others are zeros. */
@inline
function gather(from: usize, step: i32, count: i32): v128 {
  if (count == 4 && step == 4) return v128.load(from);
  let values = f32x4.splat(0);
  if (count > 0) values = v128.load32_lane(from, values, 0);
  if (count > 1) values = v128.load32_lane(from + step, values, 1);
  if (count > 2) values = v128.load32_lane(from + 2 * step, values, 2);
  if (count > 3) values = v128.load32_lane(from + 3 * step, values, 3);
  return values;
}

/** Transforms three weights to the six points, with the factors of all three transforms: Lavin and Gray's G. */
@inline
function transformWeights(left: v128, middle: v128, right: v128, to: usize, step: i32): void {
  const outer = f32x4.mul(f32x4.add(left, right), f32x4.splat(-1.0 / 6));
  const inner = f32x4.mul(middle, f32x4.splat(-1.0 / 6));
  const outerTwo = multiplyAdd(right, f32x4.splat(1.0 / 6), f32x4.mul(left, f32x4.splat(1.0 / 24)));
  const innerTwo = f32x4.mul(middle, f32x4.splat(1.0 / 12));
  v128.store(to, f32x4.mul(left, f32x4.splat(0.25)));
  v128.store(to + step, f32x4.add(outer, inner));
  v128.store(to + 2 * step, f32x4.sub(outer, inner));
  v128.store(to + 3 * step, f32x4.add(outerTwo, innerTwo));
  v128.store(to + 4 * step, f32x4.sub(outerTwo, innerTwo));
  v128.store(to + 5 * step, right);
}
