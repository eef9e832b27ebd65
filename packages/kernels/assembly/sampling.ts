/**
 * From 8-bit pictures to float tensors: crop and resize, affine warp, plain conversion. A sample s becomes s·scale + offset,
 * which maps 0 … 255 to the input range of a network.
 *
 * Coordinates are continuous: pixel i covers i … i + 1, and its centre is at i + 0.5. Only warpAffine has pixel centres at
 * integers, as the matrices of augmentation expect.
 */
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

@inline
function convertLanes(value: v128, y: usize, scale: v128, offset: v128, full: bool): void {
  storeLanes(y, multiplyAdd(f32x4.convert_i32x4_s(value), scale, offset), full);
}

/** y = source·scale + offset, uint8 to float32; items are elements. */
export function toFloat(source: usize, y: usize, scale: f32, offset: f32, begin: i32, end: i32): void {
  const scales = f32x4.splat(scale);
  const offsets = f32x4.splat(offset);
  let i = begin;
  for (; i + 8 <= end; i += 8) {
    const wide = v128.load8x8_u(source + <usize>i);
    const to = y + (<usize>i << 2);
    convertLanes(i32x4.extend_low_i16x8_u(wide), to, scales, offsets, true);
    convertLanes(i32x4.extend_high_i16x8_u(wide), to + 16, scales, offsets, true);
  }
  for (; i < end; i++) {
    convertLanes(i32x4.splat(load<u8>(source + <usize>i)), y + (<usize>i << 2), scales, offsets, false);
  }
}

/** Clamps coordinates to 0 … last; NaN becomes 0. */
@inline
function clampCoordinates(values: v128, last: v128): v128 {
  return f32x4.pmin(last, f32x4.pmax(f32x4.splat(0), values));
}

/** The byte at each of four addresses, as floats. */
@inline
function gatherBytes(base: usize, offsets: v128): v128 {
  let bytes = i32x4.splat(0);
  bytes = v128.load8_lane(base + <usize>i32x4.extract_lane(offsets, 0), bytes, 0);
  bytes = v128.load8_lane(base + <usize>i32x4.extract_lane(offsets, 1), bytes, 4);
  bytes = v128.load8_lane(base + <usize>i32x4.extract_lane(offsets, 2), bytes, 8);
  bytes = v128.load8_lane(base + <usize>i32x4.extract_lane(offsets, 3), bytes, 12);
  return f32x4.convert_i32x4_s(bytes);
}

/** a + (b − a)·t */
@inline
function interpolate(a: v128, b: v128, t: v128): v128 {
  return multiplyAdd(f32x4.sub(b, a), t, a);
}

/** Stores the first `count` lanes. */
@inline
function storeFirst(y: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(y, value);
    return;
  }
  v128.store32_lane(y, value, 0);
  if (count > 1) v128.store32_lane(y, value, 1, 4);
  if (count > 2) v128.store32_lane(y, value, 2, 8);
}

/**
 * y[image] = source[image] warped by an affine map, with bilinear interpolation and repeated edges; items are images.
 * source is uint8 [n, hIn, wIn], y float32 [n, hOut, wOut]. The matrix m of an image maps the output pixel (x, y) to the
 * source position (m0·x + m1·y + m2, m3·x + m4·y + m5), with pixel centres at integers.
 */
