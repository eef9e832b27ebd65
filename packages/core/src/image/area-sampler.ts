/**
 * Cuts a rectangle out of a frame in the form that a network takes, by the mean over areas when it shrinks.
 *
 * The frame is copied into the kernels' memory a strip of rows at a time, so that a picture of any size costs the
 * memory of a strip, and its bytes are still in the cache when they are summed.
 */
import { createKernels, type Kernels } from '../backend/kernels.js';
import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';

export interface AreaSamplerOptions {
  /** Size of the result in pixels. */
  readonly width: number;
  readonly height: number;
  /** What the samples 0 and 255 become. */
  readonly range: readonly [low: number, high: number];
  /** What lies beyond the frame, 0…255. */
  readonly outside: number;
}

/** Source bytes of a strip, where a row of the result does not need more: a share of the second-level cache. */
const STRIP_BYTES = 2 ** 17;
const FLOAT_BYTES = 4;

export class AreaSampler {
  readonly #kernels: Kernels;
  /** Where the result lies; everything behind it is scratch. */
  readonly #output: number;
  readonly #scratch: number;
  readonly length: number;

  /** Use {@link createAreaSampler}. */
  constructor(
    kernels: Kernels,
    readonly options: AreaSamplerOptions,
  ) {
    this.#kernels = kernels;
    this.length = options.width * options.height * 3;
    this.#output = kernels.allocate(this.length * FLOAT_BYTES);
    this.#scratch = kernels.allocate(0);
  }

  /**
   * Writes `rectangle` of the frame, fractional and possibly beyond the border, to `target`, float32
   * `[height, width, 3]`: RGB, of a grey frame three times the same, alpha left out.
   */
  sample(frame: Frame, rectangle: Box, target: Float32Array): void {
    const { width, height, range, outside } = this.options;
    const { channels } = frame;
    const [low, high] = range;
    const kernels = this.#kernels;
    const columns = reach(rectangle.x, rectangle.width, width, 0, width, frame.width);
    const rowBytes = (columns.end - columns.begin) * channels;

    kernels.releaseTo(this.#scratch);
    const taps = Math.ceil(Math.max(Math.fround(rectangle.width) / width, 1)) + 1;
    const scratch = kernels.allocate(((2 + taps) * width + rowBytes + taps * channels + 4) * FLOAT_BYTES);
    const stepY = rectangle.height / height;
    const outputRows = Math.max(1, Math.floor(STRIP_BYTES / (rowBytes * Math.max(stepY, 1) + 1)));
    const patchStart = kernels.allocate(0);
    for (let begin = 0; begin < height; begin += outputRows) {
      const end = Math.min(begin + outputRows, height);
      const rows = reach(rectangle.y, rectangle.height, height, begin, end, frame.height);
      kernels.releaseTo(patchStart);
      const patchBytes = (rows.end - rows.begin) * rowBytes;
      const patch = kernels.allocate(patchBytes);
      copyRows(frame, columns, rows, kernels.u8(patch, patchBytes));
      kernels.exports.areaResize(
        patch,
        scratch,
        this.#output,
        rows.end - rows.begin,
        columns.end - columns.begin,
        channels,
        rectangle.x - columns.begin,
        rectangle.y - rows.begin,
        rectangle.width,
        rectangle.height,
        height,
        width,
        (high - low) / 255,
        low,
        outside,
        begin,
        end,
      );
    }
    target.set(kernels.f32(this.#output, this.length));
  }
}

interface Span {
  readonly begin: number;
  readonly end: number;
}

/** The frame's rows (or columns) that the rows `begin … end` of the result see; one pixel more on each side is no harm. */
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

function copyRows({ width, channels, data }: Frame, columns: Span, rows: Span, target: Uint8Array): void {
  const rowBytes = (columns.end - columns.begin) * channels;
  if (columns.end - columns.begin === width) {
    target.set(data.subarray(rows.begin * rowBytes, rows.end * rowBytes));
    return;
  }
  for (let row = rows.begin; row < rows.end; row++) {
    const from = (row * width + columns.begin) * channels;
    target.set(data.subarray(from, from + rowBytes), (row - rows.begin) * rowBytes);
  }
}

/** Makes a sampler with kernels of its own. */
export async function createAreaSampler(
  options: AreaSamplerOptions,
  kernels?: Kernels,
): Promise<AreaSampler> {
  return new AreaSampler(kernels ?? (await createKernels()), options);
}
