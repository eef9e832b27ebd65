/**
 * Raw frames with timestamps as a stream for ffmpeg: Matroska, one cluster per frame, in microseconds. Without a container,
 * frames would have a constant rate, and videos with a variable frame rate would lose their timing.
 * Ref: RFC 9559 (Matroska), RFC 8794 (EBML).
 */

const UNKNOWN_SIZE = Buffer.from('01ffffffffffffff', 'hex');
const MICROSECOND_NS = 1000;
const VIDEO_TRACK = 1;
/** Header of a block: track 1, time 0 within its cluster, key frame. */
const BLOCK_HEAD = Buffer.from([0x80 | VIDEO_TRACK, 0, 0, 0x80]);

/** The bytes before the first frame; frames are RGB with 8 bits per sample. */
export function matroskaHead({ width, height }: { readonly width: number; readonly height: number }): Buffer {
  const head = element('1a45dfa3', text('4282', 'matroska'), number('4287', 4), number('4285', 2));
  const info = element(
    '1549a966',
    number('2ad7b1', MICROSECOND_NS),
    text('4d80', 'mien'),
    text('5741', 'mien'),
  );
  const video = element('e0', number('b0', width), number('ba', height), text('2eb524', 'RGB\x18'));
  const track = element(
    'ae',
    ...[number('d7', VIDEO_TRACK), number('73c5', 1), number('83', 1), text('86', 'V_UNCOMPRESSED'), video],
  );
  const segment = Buffer.concat([Buffer.from('18538067', 'hex'), UNKNOWN_SIZE]);
  return Buffer.concat([head, segment, info, element('1654ae6b', track)]);
}

/** The bytes before a frame of `sizeBytes`. */
export function matroskaFrameHead(timestampMs: number, sizeBytes: number): Buffer {
  const time = number('e7', Math.max(0, Math.round(timestampMs * 1000)));
  const blockBytes = BLOCK_HEAD.length + sizeBytes;
  const block = Buffer.concat([Buffer.from('a3', 'hex'), toSize(blockBytes), BLOCK_HEAD]);
  const clusterBytes = time.length + block.length + sizeBytes;
  return Buffer.concat([Buffer.from('1f43b675', 'hex'), toSize(clusterBytes), time, block]);
}

function element(id: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(id, 'hex'), toSize(body.length), body]);
}

function text(id: string, value: string): Buffer {
  return element(id, Buffer.from(value, 'latin1'));
}

function number(id: string, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return element(id, bytes);
}

/** A size in eight bytes: a marker bit and 56 bits. */
function toSize(bytes: number): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE((1n << 56n) | BigInt(bytes));
  return size;
}