export function warpAffine(
  source: usize, matrices: usize, y: usize,
  hIn: i32, wIn: i32, hOut: i32, wOut: i32, scale: f32, offset: f32,
  begin: i32, end: i32,
): void {
  const lastX = f32x4.splat(<f32>(wIn - 1));
  const lastY = f32x4.splat(<f32>(hIn - 1));
  // The upper left of the four pixels is never in the last column or row, so that its right and lower neighbours exist (at
  // the edge they have weight 1). A picture of one column or row repeats it.
  const lastLeft = i32x4.splat(max(wIn - 2, 0));
  const lastTop = i32x4.splat(max(hIn - 2, 0));
  const right: usize = wIn > 1 ? 1 : 0;
  const below: usize = hIn > 1 ? <usize>wIn : 0;
  const width = i32x4.splat(wIn);
  const scales = f32x4.splat(scale);
  const shifts = f32x4.splat(offset);
  for (let image = begin; image < end; image++) {
    const matrix = matrices + <usize>image * 24;
    const m0 = v128.load32_splat(matrix);
    const m3 = v128.load32_splat(matrix, 12);
    const picture = source + <usize>(image * hIn * wIn);
    for (let row = 0; row < hOut; row++) {
      const rowX = f32x4.splat(load<f32>(matrix, 4) * <f32>row + load<f32>(matrix, 8));
      const rowY = f32x4.splat(load<f32>(matrix, 16) * <f32>row + load<f32>(matrix, 20));
      const to = y + (<usize>((image * hOut + row) * wOut) << 2);
      for (let column = 0; column < wOut; column += 4) {
        const x = f32x4.convert_i32x4_s(i32x4.add(i32x4.splat(column), i32x4(0, 1, 2, 3)));
        const sourceX = clampCoordinates(multiplyAdd(m0, x, rowX), lastX);
        const sourceY = clampCoordinates(multiplyAdd(m3, x, rowY), lastY);
        const left = i32x4.min_s(i32x4.trunc_sat_f32x4_s(sourceX), lastLeft);
        const top = i32x4.min_s(i32x4.trunc_sat_f32x4_s(sourceY), lastTop);
        const fx = f32x4.sub(sourceX, f32x4.convert_i32x4_s(left));
        const fy = f32x4.sub(sourceY, f32x4.convert_i32x4_s(top));
        const at = i32x4.add(i32x4.mul(top, width), left);
        const next = picture + below;
        const upper = interpolate(gatherBytes(picture, at), gatherBytes(picture + right, at), fx);
        const lower = interpolate(gatherBytes(next, at), gatherBytes(next + right, at), fx);
        const sample = interpolate(upper, lower, fy);
        storeFirst(to + (<usize>column << 2), multiplyAdd(sample, scales, shifts), wOut - column);
      }
    }
  }
}

/**
 * y [h, w], stored at every `stride`-th float, = a separable filter over a grid of samples [(h + 1)·samples,
 * (w + 1)·samples]: each pixel is the weighted mean of 2·samples × 2·samples of them. Items are rows of y.
 *
 * weights [taps] apply along rows and along columns; `taps` is 2·samples rounded up to a multiple of four, with zeros at the
 * end. `scratch` holds (w + 1)·samples + 4 floats per thread.
 */
export function downsampleGrid(
  grid: usize, weights: usize, scratch: usize, y: usize,
  w: i32, samples: i32, taps: i32, stride: i32,
  begin: i32, end: i32,
): void {
  const columns = (w + 1) * samples;
  const rowBytes = <usize>columns << 2;
  // The sums are followed by zeros, which are read with zero weights.
  v128.store(scratch + rowBytes, f32x4.splat(0));
  for (let row = begin; row < end; row++) {
    const first = grid + <usize>(row * samples) * rowBytes;
    // Vertical filter first, because it runs along whole rows of the grid.
    let column = 0;
    for (; column + 4 <= columns; column += 4) filterGridColumns(first, column, weights, scratch, rowBytes, samples, true);
    for (; column < columns; column++) filterGridColumns(first, column, weights, scratch, rowBytes, samples, false);
    let to = y + (<usize>(row * w * stride) << 2);
    let from = scratch;
    for (let left = w; left > 0; left--) {
      let sum = f32x4.splat(0);
      for (let tap: usize = 0; tap < <usize>taps << 2; tap += 16) {
        sum = multiplyAdd(v128.load(from + tap), v128.load(weights + tap), sum);
      }
      store<f32>(to, sumLanes(sum));
      to += <usize>stride << 2;
      from += <usize>samples << 2;
    }
  }
}

@inline
function filterGridColumns(
  first: usize, column: i32,
  weights: usize, scratch: usize, rowBytes: usize,
  samples: i32, full: bool,
): void {
  const at = <usize>column << 2;
  let from = first + at;
  let sum = f32x4.splat(0);
  for (let i = 0; i < 2 * samples; i++) {
    sum = multiplyAdd(loadLanes(from, full), v128.load32_splat(weights + (<usize>i << 2)), sum);
    from += rowBytes;
  }
  storeLanes(scratch + at, sum, full);
}

