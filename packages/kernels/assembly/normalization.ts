/**
 * Batch normalisation over z [rows, c], forward and backward. Each kernel reads its tensors once.
 *
 *   training forward   batchNormStatistics → batchNormFinalize → scaleShift
 *   training backward  batchNormBackwardStatistics → batchNormBackwardFinalize → batchNormBackwardInput
 *
 * `coefficients` holds four vectors of c: scale, shift, mean, inverse standard deviation. A ReLU after the normalisation is
 * fused (FLAG_RELU): forward, it clamps; backward, it is recomputed from z with the same multiply-add as forward, so that
 * no activation is kept.
 *
 * All kernels work on blocks of BLOCK_ROWS rows, which stay in the L1 cache while each channel group in turn runs down the
 * rows with its coefficients and sums in registers. Groups have eight channels (`wide`: two vectors hide each other's
 * latency), then four, then one (lanes.ts). Summing by blocks also keeps the rounding errors of the float32 sums small; the
 * sums of chunks are added in float64.
 *
 * Ref: Ioffe and Szegedy 2015, "Batch Normalization", section 3; moving averages and biased variance as in
 * Keras.
 */
import { fill } from './elementwise';
import { FLAG_RELU } from './flags';
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

const BLOCK_ROWS = 32;

/** Adds the sum of a block to that of the chunk, for one channel group. */
@inline
function addTo(total: usize, sum: v128, full: bool): void {
  storeLanes(total, f32x4.add(loadLanes(total, full), sum), full);
}

/**
 * Adds Σz and Σz² of a block's channel group to `total` and `total + stride`; even and odd rows have separate sums.
 */
@inline
function statisticsBlock(z: usize, total: usize, rows: i32, stride: usize, wide: bool, full: bool): void {
  let even = f32x4.splat(0);
  let odd = even;
  let evenSquares = even;
  let oddSquares = even;
  let even2 = even;
  let odd2 = even;
  let evenSquares2 = even;
  let oddSquares2 = even;
  for (let row = 0; row < rows; row += 2) {
    const z0 = loadLanes(z, full);
    even = f32x4.add(even, z0);
    evenSquares = multiplyAdd(z0, z0, evenSquares);
    if (wide) {
      const z1 = v128.load(z, 16);
      even2 = f32x4.add(even2, z1);
      evenSquares2 = multiplyAdd(z1, z1, evenSquares2);
    }
    if (row + 1 == rows) break;
    z += stride;
    const z2 = loadLanes(z, full);
    odd = f32x4.add(odd, z2);
    oddSquares = multiplyAdd(z2, z2, oddSquares);
    if (wide) {
      const z3 = v128.load(z, 16);
      odd2 = f32x4.add(odd2, z3);
      oddSquares2 = multiplyAdd(z3, z3, oddSquares2);
    }
    z += stride;
  }
  addTo(total, f32x4.add(even, odd), full);
  addTo(total + stride, f32x4.add(evenSquares, oddSquares), full);
  if (wide) {
    addTo(total + 16, f32x4.add(even2, odd2), full);
    addTo(total + stride + 16, f32x4.add(evenSquares2, oddSquares2), full);
  }
}

/** partial[chunk][2][c] = Σz, Σz² over the chunk's rows; items are chunks. */
export function batchNormStatistics(
  z: usize, partial: usize,
  rows: i32, c: i32, rowsPerChunk: i32,
  begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  for (let chunk = begin; chunk < end; chunk++) {
    const total = partial + <usize>chunk * 2 * stride;
    fill(total, 0, 0, 2 * c);
    const first = chunk * rowsPerChunk;
    const last = min(first + rowsPerChunk, rows);
    for (let row = first; row < last; row += BLOCK_ROWS) {
      const blockRows = min(BLOCK_ROWS, last - row);
      const block = z + <usize>row * stride;
      let at: usize = 0;
      for (; at + 32 <= stride; at += 32) {
        statisticsBlock(block + at, total + at, blockRows, stride, true, true);
      }
      for (; at + 16 <= stride; at += 16) {
        statisticsBlock(block + at, total + at, blockRows, stride, false, true);
      }
      for (; at < stride; at += 4) statisticsBlock(block + at, total + at, blockRows, stride, false, false);
    }
  }
}

