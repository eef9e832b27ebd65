/**
 * A frame is one upright picture in memory, the only form of pixels that the pipeline knows.
 *
 * Files, cameras and canvases are adapted to it at the edge (see the command's decoder); nothing behind this type
 * knows where the pixels came from.
 */
import { MienError } from './errors.js';

/** Samples per pixel: 1 is grey, 3 is RGB, 4 is RGBA (alpha is ignored; blend it before). */
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

/**
 * Checks pixels that come from outside and returns them as a frame (no copy).
 *
 * @throws MienError `USAGE` when sizes and data do not fit together.
 */
export function createFrame(frame: Frame): Frame {
  const { width, height, channels, data } = frame;
  for (const [name, side] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isInteger(side) || side < 1 || side > MAX_FRAME_SIDE) {
      throw new MienError(
        'USAGE',
        `frame: ${name} must be a whole number from 1 to ${MAX_FRAME_SIDE}, got ${side}`,
      );
    }
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
