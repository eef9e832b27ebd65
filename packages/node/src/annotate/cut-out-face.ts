import type { Box, Frame } from '@mien/core';
import { loadSharp } from '../pictures/load-sharp.js';

/** Twice the size in a report, for high-density screens. */
const SIDE = 160;
/** Side of the square relative to the side of the box: the head and some of its surroundings. */
const CONTEXT = 1.7;
const QUALITY = 78;

/** A small square picture of a face with its surroundings, as JPEG; moved inwards at the edges of the frame. */
export async function cutOutFace(frame: Frame, box: Box): Promise<Buffer> {
  const { width, height, channels, data } = frame;
  const side = Math.max(1, Math.round(Math.min(CONTEXT * Math.max(box.width, box.height), width, height)));
  const place = (start: number, length: number, limit: number): number =>
    Math.round(Math.max(0, Math.min(start + length / 2 - side / 2, limit - side)));
  const region = {
    left: place(box.x, box.width, width),
    top: place(box.y, box.height, height),
    width: side,
    height: side,
  };
  return loadSharp()(data, { raw: { width, height, channels } })
    .extract(region)
    .resize(SIDE, SIDE)
    .toColourspace('srgb')
    .jpeg({ quality: QUALITY })
    .toBuffer();
}
