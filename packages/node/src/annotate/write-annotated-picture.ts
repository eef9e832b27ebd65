import { extname } from 'node:path';
import { MienError, type Face, type Frame } from '@mien/core';
import { drawFaces } from '@mien/results';
import { writeFileWhole } from '@mien/train/write-file';
import { loadSharp } from '../pictures/load-sharp.js';
import { loadOutlineFont } from './load-outline-font.js';
import { PICTURE_FORMATS } from './plan-annotations.js';

/**
 * Encoder settings: PNG is lossless; the other formats have little loss and full colour resolution, so that the edges of
 * drawings stay clean. (For PNG, sharp's `quality` would reduce the picture to a palette.)
 */
const ENCODING = {
  png: {},
  jpeg: { quality: 92, chromaSubsampling: '4:4:4' },
  webp: { quality: 92, smartSubsample: true },
} as const;

/**
 * Writes a copy of the frame with its faces drawn in, in the format of the file name's extension.
 *
 * Each drawing is composited separately and is only as large as its face, so that memory does not grow with the picture.
 *
 * @throws MienError `OUTPUT_FAILED`; `USAGE` if the extension is that of a video
 */
export async function writeAnnotatedPicture(
  frame: Frame,
  faces: readonly Face[],
  path: string,
): Promise<void> {
  const ending = extname(path).toLowerCase();
  if (!isPictureEnding(ending)) {
    const endings = Object.keys(PICTURE_FORMATS).join(', ');
    throw new MienError('USAGE', `--annotate: ${path} would be a picture; it must end in ${endings}`);
  }
  const font = await loadOutlineFont();
  const overlays = drawFaces(faces, frame, font).map(({ svg, region }) => ({
    input: Buffer.from(svg),
    left: region.x,
    top: region.y,
  }));
  const { width, height, channels, data } = frame;
  const format = PICTURE_FORMATS[ending];
  const bytes = await loadSharp()(data, { raw: { width, height, channels } })
    .toColourspace('srgb')
    .composite(overlays)
    .removeAlpha()
    .toFormat(format, ENCODING[format])
    .toBuffer()
    .catch((cause: unknown) => {
      // Formats limit the size: 16,383 pixels per side in WebP, 65,500 in JPEG.
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new MienError('OUTPUT_FAILED', `${path}: cannot be encoded (${detail}); try .png`, { cause });
    });
  await writeFileWhole(path, bytes);
}

function isPictureEnding(ending: string): ending is keyof typeof PICTURE_FORMATS {
  return Object.hasOwn(PICTURE_FORMATS, ending);
}
