/**
 * A frame is one upright picture in memory. The pipeline knows no other form of pixels: files, cameras and canvases are
 * converted to frames first.
 */
import { MienError } from './errors.js';

/** Samples per pixel: 1 is grey, 3 is RGB, 4 is RGBA (alpha is ignored, so blend it before). */
export type FrameChannels = 1 | 3 | 4;

export interface Frame {
  /** Width in pixels, at least 1. */
  readonly width: number;
  /** Height in pixels, at least 1. */
  readonly height: number;
  readonly channels: FrameChannels;
  /** `height × width × channels` samples in 0…255, rows from the top, no padding between rows. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Side limit of a frame in pixels: coordinates stay exact in int32 and in float32. */
export const MAX_FRAME_SIDE = 32_767;

const CHANNELS: readonly number[] = [1, 3, 4] satisfies FrameChannels[];

/**
 * Checks a frame and returns it, without a copy.
 *
 * @throws MienError `USAGE` if it is not a frame, or if its size and data do not match
 */
export function checkFrame(frame: Frame): Frame {
  const { width, height, channels, data } = frame;
  for (const [name, side] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isInteger(side) || side < 1 || side > MAX_FRAME_SIDE) {
      throw new MienError(
        'USAGE',
        `frame: ${name} must be a whole number from 1 to ${MAX_FRAME_SIDE}, got ${String(side)}`,
      );
    }
  }
  if (!CHANNELS.includes(channels)) {
    throw new MienError(
      'USAGE',
      `frame: channels must be 1 (grey), 3 (RGB) or 4 (RGBA), got ${String(channels)}`,
    );
  }
  // By its tag, not by instanceof: a frame may come from another window.
  const type = Object.prototype.toString.call(data).slice('[object '.length, -1);
  if (type !== 'Uint8Array' && type !== 'Uint8ClampedArray') {
    throw new MienError('USAGE', `frame: data must be a Uint8Array or Uint8ClampedArray, got ${type}`);
  }
  const expected = width * height * channels;
  if (data.length !== expected) {
    throw new MienError(
      'USAGE',
      `frame: ${width}×${height}×${channels} needs ${expected} samples, got ${data.length}`,
    );
  }
  return frame;
}
