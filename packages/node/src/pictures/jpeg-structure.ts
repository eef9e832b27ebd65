/**
 * The pictures in a JPEG file: most have one, cameras and capture cards write many one after the other (Motion JPEG), and
 * some phones append others (Multi-Picture Format: the second eye, a gain map).
 *
 * Ref: ITU-T T.81, annex B (markers); CIPA DC-007 (Multi-Picture Format).
 */

const MARKER = { start: 0xd8, end: 0xd9, scan: 0xda, app1: 0xe1, app2: 0xe2, temporary: 0x01 } as const;
const MULTI_PICTURE = 'MPF\0';

export interface JpegPicture {
  readonly width: number;
  readonly height: number;
  /** Whether it says that other pictures in the file belong to it. */
  readonly isMultiPicture: boolean;
  /** Offset behind its end marker. */
  readonly end: number;
}

/** The first picture from `start` on; `undefined` if there is none, or its end is not in these bytes. */
export function readJpegPicture(file: Uint8Array, start = 0): JpegPicture | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes[start] !== 0xff || bytes[start + 1] !== MARKER.start) return undefined;
  let [width, height, isMultiPicture] = [0, 0, false];
  for (let at = start + 2; at + 1 < bytes.length;) {
    // Compressed data continues up to a marker; 0xff00 and restarts are part of it.
    const kind = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || kind === 0 || kind === 0xff || isRestart(kind)) {
      const marker = bytes.indexOf(0xff, at + 1);
      if (marker < 0) return undefined;
      at = marker;
      continue;
    }
    if (kind === MARKER.end) return { width, height, isMultiPicture, end: at + 2 };
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (isFrame(kind)) {
      height = ((bytes[at + 5] ?? 0) << 8) | (bytes[at + 6] ?? 0);
      width = ((bytes[at + 7] ?? 0) << 8) | (bytes[at + 8] ?? 0);
    }
    if (kind === MARKER.app2) isMultiPicture ||= readLatin1(bytes, at + 4, 4) === MULTI_PICTURE;
    at += kind === MARKER.temporary ? 2 : 2 + Math.max(2, length);
  }
  return undefined;
}

/** Whether the bytes are Motion JPEG: a second picture of the same size follows the first. */
export function isMotionJpeg(bytes: Uint8Array): boolean {
  const first = readJpegPicture(bytes);
  if (first === undefined || first.isMultiPicture) return false;
  return isSameSize(first, readJpegHead(bytes, first.end));
}

/** Number of pictures of the same size in a Multi-Picture file. */
export function countMultiPictures(bytes: Uint8Array): number {
  const first = readJpegPicture(bytes);
  if (first?.isMultiPicture !== true) return 1;
  let count = 1;
  for (let end = first.end; ;) {
    const next = nextStart(bytes, end);
    const picture = next === undefined ? undefined : readJpegPicture(bytes, next);
    if (picture === undefined) return count;
    if (isSameSize(first, picture)) count++;
    end = picture.end;
  }
}

/** The same file without its APP1 segments, which hold EXIF and XMP. */
export function withoutExif(bytes: Uint8Array): Uint8Array {
  const kept = [bytes.subarray(0, 2)];
  let at = 2;
  while (at + 3 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== MARKER.scan) {
    const end = at + 2 + Math.max(2, ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
    if (bytes[at + 1] !== MARKER.app1) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, bytes.subarray(at)]);
}

/** The size of a picture whose end may be missing. */
function readJpegHead(bytes: Uint8Array, start: number): Pick<JpegPicture, 'width' | 'height'> | undefined {
  if (bytes[start] !== 0xff || bytes[start + 1] !== MARKER.start) return undefined;
  for (let at = start + 2; at + 8 < bytes.length;) {
    const kind = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff) return undefined;
    if (isFrame(kind)) {
      return {
        height: ((bytes[at + 5] ?? 0) << 8) | (bytes[at + 6] ?? 0),
        width: ((bytes[at + 7] ?? 0) << 8) | (bytes[at + 8] ?? 0),
      };
    }
    if (kind === MARKER.scan || kind === MARKER.end) return undefined;
    at += 2 + Math.max(2, ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
  return undefined;
}

function isSameSize(
  a: Pick<JpegPicture, 'width' | 'height'>,
  b: Pick<JpegPicture, 'width' | 'height'> | undefined,
): boolean {
  return b !== undefined && a.width > 0 && a.width === b.width && a.height === b.height;
}

function nextStart(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at + 2 < bytes.length; at++) {
    if (bytes[at] === 0xff && bytes[at + 1] === MARKER.start && bytes[at + 2] === 0xff) return at;
  }
  return undefined;
}

/** SOF0 … SOF15, without DHT, JPG and DAC. */
function isFrame(kind: number): boolean {
  return kind >= 0xc0 && kind <= 0xcf && kind !== 0xc4 && kind !== 0xc8 && kind !== 0xcc;
}

function isRestart(kind: number): boolean {
  return kind >= 0xd0 && kind <= 0xd7;
}

function readLatin1(bytes: Uint8Array, from: number, length: number): string {
  return Buffer.from(bytes.subarray(from, from + length)).toString('latin1');
}