/**
 * Computes coefficients [4][c] and the moving statistics from the sums of the chunks; items are channels. gamma and beta
 * may be absent (1 and 0). moving = moving · momentum + batch · (1 − momentum).
 */
export function batchNormFinalize(
  partial: usize, gamma: usize, beta: usize, movingMean: usize, movingVariance: usize, coefficients: usize,
  rows: i32, c: i32, chunks: i32, epsilon: f32, momentum: f32,
  begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  for (let channel = begin; channel < end; channel++) {
    const offset = <usize>channel << 2;
    let sum: f64 = 0;
    let squares: f64 = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const from = partial + <usize>chunk * 2 * stride + offset;
      sum += <f64>load<f32>(from);
      squares += <f64>load<f32>(from + stride);
    }
    const mean = sum / <f64>rows;
    // Rounding may make the difference of two close float32 sums negative; NaN must stay NaN.
    let variance = squares / <f64>rows - mean * mean;
    if (variance < 0) variance = 0;
    const inverseDeviation = 1 / Math.sqrt(variance + <f64>epsilon);
    const scale = (gamma ? <f64>load<f32>(gamma + offset) : 1) * inverseDeviation;
    const shift = (beta ? <f64>load<f32>(beta + offset) : 0) - mean * scale;
    store<f32>(coefficients + offset, <f32>scale);
    store<f32>(coefficients + stride + offset, <f32>shift);
    store<f32>(coefficients + 2 * stride + offset, <f32>mean);
    store<f32>(coefficients + 3 * stride + offset, <f32>inverseDeviation);
    updateMoving(movingMean + offset, mean, <f64>momentum);
    updateMoving(movingVariance + offset, variance, <f64>momentum);
  }
}

@inline
function updateMoving(moving: usize, batch: f64, momentum: f64): void {
  store<f32>(moving, <f32>(<f64>load<f32>(moving) * momentum + batch * (1 - momentum)));
}

/** The normalisation itself. The backward kernels use it too, to recompute where the ReLU was active. */
@inline
function normalize(z: v128, scale: v128, shift: v128): v128 {
  return multiplyAdd(z, scale, shift);
}

/** The lower bound of the result: 0 with ReLU, −infinity without. */
@inline
function reluFloor(flags: i32): v128 {
  return f32x4.splat(flags & FLAG_RELU ? 0 : -f32.POSITIVE_INFINITY);
}

@inline
function scaleShiftBlock(
  z: usize, coefficients: usize, y: usize, rows: i32,
  stride: usize, floor: v128, wide: bool, full: bool,
): void {
  const scale = loadLanes(coefficients, full);
  const shift = loadLanes(coefficients + stride, full);
  let scale2 = scale;
  let shift2 = shift;
  if (wide) {
    scale2 = v128.load(coefficients, 16);
    shift2 = v128.load(coefficients + stride, 16);
  }
  for (let row = 0; row < rows; row++) {
    storeLanes(y, f32x4.pmax(normalize(loadLanes(z, full), scale, shift), floor), full);
    if (wide) v128.store(y, f32x4.pmax(normalize(v128.load(z, 16), scale2, shift2), floor), 16);
    z += stride;
    y += stride;
  }
}

/** y = z · scale + shift, clamped at zero with FLAG_RELU; items are rows of [rows, c]; in place is allowed. */
export function scaleShift(
  z: usize, coefficients: usize, y: usize,
  c: i32, flags: i32, begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  const floor = reluFloor(flags);
  for (let row = begin; row < end; row += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, end - row);
    const zBlock = z + <usize>row * stride;
    const yBlock = y + <usize>row * stride;
    let at: usize = 0;
    for (; at + 32 <= stride; at += 32) {
      scaleShiftBlock(zBlock + at, coefficients + at, yBlock + at, rows, stride, floor, true, true);
    }
    for (; at + 16 <= stride; at += 16) {
      scaleShiftBlock(zBlock + at, coefficients + at, yBlock + at, rows, stride, floor, false, true);
    }
    for (; at < stride; at += 4) {
      scaleShiftBlock(zBlock + at, coefficients + at, yBlock + at, rows, stride, floor, false, false);
    }
  }
}

