/**
 * RGBA bytes of an image by `VideoFrame.copyTo`, without a canvas: half the time of drawing the image and reading the canvas
 * back (640×480 in Chromium: a bitmap 0.3 instead of 0.8 ms, a camera's YUV frame 0.9 instead of 1.8), and the same bytes.
 *
 * `undefined` means: draw it. So it is for browsers whose `copyTo` does not convert, and for images that a canvas does more
 * to: turned or scaled frames, transparent parts.
 */

/** What newer browsers have; the types of TypeScript's library do not. */
interface OrientedFrame extends VideoFrame {
  readonly rotation?: number;
  readonly flip?: boolean;
}

const CHANNELS = 4;
const OPTIONS: VideoFrameCopyToOptions = { format: 'RGBA' };

let converts: Promise<boolean> | undefined;

/** Buffers up to this size are kept for the next image: fresh memory costs more than the copy, 0.6 ms at 640×480. */
const MAX_KEPT_BYTES = 2 ** 24;

export class PixelCopier {
  #kept = new Uint8ClampedArray(0);

  /** @returns upright bytes, which the next call may overwrite */
  async copy(
    image: ImageBitmap | VideoFrame,
    width: number,
    height: number,
  ): Promise<Uint8ClampedArray | undefined> {
    if (!('VideoFrame' in globalThis)) return undefined;
    converts ??= doesConvert();
    if (!(await converts)) return undefined;
    const isFrame = 'displayWidth' in image;
    let frame: OrientedFrame | undefined;
    try {
      frame = isFrame ? image : new VideoFrame(image, { timestamp: 0 });
      const { visibleRect } = frame;
      // A browser that does not tell how a frame is turned may draw it turned.
      const isUpright = !isFrame || (frame.rotation === 0 && frame.flip === false);
      const isWhole = visibleRect?.width === width && visibleRect.height === height;
      const sizeBytes = width * height * CHANNELS;
      if (!isUpright || !isWhole || frame.allocationSize(OPTIONS) !== sizeBytes) return undefined;
      const rgba = this.#take(sizeBytes);
      await frame.copyTo(rgba, OPTIONS);
      return isOpaque(rgba) ? rgba : undefined;
    } catch {
      return undefined; // A kind of frame that it does not convert; the canvas says what is wrong, if anything is.
    } finally {
      if (!isFrame) frame?.close();
    }
  }

  #take(sizeBytes: number): Uint8ClampedArray {
    if (this.#kept.length === sizeBytes) return this.#kept;
    const buffer = new Uint8ClampedArray(sizeBytes);
    if (sizeBytes <= MAX_KEPT_BYTES) this.#kept = buffer;
    return buffer;
  }
}

/** Browsers that do not know the option `format` pass over it, and copy what is there. */
async function doesConvert(): Promise<boolean> {
  const pixel = new Uint8Array([1, 2, 3, 255]);
  const init = { format: 'BGRA', codedWidth: 1, codedHeight: 1, timestamp: 0 } as const;
  try {
    const frame = new VideoFrame(pixel, init);
    const rgba = new Uint8Array(CHANNELS);
    await frame.copyTo(rgba, OPTIONS).finally(() => frame.close());
    return rgba.join() === '3,2,1,255';
  } catch {
    return false;
  }
}

function isOpaque(rgba: Uint8ClampedArray): boolean {
  const pixels = new Uint32Array(rgba.buffer);
  let all = 0xffffffff;
  // By index: `for … of` takes ten times as long.
  for (let at = 0; at < pixels.length; at++) all &= pixels[at]!;
  return all >>> 24 === 255;
}