/**
 * y [hOut, wOut, channels] = the rectangle left, top, width, height of one uint8 picture [hIn, wIn, channels]; items are
 * rows of y. The rectangle may have fractional coordinates and extend past the border, where the edge repeats.
 *
 * An output pixel is the mean of the source pixels around its centre, weighted by a triangle filter: two output pixels wide
 * when the picture shrinks (against aliasing), two source pixels wide when it grows (bilinear interpolation). Weights
 * outside the picture are dropped and the others normalised, as in Pillow; if the whole triangle lies outside, the nearest
 * edge pixel is used.
 *
 * Ref: Pillow, Image.resize(BILINEAR, box=…). Pillow rounds each of its two passes to 8 bits; this keeps float precision.
 */
export function cropResize(
  source: usize, y: usize,
  hIn: i32, wIn: i32, channels: i32, left: f32, top: f32, width: f32, height: f32, hOut: i32, wOut: i32,
  scale: f32, offset: f32, begin: i32, end: i32,
): void {
  const stepX = <f64>width / <f64>wOut;
  const stepY = <f64>height / <f64>hOut;
  const radiusX = max(stepX, 1);
  const radiusY = max(stepY, 1);
  const slopeX = f32x4.splat(<f32>(1 / radiusX));
  const slopeY = f32x4.splat(<f32>(1 / radiusY));
  const rowBytes = <usize>(wIn * channels);
  const sourceEnd = source + <usize>hIn * rowBytes;
  for (let row = begin; row < end; row++) {
    const centerY = clampCenter(<f64>top + (<f64>row + 0.5) * stepY, radiusY, hIn);
    const firstRow = firstTap(centerY, radiusY);
    const rows = endTap(centerY, radiusY, hIn) - firstRow;
    const distanceY = f32x4.splat(<f32>(<f64>firstRow + 0.5 - centerY));
    const weightY = sumOfWeights(distanceY, rows, slopeY);
    for (let column = 0; column < wOut; column++) {
      const centerX = clampCenter(<f64>left + (<f64>column + 0.5) * stepX, radiusX, wIn);
      const firstColumn = firstTap(centerX, radiusX);
      const columns = endTap(centerX, radiusX, wIn) - firstColumn;
      const distanceX = f32x4.splat(<f32>(<f64>firstColumn + 0.5 - centerX));
      const weights = weightY * sumOfWeights(distanceX, columns, slopeX);
      const from = source + <usize>firstRow * rowBytes + <usize>(firstColumn * channels);
      const to = y + (<usize>((row * wOut + column) * channels) << 2);
      if (channels == 1) {
        const sum = sumGrey(from, sourceEnd, rowBytes, rows, columns, distanceX, distanceY, slopeX, slopeY);
        store<f32>(to, (sum / weights) * scale + offset);
      } else {
        for (let channel = 0; channel < channels; channel += 4) {
          const pixels = from + <usize>channel;
          const sum = sumPixels(
            pixels, sourceEnd, rowBytes, channels, rows, columns, distanceX, distanceY, slopeX, slopeY,
          );
          const mean = f32x4.div(sum, f32x4.splat(weights));
          const value = f32x4.add(f32x4.mul(mean, f32x4.splat(scale)), f32x4.splat(offset));
          storeFirst(to + (<usize>channel << 2), value, channels - channel);
        }
      }
    }
  }
}

/**
 * Σ weight · pixel of a grey picture: down the rows of sixteen columns at a time, then of four.
 */
