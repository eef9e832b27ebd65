/**
 * The kind of a file, by its first bytes, which are more reliable than its name. The name counts where the bytes say nothing:
 * for formats without a signature, and for files that are named in a folder but empty or damaged.
 */

/** Of pictures that are read or refused by name. */
const PICTURE_ENDINGS =
  'jpg jpeg jpe jfif jif pjpeg pjp mpo png apng webp gif tif tiff avif heic heif hif bmp dib dng cr2 cr3 nef arw orf raf rw2 pef srw'.split(
    ' ',
  );
/** Of containers and streams that ffmpeg reads. */
const VIDEO_ENDINGS = [
  ...'mp4 m4v mov qt mkv webm avi divx mpg mpeg mpe m1v m2v m2p mpv mod tod vob vro evo ts m2t m2ts mts tp trp wmv asf flv f4v'.split(
    ' ',
  ),
  ...'ogv ogg ogm 3gp 3g2 mxf nut y4m h264 264 avc h265 265 hevc obu ivf dv dif rm rmvb wtv mjpeg mjpg gxf amv nsv bik roq'.split(
    ' ',
  ),
];

/** Number of bytes that tell the kind of a file. */
export const HEAD_BYTES = 1024;

/** Signatures at their offsets, in Latin-1. */
const PICTURE_HEADS: readonly (readonly [offset: number, text: string])[][] = [
  [[0, '\xff\xd8\xff']],
  [[0, '\x89PNG']],
  [[0, 'GIF8']],
  [
    [0, 'RIFF'],
    [8, 'WEBP'],
  ],
  [[0, 'II*\0']],
  [[0, 'MM\0*']],
  [[4, 'ftypavif']],
  [[4, 'ftypmif1']],
  [[4, 'ftypmsf1']],
  [[4, 'ftyphei']],
  [[4, 'ftyphevc']],
  [[4, 'ftyphevx']],
  [[4, 'ftypcrx ']],
];
const ANIMATION_HEADS: typeof PICTURE_HEADS = [
  [[0, 'GIF8']],
  [
    [0, 'RIFF'],
    [8, 'WEBP'],
  ],
];
const VIDEO_HEADS: typeof PICTURE_HEADS = [
  [[4, 'ftyp']],
  [[4, 'moov']],
  [[4, 'mdat']],
  [[0, '\x1a\x45\xdf\xa3']],
  [
    [0, 'RIFF'],
    [8, 'AVI '],
  ],
  [[0, '\0\0\x01\xba']],
  [[0, '\0\0\x01\xb3']],
  [[0, 'FLV\x01']],
  [[0, 'OggS']],
  [[0, '\x30\x26\xb2\x75']],
  [[0, 'YUV4MPEG2']],
  [[0, 'DKIF']],
  // Sound files: the error message of the video reader fits better than that of the picture decoder.
  [[0, 'ID3']],
  [[0, 'fLaC']],
  [
    [0, 'RIFF'],
    [8, 'WAVE'],
  ],
];

export function isPictureHead(head: Uint8Array): boolean {
  return startsAs(PICTURE_HEADS, head);
}

/** Whether a picture may hold several frames: GIF, WebP, animated PNG and Motion JPEG. */
export function mayBeAnimated(head: Uint8Array, name: string): boolean {
  if (startsAs(ANIMATION_HEADS, head)) return true;
  const isPngAnimation =
    Buffer.from(head.subarray(0, 4)).includes('PNG') && Buffer.from(head).includes('acTL');
  return isPngAnimation || (isPictureHead(head) && hasEnding(VIDEO_ENDINGS, name));
}

/** Whether ffmpeg reads the file: by its first bytes, or if they are unknown, by its name. */
export function isVideo(head: Uint8Array, name: string): boolean {
  if (isPictureHead(head)) return false;
  return isVideoHead(head) || hasEnding(VIDEO_ENDINGS, name);
}

export function isVideoHead(head: Uint8Array): boolean {
  return !isPictureHead(head) && (startsAs(VIDEO_HEADS, head) || isTransportStream(head));
}

/** Whether a file is a picture or video by its name alone. */
export function hasKnownEnding(name: string): boolean {
  return hasEnding(PICTURE_ENDINGS, name) || hasEnding(VIDEO_ENDINGS, name);
}

function hasEnding(endings: readonly string[], name: string): boolean {
  return endings.includes(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
}

/**
 * MPEG transport streams have no signature, but a sync byte in each packet: every 188 bytes, 192 with the time codes of
 * camcorders (M2TS), 204 with error correction. Ref: ISO/IEC 13818-1, 2.4.3.2.
 */
function isTransportStream(head: Uint8Array): boolean {
  return [188, 192, 204].some((packet) => {
    const first = packet === 192 ? 4 : 0;
    const count = Math.floor((head.length - first - 1) / packet) + 1;
    return (
      count >= 3 &&
      Array.from({ length: count }, (_, i) => head[first + i * packet]).every((byte) => byte === 0x47)
    );
  });
}

function startsAs(heads: typeof PICTURE_HEADS, bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return heads.some((parts) => parts.every(([offset, part]) => text.startsWith(part, offset)));
}
