/** Opens a source by its name. */
import { open } from 'node:fs/promises';
import { MienError } from '@mien/core';
import { toReadError } from '../files/read-file.js';
import { checkPicture, decodePixels, readPicture, type EncodedPicture } from '../pictures/decode-picture.js';
import { HEAD_BYTES, isPictureHead, isVideo } from './file-kinds.js';
import type { OpenedSource, Sampling } from './source.js';

export const STANDARD_INPUT = '-';
/** Followed by the camera's number or name. */
const CAMERA = /^camera:(.+)$/;
const STREAM = /^(?:rtsps?|https?):\/\//i;

/** Whether a source is live: it has no end and cannot be resumed. */
export function isLive(source: string): boolean {
  return source === STANDARD_INPUT || CAMERA.test(source) || STREAM.test(source);
}

/**
 * Opens a picture, an animation, a video, a camera (`camera:0`), a stream (`rtsp://…`, `https://…`) or `-`.
 *
 * A picture is decoded when this returns; of other sources, only the header has been read.
 *
 * @throws MienError with a message that starts with the source
 */
export async function openSource(source: string, sampling: Sampling = {}): Promise<OpenedSource> {
  if (source === STANDARD_INPUT) return openStandardInput(sampling);
  // Modules that a picture does not need are loaded on demand, because they would delay short programs.
  const camera = CAMERA.exec(source)?.[1];
  if (camera !== undefined) return (await import('./open-camera.js')).openCamera(source, camera, sampling);
  if (STREAM.test(source)) return (await importVideo()).openStream(source, sampling);
  const head = await readHead(source);
  if (head.length > 0 && isVideo(head, source)) return (await importVideo()).openVideoFile(source, sampling);
  return openPicture(await readPicture(source), sampling);
}

function importVideo() {
  return import('./open-video.js');
}

async function openPicture(picture: EncodedPicture, sampling: Sampling): Promise<OpenedSource> {
  if (picture.delays.length > 1) {
    const { openAnimation } = await import('./open-animation.js');
    return openAnimation(picture, sampling);
  }
  const frame = await decodePixels(picture);
  return {
    kind: 'picture',
    frames: (async function* () {
      yield { frame };
    })(),
  };
}

async function openStandardInput(sampling: Sampling): Promise<OpenedSource> {
  const name = 'standard input';
  const chunks = process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const start: Buffer[] = [];
  let startBytes = 0;
  while (startBytes < HEAD_BYTES) {
    const { value } = await chunks.next();
    if (value === undefined) break;
    start.push(value);
    startBytes += value.length;
  }
  if (startBytes === 0)
    throw new MienError('INPUT_INVALID', `${name}: is empty (0 bytes); pipe a picture or a video in`);
  const all = (async function* () {
    yield* start;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  })();
  if (!isPictureHead(Buffer.concat(start))) return (await importVideo()).openVideoPipe(name, all, sampling);
  const parts: Buffer[] = [];
  for await (const part of all) parts.push(part);
  return openPicture(await checkPicture(name, Buffer.concat(parts)), sampling);
}

/** Opens the bytes of a picture, an animation or a video; `name` is what messages call it. */
export async function openBytes(name: string, bytes: Uint8Array, sampling: Sampling): Promise<OpenedSource> {
  if (bytes.length === 0 || !isVideo(bytes.subarray(0, HEAD_BYTES), '')) {
    return openPicture(await checkPicture(name, bytes), sampling);
  }
  const chunks = (async function* () {
    yield bytes;
  })();
  return (await importVideo()).openVideoPipe(name, chunks, sampling);
}

/** @throws MienError when the file cannot be read */
export async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    // A named pipe (`<(…)`) cannot be read twice; it can only be a picture.
    if ((cause as NodeJS.ErrnoException).code === 'ESPIPE') return new Uint8Array(0);
    throw toReadError(path, cause);
  }
}
