/** Opens a source by its name. */
import { Readable } from 'node:stream';
import { MienError } from '@mien/core';
import { toReadError } from '../files/read-file.js';
import { isAnimatedPng } from '../pictures/animated-png.js';
import {
  checkPicture,
  decodePixels,
  MAX_FILE_BYTES,
  readPicture,
  readPictureBytes,
  type EncodedPicture,
} from '../pictures/decode-picture.js';
import { isMotionJpeg } from '../pictures/jpeg-structure.js';
import { fetchPicture } from './fetch-picture.js';
import { HEAD_BYTES, isPictureHead, isVideo } from './file-kinds.js';
import { readHead } from './read-head.js';
import { IDLE_MS, toPictureSource, type OpenedSource, type Sampling } from './source.js';

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
 * A picture is decoded when this returns; of other sources, only the header has been read. Once the signal is aborted, the
 * source has no frames.
 *
 * @throws MienError with a message that starts with the source
 */
export function openSource(source: string, sampling: Sampling = {}): Promise<OpenedSource> {
  return unlessAborted(sampling, () => open(source, sampling));
}

/** A source without frames if the signal is aborted before or while it is opened. */
async function unlessAborted({ signal }: Sampling, open: () => Promise<OpenedSource>): Promise<OpenedSource> {
  const isAborted = () => signal?.aborted === true;
  const nothing: OpenedSource = { kind: 'video', frames: Readable.from([]) };
  if (isAborted()) return nothing;
  try {
    const opened = await open();
    return isAborted() ? nothing : opened;
  } catch (error) {
    if (isAborted()) return nothing;
    throw error;
  }
}

async function open(source: string, sampling: Sampling): Promise<OpenedSource> {
  if (source === STANDARD_INPUT) return openStandardInput(sampling);
  // Modules that a picture does not need are loaded on demand, because they would delay short programs.
  const camera = CAMERA.exec(source)?.[1];
  if (camera !== undefined) return (await import('./open-camera.js')).openCamera(source, camera, sampling);
  if (STREAM.test(source)) return openAddress(source, sampling);
  const head = await readHead(source);
  if (head.length > 0 && isVideo(head, source)) return (await importVideo()).openVideoFile(source, sampling);
  if (head.length > 0 && !isPictureHead(head)) return openUnknownFile(source, sampling);
  const bytes = await readPictureBytes(source);
  const sequence = findSequence(bytes);
  if (sequence !== undefined) return (await importVideo()).openVideoFile(source, sampling, sequence);
  return openPicture(await checkPicture(source, bytes), sampling);
}

/** A picture is downloaded and read like a file, all else is left to ffmpeg. */
async function openAddress(url: string, sampling: Sampling): Promise<OpenedSource> {
  const bytes = /^http/i.test(url) ? await fetchPicture(url, sampling.signal) : undefined;
  return bytes !== undefined && findSequence(bytes) === undefined
    ? openPicture(await checkPicture(url, bytes), sampling)
    : (await importVideo()).openStream(url, sampling);
}

function importVideo() {
  return import('./open-video.js');
}

/** Picture files that hold a video: the name of their demuxer in ffmpeg. */
function findSequence(bytes: Uint8Array): string | undefined {
  if (isAnimatedPng(bytes)) return 'apng';
  return isMotionJpeg(bytes) ? 'mjpeg' : undefined;
}

/** A file whose first bytes say nothing: a picture that sharp reads, or anything that ffmpeg reads. */
async function openUnknownFile(source: string, sampling: Sampling): Promise<OpenedSource> {
  const unreadable = await readPicture(source).then(
    (picture) => openPicture(picture, sampling),
    (error: unknown) => error,
  );
  if (!(unreadable instanceof Error)) return unreadable as OpenedSource;
  return (await importVideo()).openUnknown(source, sampling).catch(() => {
    throw unreadable;
  });
}

async function openPicture(picture: EncodedPicture, sampling: Sampling): Promise<OpenedSource> {
  if (picture.delays.length > 1) {
    const { openAnimation } = await import('./open-animation.js');
    return openAnimation(picture, sampling);
  }
  const frame = await decodePixels(picture);
  return toPictureSource(frame, picture.note);
}

async function openStandardInput(sampling: Sampling): Promise<OpenedSource> {
  const name = 'standard input';
  const close = () => {
    process.stdin.destroy();
  };
  // It waits for bytes from here on, also if nobody asks for frames.
  sampling.signal?.addEventListener('abort', close, { once: true });
  const chunks = readStandardInput(name);
  const start: Buffer[] = [];
  let startBytes = 0;
  while (startBytes < HEAD_BYTES) {
    const next = await withinTime(chunks.next());
    if (next === undefined) {
      close();
      throw new MienError(
        'INPUT_UNREADABLE',
        `${name}: gave nothing for ${IDLE_MS / 1000} s and was given up; pipe a picture or a video in`,
      );
    }
    if (next.done === true) break;
    start.push(next.value);
    startBytes += next.value.length;
  }
  if (startBytes === 0)
    throw new MienError('INPUT_INVALID', `${name}: is empty (0 bytes); pipe a picture or a video in`);
  const rest = async function* (): AsyncGenerator<Buffer, void, void> {
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  };
  const toVideo = async (format?: string): Promise<OpenedSource> => {
    const all = (async function* () {
      yield* start;
      yield* rest();
    })();
    const bytes = { [Symbol.asyncIterator]: () => all, close };
    return (await importVideo()).openVideoPipe(name, bytes, sampling, format);
  };
  const head = Buffer.concat(start);
  if (!isPictureHead(head)) return toVideo();
  // Motion JPEG may never end, so it is recognised while it comes.
  let checkedBytes = 0;
  for await (const part of rest()) {
    start.push(part);
    startBytes += part.length;
    if (startBytes > MAX_FILE_BYTES) break;
    if (startBytes < checkedBytes * 1.5) continue;
    checkedBytes = startBytes;
    const sequence = findSequence(Buffer.concat(start));
    if (sequence !== undefined) return toVideo(sequence);
  }
  const bytes = Buffer.concat(start);
  const sequence = findSequence(bytes);
  if (sequence !== undefined) return toVideo(sequence);
  return openPicture(await checkPicture(name, bytes), sampling);
}

async function* readStandardInput(name: string): AsyncGenerator<Buffer, void, void> {
  try {
    yield* process.stdin as AsyncIterable<Buffer>;
  } catch (cause) {
    throw toReadError(name, cause);
  }
}

/** `undefined` if the promise takes longer than {@link IDLE_MS}. */
async function withinTime<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, IDLE_MS, undefined)));
  return Promise.race([promise, tooLate]).finally(() => {
    clearTimeout(timer);
  });
}

/** Opens the bytes of a picture, an animation or a video; `name` is what messages call it. */
export function openBytes(name: string, bytes: Uint8Array, sampling: Sampling): Promise<OpenedSource> {
  return unlessAborted(sampling, () => openGiven(name, bytes, sampling));
}

async function openGiven(name: string, bytes: Uint8Array, sampling: Sampling): Promise<OpenedSource> {
  const head = bytes.subarray(0, HEAD_BYTES);
  const sequence = bytes.length > 0 ? findSequence(bytes) : undefined;
  if (sequence === undefined && (bytes.length === 0 || !isVideo(head, ''))) {
    return openPicture(await checkPicture(name, bytes), sampling);
  }
  const chunks = (async function* () {
    yield bytes;
  })();
  return (await importVideo()).openVideoPipe(name, chunks, sampling, sequence);
}
