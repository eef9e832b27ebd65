/** Bilinear interpolation along one axis with half-pixel centres, shared by the forward and the backward pass. */

/** The source coordinate of the centre of output `i`, counted from the centre of the first source pixel. */
@inline
export function sourcePosition(i: i32, step: f32): f32 {
  return max<f32>((<f32>i + 0.5) * step - 0.5, 0);
}

/** The source pixel at or before a position; its other neighbour is the next one, or itself at the edge. */
@inline
export function lowerSource(position: f32, size: i32): i32 {
  return min(<i32>position, size - 1);
}

/** The weight of the other neighbour. */
@inline
export function sourceFraction(position: f32, lower: i32): f32 {
  return position - <f32>lower;
}
