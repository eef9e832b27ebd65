/** Which windows of a convolution or a pooling cover a pixel, along one axis; for kernels that gather gradients. */

/** The first window that covers a position, counted from the first padding pixel: window i covers i·stride … i·stride + size − 1. */
@inline
export function firstWindow(position: i32, size: i32, stride: i32): i32 {
  return position < size ? 0 : (position - size) / stride + 1;
}

/** One past the last of `count` windows that covers the position. */
@inline
export function endWindow(position: i32, stride: i32, count: i32): i32 {
  return min(position / stride + 1, count);
}