/** dy′: dy where the forward result was above the lower bound, else 0. */
@inline
function maskedGradient(dy: v128, z: v128, scale: v128, shift: v128, floor: v128): v128 {
  return v128.and(dy, f32x4.gt(normalize(z, scale, shift), floor));
}

/**
 * Adds Σdy′ and Σdy′·x̂ of a block's channel group to `total` and `total + stride`. The inverse deviation is common to all
 * terms of a channel, so it multiplies the block's sum of dy′·(z − mean) once. Even and odd rows have separate sums; two
 * vectors side by side would need more registers than there are.
 */
@inline
function backwardStatisticsBlock(
  z: usize, dy: usize, coefficients: usize, total: usize,
  rows: i32, stride: usize, floor: v128, full: bool,
): void {
  const scale = loadLanes(coefficients, full);
  const shift = loadLanes(coefficients + stride, full);
  const mean = loadLanes(coefficients + 2 * stride, full);
  let even = f32x4.splat(0);
  let odd = even;
  let evenProducts = even;
  let oddProducts = even;
  for (let row = 1; row < rows; row += 2) {
    const z0 = loadLanes(z, full);
    const z1 = loadLanes(z + stride, full);
    const gradient0 = maskedGradient(loadLanes(dy, full), z0, scale, shift, floor);
    const gradient1 = maskedGradient(loadLanes(dy + stride, full), z1, scale, shift, floor);
    even = f32x4.add(even, gradient0);
    odd = f32x4.add(odd, gradient1);
    evenProducts = multiplyAdd(gradient0, f32x4.sub(z0, mean), evenProducts);
    oddProducts = multiplyAdd(gradient1, f32x4.sub(z1, mean), oddProducts);
    z += 2 * stride;
    dy += 2 * stride;
  }
  if (rows & 1) {
    const z0 = loadLanes(z, full);
    const gradient0 = maskedGradient(loadLanes(dy, full), z0, scale, shift, floor);
    even = f32x4.add(even, gradient0);
    evenProducts = multiplyAdd(gradient0, f32x4.sub(z0, mean), evenProducts);
  }
  const inverseDeviation = loadLanes(coefficients + 3 * stride, full);
  addTo(total, f32x4.add(even, odd), full);
  addTo(total + stride, f32x4.mul(f32x4.add(evenProducts, oddProducts), inverseDeviation), full);
}

/** partial[chunk][2][c] = Σdy′, Σdy′·x̂ with x̂ = (z − mean) · inverse deviation; items are chunks. */
export function batchNormBackwardStatistics(
  z: usize, dy: usize, coefficients: usize, partial: usize,
  rows: i32, c: i32, rowsPerChunk: i32, flags: i32,
  begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  const floor = reluFloor(flags);
  for (let chunk = begin; chunk < end; chunk++) {
    const total = partial + <usize>chunk * 2 * stride;
    fill(total, 0, 0, 2 * c);
    const first = chunk * rowsPerChunk;
    const last = min(first + rowsPerChunk, rows);
    for (let row = first; row < last; row += BLOCK_ROWS) {
      const blockRows = min(BLOCK_ROWS, last - row);
      const zBlock = z + <usize>row * stride;
      const dyBlock = dy + <usize>row * stride;
      let at: usize = 0;
      for (; at + 16 <= stride; at += 16) {
        backwardStatisticsBlock(
          zBlock + at, dyBlock + at, coefficients + at, total + at, blockRows, stride, floor, true,
        );
      }
      for (; at < stride; at += 4) {
        backwardStatisticsBlock(
          zBlock + at, dyBlock + at, coefficients + at, total + at, blockRows, stride, floor, false,
        );
      }
    }
  }
}

/**
 * Computes dGamma, dBeta and `backward` [3][c] = a, b, d, such that dz = a·dy′ + b·z + d, from the sums of the chunks; items
 * are channels. gamma, dGamma and dBeta may be absent.
 *
 * With N rows, x̂ = (z − μ)·σ⁻¹, dβ = Σdy′ and dγ = Σdy′·x̂ the chain rule through mean and variance gives
 *   dz = γσ⁻¹ · (dy′ − dβ/N − x̂·dγ/N),
 * which is linear in dy′ and z:  a = γσ⁻¹,  b = −a·σ⁻¹·dγ/N,  d = −a·dβ/N − b·μ.
 */
