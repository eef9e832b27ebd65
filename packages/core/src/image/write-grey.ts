import type { Kernels } from '../backend/kernels.js';
import type { Frame } from '../frame.js';
import { copyRegion, type Region } from './copy-region.js';

/** Weights of R, G and B, in units of 1/65536; that of green is even. */
export type GreyWeights = readonly [red: number, green: number, blue: number];

/**
 * The weights of Pillow's `convert('L')`.
 *
 * Ref: ITU-R BT.601.
 */
export const PILLOW_GREY: GreyWeights = [19_595, 38_470, 7_471];

/** Colours are converted in portions of about this many pixels, which needs no second copy of the picture. */
const PORTION_PIXELS = 65_536;

/**
 * Writes a region of a frame as grey, uint8 `[height, width]`, rounded to nearest. Alpha is ignored.
 *
 * @param offset in the kernels' memory; free memory is used as scratch during the call
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
