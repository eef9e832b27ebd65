/** From what a caller passes to `analyze` to a frame. */
import { fileURLToPath } from 'node:url';
import { isRecord, MienError, type Frame } from '@mien/core';
import { fetchBytes } from '../files/fetch-bytes.js';
import { checkPicture, decodePixels, MAX_FILE_BYTES, readPicture } from '../pictures/decode-picture.js';
import { HEAD_BYTES, isVideo } from '../sources/file-kinds.js';
import { readHead } from '../sources/read-head.js';

/**
 * A path, a URL (`http:`, `https:`, `file:`, also as a string), the bytes of a picture file (JPEG, PNG, WebP, GIF, TIFF or
 * AVIF), or pixels. Pixels must not change before the result is there.
 */
export type PictureSource = string | URL | Uint8Array | ArrayBuffer | Frame;

/** What bytes are called in messages. */
const UNNAMED_PICTURE = 'picture';

/** @throws MienError as `decodePicture`, `INPUT_INVALID` for a video */
export async function readPictureSource(source: PictureSource, signal?: AbortSignal): Promise<Frame> {
  signal?.throwIfAborted();
  if (source instanceof Uint8Array) return decode(UNNAMED_PICTURE, source);
  if (source instanceof ArrayBuffer) return decode(UNNAMED_PICTURE, new Uint8Array(source));
  if (typeof source !== 'string' && !(source instanceof URL)) return requireFrame(source);
  const text = String(source);
  if (/^https?:/i.test(text)) return decode(text, await fetchBytes(text, MAX_FILE_BYTES, signal));
  if (source instanceof URL || /^file:/i.test(text)) return decodeFile(toFilePath(text));
  return decodeFile(text);
}

/** What has no members cannot be pixels; the analyzer checks them. */
function requireFrame(source: unknown): Frame {
  if (isRecord(source)) return source as unknown as Frame;
  const given = source === null ? 'null' : typeof source;
  throw new MienError(
    'USAGE',
    `analyzer: takes a path, a URL, bytes or pixels ({ width, height, channels, data }), got ${given}`,
  );
}

async function decodeFile(path: string): Promise<Frame> {
  requirePicture(path, await readHead(path));
  return decodePixels(await readPicture(path));
}

async function decode(name: string, bytes: Uint8Array): Promise<Frame> {
  requirePicture(name, bytes.subarray(0, HEAD_BYTES));
  return decodePixels(await checkPicture(name, bytes));
}

function requirePicture(name: string, head: Uint8Array): void {
  if (head.length > 0 && isVideo(head, '')) {
    throw new MienError('INPUT_INVALID', `${name}: is a video; pass it to frames()`);
  }
}

function toFilePath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const expected = 'a picture is read from http:, https: and file: addresses';
    throw new MienError('USAGE', `${url}: ${expected}`, { cause });
  }
}