export function batchNormBackwardFinalize(
  partial: usize, gamma: usize, coefficients: usize, dGamma: usize, dBeta: usize, backward: usize,
  rows: i32, c: i32, chunks: i32,
  begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  for (let channel = begin; channel < end; channel++) {
    const offset = <usize>channel << 2;
    let sum: f64 = 0;
    let products: f64 = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const from = partial + <usize>chunk * 2 * stride + offset;
      sum += <f64>load<f32>(from);
      products += <f64>load<f32>(from + stride);
    }
    const mean = <f64>load<f32>(coefficients + 2 * stride + offset);
    const inverseDeviation = <f64>load<f32>(coefficients + 3 * stride + offset);
    const a = (gamma ? <f64>load<f32>(gamma + offset) : 1) * inverseDeviation;
    const b = (-a * inverseDeviation * products) / <f64>rows;
    const d = (-a * sum) / <f64>rows - b * mean;
    store<f32>(backward + offset, <f32>a);
    store<f32>(backward + stride + offset, <f32>b);
    store<f32>(backward + 2 * stride + offset, <f32>d);
    if (dGamma) store<f32>(dGamma + offset, <f32>products);
    if (dBeta) store<f32>(dBeta + offset, <f32>sum);
  }
}

@inline
function backwardInputBlock(
  z: usize, dy: usize, coefficients: usize, backward: usize, dz: usize,
  rows: i32, stride: usize,
  floor: v128, wide: bool, full: bool,
): void {
  const scale = loadLanes(coefficients, full);
  const shift = loadLanes(coefficients + stride, full);
  const a = loadLanes(backward, full);
  const b = loadLanes(backward + stride, full);
  const d = loadLanes(backward + 2 * stride, full);
  let scale2 = scale;
  let shift2 = shift;
  let a2 = a;
  let b2 = b;
  let d2 = d;
  if (wide) {
    scale2 = v128.load(coefficients, 16);
    shift2 = v128.load(coefficients + stride, 16);
    a2 = v128.load(backward, 16);
    b2 = v128.load(backward + stride, 16);
    d2 = v128.load(backward + 2 * stride, 16);
  }
  for (let row = 0; row < rows; row++) {
    const z0 = loadLanes(z, full);
    const gradient = maskedGradient(loadLanes(dy, full), z0, scale, shift, floor);
    storeLanes(dz, multiplyAdd(a, gradient, multiplyAdd(b, z0, d)), full);
    if (wide) {
      const z1 = v128.load(z, 16);
      const gradient2 = maskedGradient(v128.load(dy, 16), z1, scale2, shift2, floor);
      v128.store(dz, multiplyAdd(a2, gradient2, multiplyAdd(b2, z1, d2)), 16);
    }
    z += stride;
    dy += stride;
    dz += stride;
  }
}

/** dz = a·dy′ + b·z + d; items are rows; in place (dz == dy) is allowed. */
export function batchNormBackwardInput(
  z: usize, dy: usize, coefficients: usize, backward: usize, dz: usize,
  c: i32, flags: i32, begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  const floor = reluFloor(flags);
  for (let row = begin; row < end; row += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, end - row);
    const block = <usize>row * stride;
    let at: usize = 0;
    for (; at + 32 <= stride; at += 32) {
      const from = block + at;
      backwardInputBlock(
        z + from, dy + from, coefficients + at, backward + at, dz + from, rows, stride, floor, true, true,
      );
    }
    for (; at + 16 <= stride; at += 16) {
      const from = block + at;
      backwardInputBlock(
        z + from, dy + from, coefficients + at, backward + at, dz + from, rows, stride, floor, false, true,
      );
    }
    for (; at < stride; at += 4) {
      const from = block + at;
      backwardInputBlock(
        z + from, dy + from, coefficients + at, backward + at, dz + from, rows, stride, floor, false, false,
      );
    }
  }
}
