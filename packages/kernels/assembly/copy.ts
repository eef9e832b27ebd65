/** Copies, additions and zeros of floats that lie side by side; sizes in bytes, multiples of four. */

@inline
export function copyFloats(from: usize, to: usize, bytes: i32): void {
  let at = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, v128.load(from + at));
  for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(from + at));
}

@inline
export function addFloats(from: usize, to: usize, bytes: i32): void {
  let at = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
  for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at));
}

@inline
export function fillZeros(to: usize, bytes: i32): void {
  let at = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, f32x4.splat(0));
  for (; at < bytes; at += 4) store<f32>(to + at, 0);
}