@inline
function sumGrey(
  from: usize, sourceEnd: usize, rowBytes: usize,
  rows: i32, columns: i32, distanceX: v128, distanceY: v128, slopeX: v128, slopeY: v128,
): f32 {
  let sum = f32x4.splat(0);
  let column = 0;
  for (; column + 16 <= columns; column += 16) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let pixels = from + <usize>column;
    for (let row = 0; row < rows; row++) {
      const weight = triangle(distanceY, i32x4.splat(row), slopeY);
      const bytes = v128.load(pixels);
      const low = i16x8.extend_low_i8x16_u(bytes);
      const high = i16x8.extend_high_i8x16_u(bytes);
      s0 = multiplyAdd(weight, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), s0);
      s1 = multiplyAdd(weight, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), s1);
      s2 = multiplyAdd(weight, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), s2);
      s3 = multiplyAdd(weight, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), s3);
      pixels += rowBytes;
    }
    const place = i32x4.add(i32x4.splat(column), i32x4(0, 1, 2, 3));
    sum = multiplyAdd(s0, triangle(distanceX, place, slopeX), sum);
    sum = multiplyAdd(s1, triangle(distanceX, i32x4.add(place, i32x4.splat(4)), slopeX), sum);
    sum = multiplyAdd(s2, triangle(distanceX, i32x4.add(place, i32x4.splat(8)), slopeX), sum);
    sum = multiplyAdd(s3, triangle(distanceX, i32x4.add(place, i32x4.splat(12)), slopeX), sum);
  }
  for (; column < columns; column += 4) {
    let s0 = f32x4.splat(0);
    let pixels = from + <usize>column;
    for (let row = 0; row < rows; row++) {
      s0 = multiplyAdd(triangle(distanceY, i32x4.splat(row), slopeY), loadBytes(pixels, sourceEnd), s0);
      pixels += rowBytes;
    }
    // Past the last column is the next row of the picture, or nothing: weight 0.
    const place = i32x4.add(i32x4.splat(column), i32x4(0, 1, 2, 3));
    const inside = i32x4.lt_s(place, i32x4.splat(columns));
    sum = multiplyAdd(s0, v128.and(triangle(distanceX, place, slopeX), inside), sum);
  }
  return sumLanes(sum);
}

/** Σ weight · pixel for up to four channels, one per lane. */
@inline
function sumPixels(
  from: usize, sourceEnd: usize, rowBytes: usize,
  channels: i32, rows: i32, columns: i32, distanceX: v128, distanceY: v128, slopeX: v128, slopeY: v128,
): v128 {
  let sum = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    let rowSum = f32x4.splat(0);
    let pixel = from;
    for (let column = 0; column < columns; column++) {
      const weight = triangle(distanceX, i32x4.splat(column), slopeX);
      rowSum = multiplyAdd(weight, loadBytes(pixel, sourceEnd), rowSum);
      pixel += <usize>channels;
    }
    sum = multiplyAdd(triangle(distanceY, i32x4.splat(row), slopeY), rowSum, sum);
    from += rowBytes;
  }
  return sum;
}

/**
 * Keeps at least the edge pixel inside the triangle. At the limit only the edge pixel is left, half a pixel inside, which
 * gives the same result as further out with infinitely repeated edges.
 */
@inline
function clampCenter(center: f64, radius: f64, size: i32): f64 {
  return min(max(center, 1 - radius), <f64>(size - 1) + radius);
}

/** The first source pixel whose centre is inside the triangle. */
@inline
function firstTap(center: f64, radius: f64): i32 {
  return max(<i32>Math.floor(center - radius - 0.5) + 1, 0);
}

/** One past the last source pixel whose centre is inside the triangle. */
@inline
function endTap(center: f64, radius: f64, size: i32): i32 {
  return min(<i32>Math.ceil(center + radius - 0.5), size);
}

/** The weights of the pixels `place`, counted from the first one, whose distance from the centre is `distance`. */
@inline
function triangle(distance: v128, place: v128, slope: v128): v128 {
  const away = f32x4.abs(f32x4.add(distance, f32x4.convert_i32x4_s(place)));
  return f32x4.pmax(f32x4.sub(f32x4.splat(1), f32x4.mul(away, slope)), f32x4.splat(0));
}

/** Σ of the weights of `count` pixels. */
@inline
function sumOfWeights(distance: v128, count: i32, slope: v128): f32 {
  let sum = f32x4.splat(0);
  for (let first = 0; first < count; first += 4) {
    const place = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
    const inside = i32x4.lt_s(place, i32x4.splat(count));
    sum = f32x4.add(sum, v128.and(triangle(distance, place, slope), inside));
  }
  return sumLanes(sum);
}

@inline
function sumLanes(x: v128): f32 {
  const low = f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1);
  return low + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** Four bytes as floats; the last pixels of a picture are read byte by byte, never past `end`. */
@inline
function loadBytes(pointer: usize, end: usize): v128 {
  let bytes: u32 = 0;
  if (pointer + 4 <= end) {
    bytes = load<u32>(pointer);
  } else {
    for (let i: usize = 0; pointer + i < end; i++) bytes |= <u32>load<u8>(pointer + i) << (<u32>i * 8);
  }
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(i32x4.splat(bytes))));
}
