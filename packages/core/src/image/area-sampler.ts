/**
 * Resizes a rectangle of a frame to a network's input, by area averaging when it shrinks.
 *
 * The frame is copied to the kernels' memory in strips of rows, so that the memory does not depend on the picture's
 * height, and the bytes are still in the cache when they are summed.
 */
import type { Kernels } from '../backend/kernels.js';
import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';
import { copyChannel, copyRegion } from './copy-region.js';

export interface AreaSamplerOptions {
  /** Size of the result in pixels. */
  readonly width: number;
  readonly height: number;
  /** Of the result: 3 (default), or 1, which is green in a frame with colours: closest to brightness. */
  readonly channels?: 1 | 3;
  /** Values that the samples 0 and 255 are mapped to. */
  readonly range: readonly [low: number, high: number];
  /** Value of samples beyond the frame, 0…255. */
  readonly outside: number;
}

/** Source bytes per strip, unless one row of the result needs more: a share of the second-level cache. */
const STRIP_BYTES = 2 ** 17;
const FLOAT_BYTES = 4;
/** Closest to brightness. */
const GREEN = 1;

export class AreaSampler {
  /** @param kernels the result is written to their memory; free memory is used as scratch during a call */
  constructor(
    readonly kernels: Kernels,
    readonly options: AreaSamplerOptions,
  ) {}

  /** Number of floats of the result. */
  get length(): number {
    const { width, height, channels = 3 } = this.options;
    return width * height * channels;
  }

  /**
   * Writes a rectangle of the frame, fractional and possibly beyond the border, as float32 `[height, width,
   * channels]`. For three channels grey is repeated; alpha is ignored.
   *
   * @param output byte offset in the kernels' memory, allocated by the caller
   */
  sample(frame: Frame, rectangle: Box, output: number): void {
    const { width, height, range, outside, channels: channelsOut = 3 } = this.options;
    const isGrey = channelsOut === 1;
    const channels = isGrey ? 1 : frame.channels; // of what is copied
    const [low, high] = range;
    const { kernels } = this;
    const columns = reach(rectangle.x, rectangle.width, width, 0, width, frame.width);
    const rowBytes = (columns.end - columns.begin) * channels;

    const taps = Math.ceil(Math.max(Math.fround(rectangle.width) / width, 1)) + 1;
    const scratch = kernels.allocate(
      ((2 + taps) * (width + 3) + rowBytes + taps * channels + 4) * FLOAT_BYTES,
    );
    const stepY = rectangle.height / height;
    const outputRows = Math.max(1, Math.floor(STRIP_BYTES / (rowBytes * Math.max(stepY, 1) + 1)));
    const patchStart = kernels.allocate(0);
    for (let begin = 0; begin < height; begin += outputRows) {
      const end = Math.min(begin + outputRows, height);
      const rows = reach(rectangle.y, rectangle.height, height, begin, end, frame.height);
      kernels.releaseTo(patchStart);
      const patchBytes = (rows.end - rows.begin) * rowBytes;
      const patch = kernels.allocate(patchBytes);
      const region = {
        left: columns.begin,
        top: rows.begin,
        width: columns.end - columns.begin,
        height: rows.end - rows.begin,
      };
      if (isGrey) copyChannel(frame, region, GREEN, kernels.u8(patch, patchBytes));
      else copyRegion(frame, region, kernels.u8(patch, patchBytes));
      kernels.exports.areaResize(
        patch,
        scratch,
        output,
        region.height,
        region.width,
        channels,
        rectangle.x - region.left,
        rectangle.y - region.top,
        rectangle.width,
        rectangle.height,
        height,
        width,
        channelsOut,
        (high - low) / 255,
        low,
        outside,
        begin,
        end,
      );
    }
    kernels.releaseTo(scratch);
  }
}

interface Span {
  readonly begin: number;
  readonly end: number;
}

/** The frame's rows (or columns) that the rows `begin … end` of the result depend on, with a margin of one pixel. */
function reach(
  start: number,
  length: number,
  count: number,
  begin: number,
  end: number,
  limit: number,
): Span {
  const step = length / count;
  const first = Math.floor(start + begin * step) - 1;
  const last = Math.ceil(start + end * step) + 1;
  return { begin: clamp(first, 0, limit), end: clamp(last, 0, limit) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
