/** The kind of a file: by its first bytes, which are more reliable than its name; by its name only when searching folders. */

export const PICTURE_ENDINGS = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'tif', 'tiff', 'avif'] as const;
export const VIDEO_ENDINGS = [
  ...[
    'mp4',
    'm4v',
    'mov',
    'mkv',
    'webm',
    'avi',
    'mpg',
    'mpeg',
    'ts',
    'm2ts',
    'mts',
    'vob',
    'wmv',
    'asf',
    'flv',
    'ogv',
  ],
  ...['ogg', '3gp', '3g2', 'mxf', 'nut', 'y4m', 'h264', 'h265', 'hevc', 'ivf', 'dv'],
] as const;

/** Number of bytes that {@link isPictureHead} needs. */
export const HEAD_BYTES = 16;

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
  [[4, 'ftyphei']],
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

/** Whether a picture may hold several frames: GIF and WebP. */
export function mayBeAnimated(head: Uint8Array): boolean {
  return startsAs(ANIMATION_HEADS, head);
}

/** Whether ffmpeg reads the file: by its first bytes, or if they are unknown, by its name. */
export function isVideo(head: Uint8Array, name: string): boolean {
  if (isPictureHead(head)) return false;
  return startsAs(VIDEO_HEADS, head) || hasVideoEnding(name);
}

function hasVideoEnding(name: string): boolean {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return VIDEO_ENDINGS.some((known) => known === ending);
}

function startsAs(heads: typeof PICTURE_HEADS, bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return heads.some((parts) => parts.every(([offset, part]) => text.startsWith(part, offset)));
}
