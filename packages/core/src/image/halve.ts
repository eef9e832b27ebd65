import type { Frame } from '../frame.js';

/**
 * A grey picture of half the width and height: each pixel is the mean of four, of green where the frame has colours, which is
 * closest to brightness. A last odd row or column is dropped.
 */
export function halve({ channels, data, ...size }: Frame): Frame {
  const [width, height] = [Math.max(1, size.width >> 1), Math.max(1, size.height >> 1)];
  const half = new Uint8Array(width * height);
  const rowBytes = size.width * channels;
  const [right, below] = [size.width > 1 ? channels : 0, size.height > 1 ? rowBytes : 0];
  let to = 0;
  for (let y = 0; y < height; y++) {
    let at = 2 * y * rowBytes + (channels === 1 ? 0 : 1);
    for (let x = 0; x < width; x++, at += 2 * channels) {
      half[to++] = (data[at]! + data[at + right]! + data[at + below]! + data[at + below + right]! + 2) >> 2;
    }
  }
  return { width, height, channels: 1, data: half };
}
