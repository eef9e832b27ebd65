/**
 * What ffmpeg does with a chosen frame before we see it: pixels are made square, and a frame that is larger than faces
 * need is halved.
 *
 *   anamorphic   720×576 shown 16:9 wide becomes 1024×576: faces have their own shape, and boxes are in the picture as
 *                players show it
 *   8K           7680×4320 becomes 3840×2160, a quarter of the memory. Only powers of two: boxes go to the source's
 *                pixels and back without rounding
 *
 * `showinfo` stands between the two and tells the size that the frame would have had.
 */

import { availableParallelism } from 'node:os';

/** 4096×2304. In a frame of that size a face of 1 % of its height still has 23 pixels; 5K is the first to be halved. */
const MAX_LOOKED_AT_PIXELS = 4096 * 2304;
/** Pixels that claim to be narrower or wider than that are damage: no camera and no disc has such. */
const MAX_PIXEL_ASPECT = 4;

/** Frame and source differ by this factor in both directions. */
export type Reduction = 2 | 4;

/** What {@link FRAME_FILTERS} make of a frame of that size. */
export function toReduction(width: number, height: number): Reduction | 1 {
  const pixels = width * height;
  if (pixels <= MAX_LOOKED_AT_PIXELS) return 1;
  return pixels <= MAX_LOOKED_AT_PIXELS * 4 ? 2 : 4;
}

const ASPECT = `if(between(sar,1/${MAX_PIXEL_ASPECT},${MAX_PIXEL_ASPECT}),sar,1)`;
const REDUCTION = `if(lte(iw*ih,${MAX_LOOKED_AT_PIXELS}),1,if(lte(iw*ih,${MAX_LOOKED_AT_PIXELS * 4}),2,4))`;

/** For `-vf`, after those that choose frames. */
export const FRAME_FILTERS = [
  `scale=w='max(1,round(iw*${ASPECT}))':h=ih`,
  'showinfo=checksum=0',
  `scale=w='ceil(iw/${REDUCTION})':h='ceil(ih/${REDUCTION})'`,
  'format=rgb24',
] as const;

/** Every thread of the decoder has a frame of its own: seven of them at 4K, one at 8K. */
const THREAD_BYTES = 96e6;
const DECODED_BYTES_PER_PIXEL = 1.5;

/** How many frames ffmpeg may decode side by side; absent where it may choose, which is one a core. */
export function toDecoderThreads(width: number, height: number, cores = availableParallelism()): string[] {
  const threads = Math.max(1, Math.floor(THREAD_BYTES / (width * height * DECODED_BYTES_PER_PIXEL)));
  return threads >= cores ? [] : ['-threads', String(threads)];
}
