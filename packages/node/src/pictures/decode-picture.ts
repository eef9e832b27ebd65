/**
 * Decodes picture files, with sharp (libvips).
 *
 * A frame is always upright (EXIF orientation applied), with 8 bits per sample, in sRGB or grey: CMYK and other profiles
 * are converted, 16 bits are scaled down, and transparent parts become white. Of an animation, the first frame is used.
 * Damaged pictures are rejected.
 */
import { checkFrame, MAX_FRAME_SIDE, MienError, type Frame } from '@mien/core';
import { readFileBytes } from '../files/read-file.js';
import { convertHeic, type ConvertedHeic } from './convert-heic.js';
import { countMultiPictures } from './jpeg-structure.js';
import { loadSharp } from './load-sharp.js';
import { isHeic, nameRaw, nameRefusedFormat } from './refused-formats.js';
import { readTiffStructure } from './tiff-structure.js';

/** Limit of a decoded picture: 100 megapixels, 300 MB of RGB. A small file may be larger (a decompression bomb). */
export const MAX_PIXELS = 100_000_000;
/** Limit of an encoded picture. */
export const MAX_FILE_BYTES = 256 * 2 ** 20;

/** Supported formats. SVG and PDF are drawings. `heif` is AVIF, and HEIC where it can be decoded. */
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'] as const;
/** Types of samples whose range is known. */
const DEPTHS = ['uchar', 'ushort'] as const;
const FORMAT_NAMES = 'JPEG, PNG, WebP, GIF, TIFF or AVIF';

/** A picture file whose header has been checked. */
export interface EncodedPicture {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** What of the file is not read, for a line to people; absent if nothing is left out. */
  readonly note?: string;
  /** Duration of each frame of an animation in milliseconds; one entry for other pictures. */
  readonly delays: readonly number[];
}

/**
 * Reads a picture.
 *
 * @throws MienError `INPUT_UNREADABLE`, `INPUT_INVALID` or `INPUT_TOO_LARGE`; its message starts with the path.
 */
export async function decodePicture(path: string): Promise<Frame> {
  return decodePixels(await readPicture(path));
}

/** Reads the file and checks its header, without decoding it: the first half of {@link decodePicture}. */
export async function readPicture(path: string): Promise<EncodedPicture> {
  return checkPicture(path, await readPictureBytes(path));
}

export function readPictureBytes(path: string): Promise<Uint8Array> {
  const reading = readFileBytes(path, MAX_FILE_BYTES);
  loadSharp(); // while the file is read
  return reading;
}

/** Checks the header before anything is decoded. */
export async function checkPicture(path: string, bytes: Uint8Array): Promise<EncodedPicture> {
  if (bytes.length > MAX_FILE_BYTES) {
    const limit = `${MAX_FILE_BYTES / 2 ** 20} MiB`;
    throw new MienError(
      'INPUT_TOO_LARGE',
      `${path}: more than ${limit}, the limit of a picture; make it smaller`,
    );
  }
  if (bytes.length === 0) {
    throw new MienError('INPUT_INVALID', `${path}: is empty (0 bytes); copy or download it again`);
  }
  const refuse = (what: string, cause?: unknown) =>
    new MienError('INPUT_INVALID', `${path}: ${what}`, { cause });
  const tiff = readTiffStructure(bytes);
  if (nameRaw(bytes) !== undefined) throw refuse(nameRefusedFormat(bytes) ?? '');
  const { format, width, height, pages, delay, depth } = await loadSharp()(bytes, {
    autoOrient: true,
    limitInputPixels: false,
  })
    .metadata()
    .catch((cause: unknown) => {
      const unknown = `holds no readable picture (another kind of file, or damaged); use ${FORMAT_NAMES}`;
      throw refuse(
        isHeic(bytes)
          ? 'is HEIC, and its header is damaged; copy the picture again'
          : (nameRefusedFormat(bytes) ?? unknown),
        cause,
      );
    });
  if (!FORMATS.some((known) => known === format)) {
    throw refuse(`is ${format.toUpperCase()}; use ${FORMAT_NAMES}`);
  }
  if (!DEPTHS.some((known) => known === depth)) {
    const samples =
      depth === 'float' || depth === 'double' ? 'floating-point samples' : `samples of type ${depth}`;
    throw refuse(`has ${samples}, whose black and white are not stated; save it with 8 or 16 bits`);
  }
  if (width * height > MAX_PIXELS || Math.max(width, height) > MAX_FRAME_SIDE) {
    throw new MienError(
      'INPUT_TOO_LARGE',
      `${path}: ${width}×${height} pixels, the limit is ${MAX_PIXELS / 1e6} megapixels and ${MAX_FRAME_SIDE} a side; make it smaller`,
    );
  }
  if (isHeic(bytes)) {
    const converted = await convertHeic(path, bytes);
    if (converted !== undefined) return readConverted(path, converted);
  }
  // The pages of a TIFF or AVIF are not frames of a video.
  const isAnimated = (format === 'gif' || format === 'webp') && pages !== undefined && pages > 1;
  const delays = isAnimated ? Array.from({ length: pages }, (_, page) => delay?.[page] ?? 0) : [0];
  const count = isAnimated ? 1 : (tiff?.pages ?? Math.max(pages ?? 1, countMultiPictures(bytes)));
  return { path, bytes, width, height, delays, ...noteOf(count) };
}

/** HEIC of which sharp read only the header. */
async function readConverted(path: string, { bytes, pictures }: ConvertedHeic): Promise<EncodedPicture> {
  const { width, height } = await loadSharp()(bytes).metadata();
  return { path, bytes, width, height, delays: [0], ...noteOf(pictures) };
}

function noteOf(pictures: number): Pick<EncodedPicture, 'note'> {
  return pictures > 1 ? { note: `holds ${pictures} pictures, of which the first is read` } : {};
}

/** Decodes the pixels; of an animation, the first frame. */
export async function decodePixels({ path, bytes }: EncodedPicture): Promise<Frame> {
  const { data, info } = await toPixels(bytes, 'error')
    .catch(async (cause: unknown) => {
      const complete = withJpegEnd(bytes, cause);
      if (complete === undefined) throw cause;
      // Lost pixels are only a warning once there is an end.
      return toPixels(complete, 'warning').catch(() => {
        throw cause;
      });
    })
    .catch((cause: unknown) => {
      const detail = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : String(cause);
      const damaged = `is damaged or cut short (${detail}); copy or download the picture again`;
      throw new MienError('INPUT_INVALID', `${path}: ${nameRefusedFormat(bytes) ?? damaged}`, { cause });
    });
  if (info.channels !== 1 && info.channels !== 3) {
    throw new MienError('UNSUPPORTED', `${path}: ${info.channels} channels after conversion; save it as RGB`);
  }
  return checkFrame({ width: info.width, height: info.height, channels: info.channels, data });
}

function toPixels(bytes: Uint8Array, failOn: 'error' | 'warning') {
  return loadSharp()(bytes, { failOn, limitInputPixels: MAX_PIXELS, autoOrient: true })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
}

/** The bytes with an end marker, if that is all that a JPEG file may lack. */
function withJpegEnd(bytes: Uint8Array, cause: unknown): Uint8Array | undefined {
  const isOpen = cause instanceof Error && cause.message.includes('premature end of JPEG');
  return isOpen
    ? Buffer.concat([bytes, Buffer.from(bytes.at(-1) === 0xff ? [0xd9] : [0xff, 0xd9])])
    : undefined;
}
