/**
 * Elementwise kernels, and the sums of chunked reductions.
 *
 * Items are elements unless noted. All kernels here are memory-bound: four lanes at a time, then one lane for the rest.
 */
import { FLAG_ACCUMULATE, FLAG_RELU } from './flags';
import { loadLanes, rectify, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

/** y = max(x, 0); in place is allowed. */
export function relu(x: usize, y: usize, begin: i32, end: i32): void {
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; offset + 16 <= last; offset += 16) {
    storeLanes(y + offset, rectify(loadLanes(x + offset, true)), true);
  }
  for (; offset < last; offset += 4) storeLanes(y + offset, rectify(loadLanes(x + offset, false)), false);
}

@inline
function reluBackwardLanes(y: usize, dy: usize, dx: usize, accumulate: bool, full: bool): void {
  const gradient = v128.and(loadLanes(dy, full), f32x4.gt(loadLanes(y, full), f32x4.splat(0)));
  storeLanes(dx, accumulate ? f32x4.add(loadLanes(dx, full), gradient) : gradient, full);
}

/**
 * dx = dy where the result y of the ReLU is positive, else 0; adds to dx with FLAG_ACCUMULATE. In place (dx == dy) is
 * allowed.
 */
export function reluBackward(y: usize, dy: usize, dx: usize, flags: i32, begin: i32, end: i32): void {
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  if (flags & FLAG_ACCUMULATE) {
    for (; offset + 16 <= last; offset += 16) {
      reluBackwardLanes(y + offset, dy + offset, dx + offset, true, true);
    }
    for (; offset < last; offset += 4) reluBackwardLanes(y + offset, dy + offset, dx + offset, true, false);
  } else {
    for (; offset + 16 <= last; offset += 16) {
      reluBackwardLanes(y + offset, dy + offset, dx + offset, false, true);
    }
    for (; offset < last; offset += 4) reluBackwardLanes(y + offset, dy + offset, dx + offset, false, false);
  }
}

@inline
function addLanes(a: usize, b: usize, y: usize, floor: v128, full: bool): void {
  storeLanes(y, f32x4.pmax(f32x4.add(loadLanes(a, full), loadLanes(b, full)), floor), full);
}

/** y = a + b, clamped at zero with FLAG_RELU; in place is allowed. */
export function add(a: usize, b: usize, y: usize, flags: i32, begin: i32, end: i32): void {
  // Without ReLU, the lower bound is −infinity.
  const floor = f32x4.splat(flags & FLAG_RELU ? 0 : -f32.POSITIVE_INFINITY);
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; offset + 16 <= last; offset += 16) addLanes(a + offset, b + offset, y + offset, floor, true);
  for (; offset < last; offset += 4) addLanes(a + offset, b + offset, y + offset, floor, false);
}

/** y = value. */
export function fill(y: usize, value: f32, begin: i32, end: i32): void {
  const lanes = f32x4.splat(value);
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; offset + 16 <= last; offset += 16) storeLanes(y + offset, lanes, true);
  for (; offset < last; offset += 4) storeLanes(y + offset, lanes, false);
}

/** y = x. */
export function copy(x: usize, y: usize, begin: i32, end: i32): void {
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; offset + 16 <= last; offset += 16) storeLanes(y + offset, loadLanes(x + offset, true), true);
  for (; offset < last; offset += 4) storeLanes(y + offset, loadLanes(x + offset, false), false);
}

@inline
function addScaledLanes(x: usize, scale: v128, y: usize, full: bool): void {
  storeLanes(y, multiplyAdd(loadLanes(x, full), scale, loadLanes(y, full)), full);
}

/** y += scale · x. */
export function addScaled(x: usize, scale: f32, y: usize, begin: i32, end: i32): void {
  const factor = f32x4.splat(scale);
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; offset + 16 <= last; offset += 16) addScaledLanes(x + offset, factor, y + offset, true);
  for (; offset < last; offset += 4) addScaledLanes(x + offset, factor, y + offset, false);
}

@inline
function reduceLanes(partial: usize, y: usize, chunks: i32, stride: usize, full: bool): void {
  let sum = loadLanes(partial, full);
  for (let chunk = 1; chunk < chunks; chunk++) {
    partial += stride;
    sum = f32x4.add(sum, loadLanes(partial, full));
  }
  storeLanes(y, sum, full);
}

/** y[i] = Σ partial[chunk][i], in the order of the chunks; partial is [chunks, count]. */
export function reduceChunks(partial: usize, y: usize, chunks: i32, count: i32, begin: i32, end: i32): void {
  const stride = <usize>count << 2;
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; offset + 16 <= last; offset += 16) reduceLanes(partial + offset, y + offset, chunks, stride, true);
  for (; offset < last; offset += 4) reduceLanes(partial + offset, y + offset, chunks, stride, false);
}

/**
 * Adds `rows` rows of one channel group to the sums at `total`; four running sums hide the latency of additions.
 */
@inline
function sumRowsLanes(x: usize, total: usize, rows: i32, stride: usize, full: bool): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    s0 = f32x4.add(s0, loadLanes(x, full));
    s1 = f32x4.add(s1, loadLanes(x + stride, full));
    s2 = f32x4.add(s2, loadLanes(x + 2 * stride, full));
    s3 = f32x4.add(s3, loadLanes(x + 3 * stride, full));
    x += 4 * stride;
  }
  for (; row < rows; row++) {
    s0 = f32x4.add(s0, loadLanes(x, full));
    x += stride;
  }
  const sum = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  storeLanes(total, f32x4.add(loadLanes(total, full), sum), full);
}

/**
 * Rows that are summed before their sum is added to that of the chunk: a block stays in the L1 cache, and rounding errors
 * stay small.
 */
const BLOCK_ROWS = 32;

/** partial[chunk][c] = Σ over the chunk's rows of x [rows, c], for bias gradients; items are chunks. */
export function sumRows(
  x: usize, partial: usize,
  rows: i32, c: i32, rowsPerChunk: i32,
  begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  for (let chunk = begin; chunk < end; chunk++) {
    const total = partial + <usize>chunk * stride;
    fill(total, 0, 0, c);
    const first = chunk * rowsPerChunk;
    const last = min(first + rowsPerChunk, rows);
    for (let row = first; row < last; row += BLOCK_ROWS) {
      const blockRows = min(BLOCK_ROWS, last - row);
      const block = x + <usize>row * stride;
      let offset: usize = 0;
      for (; offset + 16 <= stride; offset += 16) {
        sumRowsLanes(block + offset, total + offset, blockRows, stride, true);
      }
      for (; offset < stride; offset += 4) {
        sumRowsLanes(block + offset, total + offset, blockRows, stride, false);
      }
    }
  }
}
