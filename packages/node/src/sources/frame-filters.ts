/**
 * Filters that ffmpeg applies to each selected frame: make pixels square, and reduce frames that are larger than detection
 * needs.
 *
 *   anamorphic   720×576 displayed as 16:9 becomes 1024×576: faces keep their shape, and boxes match what players show
 *   8K           7680×4320 becomes 3840×2160, a quarter of the memory. Factors are powers of two, so that boxes convert
 *                to the source's pixels and back without rounding
 *
 * `showinfo` between the two reports the size before the reduction.
 */

import { availableParallelism } from 'node:os';

/** 4096×2304. In such a frame, a face with 1 % of its height has 23 pixels. 5K is the smallest common size that is reduced. */
const MAX_ANALYSED_PIXELS = 4096 * 2304;
/** Other pixel aspect ratios are damage: no camera and no disc has them. */
const MAX_PIXEL_ASPECT = 4;

/** Factor between the sides of source and frame. */
export type Reduction = 2 | 4;

/** The factor by which {@link FRAME_FILTERS} reduce a frame of that size. */
export function toReduction(width: number, height: number): Reduction | 1 {
  const pixels = width * height;
  if (pixels <= MAX_ANALYSED_PIXELS) return 1;
  return pixels <= MAX_ANALYSED_PIXELS * 4 ? 2 : 4;
}

const ASPECT = `if(between(sar,1/${MAX_PIXEL_ASPECT},${MAX_PIXEL_ASPECT}),sar,1)`;
const REDUCTION = `if(lte(iw*ih,${MAX_ANALYSED_PIXELS}),1,if(lte(iw*ih,${MAX_ANALYSED_PIXELS * 4}),2,4))`;

/** Log lines about every decoded frame, and about every selected one; the names begin the lines. */
export const [DECODED_LOG, SHOWN_LOG] = ['showinfo@decoded=checksum=0', 'showinfo@shown=checksum=0'] as const;

/** For `-vf`, after the filters that select frames. */
export const FRAME_FILTERS = [
  `scale=w='max(1,round(iw*${ASPECT}))':h=ih`,
  SHOWN_LOG,
  `scale=w='ceil(iw/${REDUCTION})':h='ceil(ih/${REDUCTION})'`,
  'format=rgb24',
] as const;

/** Each thread of the decoder holds one frame: this allows seven threads at 4K, one at 8K. */
const THREAD_BYTES = 96e6;
const DECODED_BYTES_PER_PIXEL = 1.5;

/** Limits the threads of the decoder; empty if the default of one per core is fine. */
export function toDecoderThreads(width: number, height: number, cores = availableParallelism()): string[] {
  const threads = Math.max(1, Math.floor(THREAD_BYTES / (width * height * DECODED_BYTES_PER_PIXEL)));
  return threads >= cores ? [] : ['-threads', String(threads)];
}
