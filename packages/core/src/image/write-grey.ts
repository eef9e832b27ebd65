import type { Kernels } from '../backend/kernels.js';
import type { Frame } from '../frame.js';
import { copyRegion, type Region } from './copy-region.js';

/** Weights of R, G and B in 65536ths; that of green is even. */
export type GreyWeights = readonly [red: number, green: number, blue: number];

/**
 * As Pillow's `convert('L')` has them.
 *
 * Ref: ITU-R BT.601.
 */
export const PILLOW_GREY: GreyWeights = [19_595, 38_470, 7_471];

/** Colours are converted in portions of about this many pixels, so that no second copy of a picture is needed. */
const PORTION_PIXELS = 65_536;

/**
 * Writes a region of a frame as grey, uint8 `[height, width]`, rounded to nearest; alpha is left out.
 *
 * @param offset in the kernels' memory, the end of which is scratch for the time of this call
 */
export function writeGrey(
  kernels: Kernels,
  frame: Frame,
  { left, top, width, height }: Region,
  [red, green, blue]: GreyWeights,
  offset: number,
): void {
  const { channels } = frame;
  if (channels === 1) {
    copyRegion(frame, { left, top, width, height }, kernels.u8(offset, width * height));
    return;
  }
  const rows = Math.max(1, Math.floor(PORTION_PIXELS / width));
  const portionBytes = Math.min(rows, height) * width * channels;
  const portion = kernels.allocate(portionBytes);
  for (let row = 0; row < height; row += rows) {
    const part = { left, top: top + row, width, height: Math.min(rows, height - row) };
    copyRegion(frame, part, kernels.u8(portion, portionBytes));
    const to = offset + row * width;
    kernels.exports.greyFromColor(portion, to, channels, red, green, blue, 0, width * part.height);
  }
  kernels.releaseTo(portion);
}
