/**
 * Reads the pixels of a picture: upright sRGB bytes, transparent parts on white.
 *
 * Pixels in memory are used as they are. Of images they are copied where the browser can do that, and otherwise drawn on a
 * canvas, in tiles that fit into every browser's canvas, so that only memory limits the size of a picture.
 */
import { MAX_FRAME_SIDE, MienError, type Frame } from '@mien/core';
import type { Picture } from '../protocol/messages.js';
import { PixelCopier } from './copy-pixels.js';

/** Limit of a picture, as in Node: 100 megapixels. */
const MAX_PIXELS = 100_000_000;
/** Side of a tile: canvases of this size work in every browser. */
const TILE = 4096;
const CHANNELS = 4;

export class PixelReader {
  readonly #copier = new PixelCopier();
  #context: OffscreenCanvasRenderingContext2D | undefined;

  /** @throws MienError `INPUT_INVALID` when a file cannot be decoded, `INPUT_TOO_LARGE` */
  async read(picture: Picture): Promise<Frame> {
    switch (picture.kind) {
      case 'pixels':
        if (picture.mayBeTransparent) layOverWhite(picture.frame.data);
        return picture.frame;
      case 'image':
        return this.#readImage(picture.image);
      case 'file':
        return this.#readImage(await decodeFile(picture.file));
      default:
        return picture satisfies never;
    }
  }

  async #readImage(image: ImageBitmap | VideoFrame): Promise<Frame> {
    const { width, height } = sizeOf(image);
    try {
      checkSize(width, height);
      const copied = await this.#copier.copy(image, width, height);
      if (copied !== undefined) return { width, height, channels: CHANNELS, data: copied };
      const context = this.#contextOf(Math.min(width, TILE), Math.min(height, TILE));
      if (width <= TILE && height <= TILE) {
        return { width, height, channels: CHANNELS, data: drawTile(context, image, 0, 0, width, height) };
      }
      const data = new Uint8ClampedArray(width * height * CHANNELS);
      for (let y = 0; y < height; y += TILE) {
        for (let x = 0; x < width; x += TILE) {
          const tileWidth = Math.min(TILE, width - x);
          const tileHeight = Math.min(TILE, height - y);
          const tile = drawTile(context, image, x, y, tileWidth, tileHeight);
          const rowLength = tileWidth * CHANNELS;
          for (let row = 0; row < tileHeight; row++) {
            const from = row * rowLength;
            data.set(tile.subarray(from, from + rowLength), ((y + row) * width + x) * CHANNELS);
          }
        }
      }
      return { width, height, channels: CHANNELS, data };
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new MienError('INPUT_TOO_LARGE', `picture: no memory for ${width}×${height} pixels`, { cause });
    } finally {
      image.close();
    }
  }

  #contextOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
    if (this.#context?.canvas.width !== width || this.#context.canvas.height !== height) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d', { willReadFrequently: true });
      if (context === null)
        throw new MienError('UNSUPPORTED', 'picture: this browser has no OffscreenCanvas in workers');
      this.#context = context;
    }
    return this.#context;
  }
}

/** RGBA bytes of a part of an image. */
function drawTile(
  context: OffscreenCanvasRenderingContext2D,
  image: ImageBitmap | VideoFrame,
  x: number,
  y: number,
  width: number,
  height: number,
): Uint8ClampedArray {
  context.fillStyle = 'white'; // Background of transparent parts.
  context.fillRect(0, 0, width, height);
  context.drawImage(image, -x, -y);
  return context.getImageData(0, 0, width, height).data;
}

/** Size of the upright picture in pixels. */
function sizeOf(image: ImageBitmap | VideoFrame) {
  return 'displayWidth' in image ? { width: image.displayWidth, height: image.displayHeight } : image;
}

function checkSize(width: number, height: number): void {
  if (width * height > MAX_PIXELS || Math.max(width, height) > MAX_FRAME_SIDE) {
    throw new MienError(
      'INPUT_TOO_LARGE',
      `picture: ${width}×${height} pixels, the limit is ${MAX_PIXELS / 1e6} megapixels and ${MAX_FRAME_SIDE} a side; ` +
        'make it smaller',
    );
  }
}

async function decodeFile(file: Blob): Promise<ImageBitmap> {
  const name = 'name' in file ? String(file.name) : 'picture';
  if (file.size === 0) throw new MienError('INPUT_INVALID', `${name}: is empty (0 bytes)`);
  try {
    return await createImageBitmap(file); // Applies the EXIF orientation.
  } catch (cause) {
    throw new MienError(
      'INPUT_INVALID',
      `${name}: is not a picture that this browser can decode, or it is damaged`,
      { cause },
    );
  }
}

/** Blends with white, in place: the message was a copy. */
function layOverWhite(rgba: Frame['data']): void {
  for (let i = 0; i < rgba.length; i += CHANNELS) {
    const alpha = rgba[i + 3]!;
    if (alpha === 255) continue;
    for (let channel = i; channel < i + 3; channel++) {
      rgba[channel] = Math.round((rgba[channel]! * alpha + 255 * (255 - alpha)) / 255);
    }
  }
}
