/**
 * From 8-bit pictures to float tensors: crop and resize, affine warp, plain conversion. Every sample s comes out as
 * s·scale + offset, which maps 0…255 to whatever range a network was trained on.
 *
 * Coordinates are continuous: pixel i covers i … i + 1, its centre lies at i + 0.5. Only warpAffine counts pixel
 * centres as whole numbers, as the matrices of augmentation are written.
 */
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './vector';

@inline
function convertLanes(value: v128, y: usize, scale: v128, offset: v128, full: bool): void {
  storeLanes(y, multiplyAdd(f32x4.convert_i32x4_u(value), scale, offset), full);
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

/** Clamps a coordinate to 0…last; NaN becomes 0. */
@inline
function clampCoordinate(value: f32, last: f32): f32 {
  return value > 0 ? (value < last ? value : last) : 0;
}

/**
 * y[image] = source[image] seen through an affine map, bilinear, edges repeated; items are images.
 * source is uint8 [n, hIn, wIn], y float32 [n, hOut, wOut]. The image's matrix m maps the output pixel (x, y) to
 * the source position (m0·x + m1·y + m2, m3·x + m4·y + m5), both counted in pixel centres.
 */
export function warpAffine(
  source: usize,
  matrices: usize,
  y: usize,
  hIn: i32,
  wIn: i32,
  hOut: i32,
  wOut: i32,
  scale: f32,
  offset: f32,
  begin: i32,
  end: i32,
): void {
  const lastColumn = <f32>(wIn - 1);
  const lastRow = <f32>(hIn - 1);
  for (let image = begin; image < end; image++) {
    const matrix = matrices + <usize>image * 24;
    const m0 = load<f32>(matrix);
    const m1 = load<f32>(matrix, 4);
    const m2 = load<f32>(matrix, 8);
    const m3 = load<f32>(matrix, 12);
    const m4 = load<f32>(matrix, 16);
    const m5 = load<f32>(matrix, 20);
    const picture = source + <usize>(image * hIn * wIn);
    let to = y + (<usize>(image * hOut * wOut) << 2);
    for (let row = 0; row < hOut; row++) {
      const rowX = m1 * <f32>row + m2;
      const rowY = m4 * <f32>row + m5;
      for (let column = 0; column < wOut; column++) {
        const sx = clampCoordinate(m0 * <f32>column + rowX, lastColumn);
        const sy = clampCoordinate(m3 * <f32>column + rowY, lastRow);
        const left = <i32>sx;
        const top = <i32>sy;
        const right: i32 = left + 1 < wIn ? 1 : 0;
        const below: i32 = top + 1 < hIn ? wIn : 0;
        const fx = sx - <f32>left;
        const fy = sy - <f32>top;
        const at = picture + <usize>(top * wIn + left);
        const a = <f32>load<u8>(at);
        const b = <f32>load<u8>(at + <usize>right);
        const c = <f32>load<u8>(at + <usize>below);
        const d = <f32>load<u8>(at + <usize>(below + right));
        const upper = a + (b - a) * fx;
        const lower = c + (d - c) * fx;
        store<f32>(to, (upper + (lower - upper) * fy) * scale + offset);
        to += 4;
      }
    }
  }
}

/**
 * y [hOut, wOut, channels] = the rectangle left, top, width, height of one uint8 picture [hIn, wIn, channels], which
 * may be fractional and may reach over the border, where the edge repeats; items are rows of y.
 *
 * An output pixel is the mean of the source pixels around its centre, weighted by a triangle that is two output
 * pixels wide when the picture shrinks (so that nothing aliases) and two source pixels wide when it grows (plain
 * bilinear interpolation). Weights outside the picture are dropped and the rest normalised, as in Pillow; where the
 * whole triangle lies outside, the nearest edge pixel is taken.
 *
 * Ref: Pillow, Image.resize(BILINEAR, box=…); differs in keeping float precision where Pillow rounds each of its
 * two passes to 8 bits.
 */
export function cropResize(
  source: usize,
  y: usize,
  hIn: i32,
  wIn: i32,
  channels: i32,
  left: f32,
  top: f32,
  width: f32,
  height: f32,
  hOut: i32,
  wOut: i32,
  scale: f32,
  offset: f32,
  begin: i32,
  end: i32,
): void {
  const stepX = <f64>width / <f64>wOut;
  const stepY = <f64>height / <f64>hOut;
  const radiusX = max(stepX, 1);
  const radiusY = max(stepY, 1);
  for (let row = begin; row < end; row++) {
    const centerY = clampCenter(<f64>top + (<f64>row + 0.5) * stepY, radiusY, hIn);
    const firstRow = firstTap(centerY, radiusY);
    const endRow = endTap(centerY, radiusY, hIn);
    for (let column = 0; column < wOut; column++) {
      const centerX = clampCenter(<f64>left + (<f64>column + 0.5) * stepX, radiusX, wIn);
      const firstColumn = firstTap(centerX, radiusX);
      const endColumn = endTap(centerX, radiusX, wIn);
      const to = y + (<usize>((row * wOut + column) * channels) << 2);
      for (let channel = 0; channel < channels; channel++) {
        let sum: f64 = 0;
        let weights: f64 = 0;
        for (let i = firstRow; i < endRow; i++) {
          const weightY = triangle(<f64>i + 0.5 - centerY, radiusY);
          for (let j = firstColumn; j < endColumn; j++) {
            const weight = weightY * triangle(<f64>j + 0.5 - centerX, radiusX);
            weights += weight;
            sum += weight * <f64>load<u8>(source + <usize>((i * wIn + j) * channels + channel));
          }
        }
        store<f32>(to + (<usize>channel << 2), <f32>(sum / weights) * scale + offset);
      }
    }
  }
}

/**
 * Keeps at least the edge pixel inside the triangle: at this distance the edge pixel's centre lies half a pixel
 * inside and is alone, as it would be further out if the edge were repeated for ever.
 */
@inline
function clampCenter(center: f64, radius: f64, size: i32): f64 {
  return min(max(center, 1 - radius), <f64>(size - 1) + radius);
}

/** The first source pixel whose centre lies within the triangle. */
@inline
function firstTap(center: f64, radius: f64): i32 {
  return max(<i32>Math.floor(center - radius - 0.5) + 1, 0);
}

/** One past the last source pixel whose centre lies within the triangle. */
@inline
function endTap(center: f64, radius: f64, size: i32): i32 {
  return min(<i32>Math.ceil(center + radius - 0.5), size);
}

@inline
function triangle(distance: f64, radius: f64): f64 {
  return max(1 - Math.abs(distance) / radius, 0);
}
