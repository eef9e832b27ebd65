import { mkdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { MienError, type Face, type Frame } from '@mien/core';
import sharp from 'sharp';
import { writeWholeFile } from '../write-whole-file.js';
import { drawFaces } from './draw-faces.js';
import { loadOutlineFont } from './outline-font.js';
import { PICTURE_FORMATS } from './plan-annotations.js';

/** JPEG quality in percent; the drawing's edges stay clean. */
const QUALITY = 92;

/**
 * Writes a copy of the frame with its faces drawn in; the format follows from the name's ending.
 *
 * The drawings are laid over the picture one by one, each as small as its face: memory does not grow with the
 * picture.
 *
 * @throws MienError `OUTPUT_FAILED`
 */
export async function writeAnnotatedPicture(
  frame: Frame,
  faces: readonly Face[],
  path: string,
): Promise<void> {
  const font = await loadOutlineFont();
  const overlays = drawFaces(faces, frame, font).map(({ svg, region }) => ({
    input: Buffer.from(svg),
    left: region.x,
    top: region.y,
  }));
  const { width, height, channels, data } = frame;
  const ending = extname(path).toLowerCase() as keyof typeof PICTURE_FORMATS;
  const bytes = await sharp(data, { raw: { width, height, channels } })
    .toColourspace('srgb')
    .composite(overlays)
    .toFormat(PICTURE_FORMATS[ending], { quality: QUALITY })
    .toBuffer()
    .catch((cause: unknown) => {
      // Formats have limits of their own: a side of 16,383 pixels in WebP, 65,500 in JPEG.
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new MienError('OUTPUT_FAILED', `${path}: cannot be encoded (${detail}); try .png`, { cause });
    });
  await mkdir(dirname(path), { recursive: true }).catch(() => undefined); // Writing says what is wrong.
  await writeWholeFile(path, bytes);
}
