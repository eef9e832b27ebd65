/** Downloads a picture from an address, and nothing else: videos and streams are left to ffmpeg. */
import { MienError } from '@mien/core';
import { MAX_FILE_BYTES } from '../pictures/decode-picture.js';
import { isMotionJpeg } from '../pictures/jpeg-structure.js';
import { HEAD_BYTES, isPictureHead } from './file-kinds.js';

const IDLE_MS = 10_000;

/**
 * @returns the bytes; `undefined` if the address gives no picture, or nothing: ffmpeg then says why
 * @throws MienError `INPUT_TOO_LARGE`, `INPUT_UNREADABLE` if the picture breaks off; the signal's reason
 */
export async function fetchPicture(url: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  const control = new AbortController();
  const stop = () => {
    control.abort();
  };
  let timer = setTimeout(() => undefined, 0);
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(stop, IDLE_MS);
  };
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let isPicture = false;
  let checkedBytes = 0;
  signal?.addEventListener('abort', stop);
  try {
    signal?.throwIfAborted();
    wait();
    const response = await fetch(url, { signal: control.signal });
    if (!response.ok || response.body === null) return undefined;
    for await (const part of response.body as AsyncIterable<Uint8Array>) {
      wait();
      parts.push(part);
      sizeBytes += part.length;
      if (!isPicture && sizeBytes >= HEAD_BYTES) {
        isPicture = isPictureHead(Buffer.concat(parts));
        if (!isPicture) return undefined;
      }
      // The pictures of a camera may never end.
      if (isPicture && sizeBytes > checkedBytes * 1.5) {
        checkedBytes = sizeBytes;
        if (isMotionJpeg(Buffer.concat(parts))) return undefined;
      }
      if (sizeBytes > MAX_FILE_BYTES) {
        const limit = `${MAX_FILE_BYTES / 2 ** 20} MiB`;
        throw new MienError('INPUT_TOO_LARGE', `${url}: more than ${limit}, the limit of a picture`);
      }
    }
    const bytes = Buffer.concat(parts);
    return isPictureHead(bytes) ? bytes : undefined;
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof MienError) throw cause;
    if (!isPicture) return undefined;
    throw new MienError(
      'INPUT_UNREADABLE',
      `${url}: broke off after ${sizeBytes} bytes; check the address and the network`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    control.abort();
  }
}
