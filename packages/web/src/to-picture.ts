/**
 * Converts a source into a message for the worker. Sources that can change are captured when `analyze` is called; pixels
 * are not read on this thread.
 */
import { checkFrame, MienError, type Frame } from '@mien/core';
import type { Picture } from './protocol/messages.js';

/** Anything that can be analysed. `Frame` is `{ width, height, channels, data }`, as in @mien/core. */
export type AnalysisSource =
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | ImageData
  | VideoFrame
  | Blob
  | Frame;

const CHOICES = 'an image, video, canvas, ImageBitmap, ImageData, VideoFrame, Blob, File or frame';

export interface OutgoingPicture {
  readonly picture: Picture;
  readonly transfer: Transferable[];
}

/**
 * @throws MienError `USAGE` for an unknown type, a video without a frame yet, or pixels that the page may not read;
 *   `INPUT_INVALID` if an image cannot be decoded
 */
export async function toPicture(source: AnalysisSource): Promise<OutgoingPicture> {
  // By name instead of instanceof: elements of iframes have other classes, and not every browser has all classes.
  const type = Object.prototype.toString.call(source).slice('[object '.length, -1);
  switch (type) {
    case 'Blob':
    case 'File':
      return { picture: { kind: 'file', file: source as Blob }, transfer: [] };
    case 'ImageData':
      return fromImageData(source as ImageData);
    case 'VideoFrame':
      return fromVideoFrame(source as VideoFrame);
    case 'HTMLImageElement':
      return fromImageElement(source as HTMLImageElement);
    case 'HTMLVideoElement':
      return fromVideo(source as HTMLVideoElement);
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas':
    case 'ImageBitmap':
      return toBitmap(source as HTMLCanvasElement | OffscreenCanvas | ImageBitmap, type);
    default: {
      const { data } = ((source as unknown) ?? {}) as Partial<Frame>;
      if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) {
        return fromPixels(checkFrame(source as Frame), false);
      }
      throw new MienError('USAGE', `analyze: takes ${CHOICES}, got ${type}`);
    }
  }
}

function fromImageData(image: ImageData): Promise<OutgoingPicture> | OutgoingPicture {
  const { width, height, data, colorSpace } = image;
  // Other colour spaces are converted by the browser.
  if (colorSpace !== 'srgb' || !(data instanceof Uint8ClampedArray)) return toBitmap(image, 'ImageData');
  return fromPixels({ width, height, channels: 4, data }, true);
}

/** A copy of the pixels and nothing else: `data` may be a view of a larger buffer, and the object may have further properties. */
function fromPixels({ width, height, channels, data }: Frame, mayBeTransparent: boolean): OutgoingPicture {
  const frame = { width, height, channels, data: data.slice() };
  return {
    picture: { kind: 'pixels', frame, mayBeTransparent },
    transfer: [frame.data.buffer],
  };
}

function fromVideoFrame(frame: VideoFrame): OutgoingPicture {
  let image: VideoFrame;
  try {
    image = frame.clone();
  } catch (cause) {
    throw new MienError('USAGE', 'analyze: the VideoFrame is closed; close it after the call', { cause });
  }
  return { picture: { kind: 'image', image }, transfer: [image] };
}

async function fromImageElement(image: HTMLImageElement): Promise<OutgoingPicture> {
  if (!image.complete || image.naturalWidth === 0) {
    await image.decode().catch((cause: unknown) => {
      const name = image.currentSrc === '' ? 'image' : image.currentSrc;
      throw new MienError('INPUT_INVALID', `${name}: could not be loaded or decoded`, { cause });
    });
  }
  return toBitmap(image, 'image');
}

async function fromVideo(video: HTMLVideoElement): Promise<OutgoingPicture> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
    throw new MienError('USAGE', 'analyze: the video has no frame yet; wait for its event "loadeddata"');
  }
  const image = takeStreamFrame(video);
  if (image !== undefined) return { picture: { kind: 'image', image }, transfer: [image] };
  try {
    return await toBitmap(video, 'video');
  } catch (error) {
    // In Chromium `readyState` changes shortly before the first frame can be captured.
    if (!(await isFramePresented(video))) throw error;
    return toBitmap(video, 'video');
  }
}

/**
 * The frame that a camera shows, without a copy: a bitmap is drawn on the page's main thread, 4 ms at 640×480, and up to
 * 65 ms were seen on a busy device. Only of streams: videos in files may be rotated, which `VideoFrame` follows in few
 * browsers.
 *
 * @returns `undefined` where the browser cannot do it; a bitmap is taken then, which also says what is wrong
 */
function takeStreamFrame(video: HTMLVideoElement): VideoFrame | undefined {
  if (video.srcObject === null || !('VideoFrame' in globalThis)) return undefined;
  try {
    const image = new VideoFrame(video);
    if (image.displayWidth === video.videoWidth && image.displayHeight === video.videoHeight) return image;
    image.close();
  } catch {
    // Not presented yet, or of another origin.
  }
  return undefined;
}

const PRESENTATION_TIMEOUT_MS = 1000;

/** Waits until a frame is presented; `false` after a timeout. */
function isFramePresented(video: HTMLVideoElement): Promise<boolean> {
  return new Promise((resolve) => {
    // Firefox before 132 has no frame callbacks.
    if (!('requestVideoFrameCallback' in video)) {
      resolve(false);
      return;
    }
    const timer = setTimeout(() => resolve(false), PRESENTATION_TIMEOUT_MS);
    video.requestVideoFrameCallback(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

async function toBitmap(source: ImageBitmapSource, name: string): Promise<OutgoingPicture> {
  try {
    const image = await createImageBitmap(source);
    return { picture: { kind: 'image', image }, transfer: [image] };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new MienError('USAGE', `analyze: the ${name} has no pixels that this page may read (${detail})`, {
      cause,
    });
  }
}
