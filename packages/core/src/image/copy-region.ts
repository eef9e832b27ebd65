/** Copies of a part of a frame, as bytes: the pixels that a network is fed from. */
import type { Frame } from '../frame.js';

/** Whole pixels, within the frame. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Luma of a region, `[height, width]`, as Pillow's mode "L" computes it from RGB.
 *
 * Ref: ITU-R BT.601, with weights in 1/65536 and rounding to nearest.
 */
export function copyGrey(frame: Frame, { left, top, width, height }: Region, target: Uint8Array): void {
  const { channels, data } = frame;
  let to = 0;
  for (let y = top; y < top + height; y++) {
    let from = (y * frame.width + left) * channels;
    if (channels === 1) {
      target.set(data.subarray(from, from + width), to);
      to += width;
      continue;
    }
    for (let x = 0; x < width; x++, from += channels) {
      target[to++] =
        (19_595 * data[from]! + 38_470 * data[from + 1]! + 7_471 * data[from + 2]! + 0x8000) >> 16;
    }
  }
}

/** Colours of a region, `[height, width, 3]`; a grey frame repeats its sample. */
export function copyRgb(frame: Frame, { left, top, width, height }: Region, target: Uint8Array): void {
  const { channels, data } = frame;
  // Steps from red to green and from green to blue: none in a grey frame.
  const step = channels === 1 ? 0 : 1;
  let to = 0;
  for (let y = top; y < top + height; y++) {
    let from = (y * frame.width + left) * channels;
    for (let x = 0; x < width; x++, from += channels) {
      target[to++] = data[from]!;
      target[to++] = data[from + step]!;
      target[to++] = data[from + 2 * step]!;
    }
  }
}

/** One colour of a region, `[height, width]`: 0 is red, 1 green, 2 blue; of a grey frame its samples. */
export function copyChannel(
  frame: Frame,
  { left, top, width, height }: Region,
  channel: number,
  target: Uint8Array,
): void {
  const { channels, data } = frame;
  const colour = channels === 1 ? 0 : channel;
  let to = 0;
  for (let y = top; y < top + height; y++) {
    let from = (y * frame.width + left) * channels + colour;
    for (let x = 0; x < width; x++, from += channels) target[to++] = data[from]!;
  }
}
