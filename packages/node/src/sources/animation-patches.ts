/**
 * The frames of an animation as they are stored: patches, each drawn over the previous state of the canvas.
 *
 * To decode page n, libvips decodes all pages before it; to decode all pages, it holds all of them in memory. So this file
 * splits the container into patches and returns each patch as a file with a single frame for libvips: time is linear in
 * the length of the animation, memory constant.
 *
 * Ref: GIF89a specification (CompuServe 1990); WebP Container Specification (Google).
 */
import { MienError } from '@mien/core';
import type { EncodedPicture } from '../pictures/decode-picture.js';

export interface Patch {
  /** Position on the canvas, in pixels; it may extend beyond the canvas. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** As stored in the file. */
  readonly delayMs: number;
  /** Whether its transparent parts show the previous canvas. */
  readonly isBlended: boolean;
  /** Disposal before the next patch: keep it, clear its area, or restore the previous canvas. */
  readonly after: 'keep' | 'clear' | 'restore';
  /** A GIF or WebP file with this frame alone. */
  readonly file: Uint8Array;
}

/**
 * Reads the patches in order.
 *
 * @throws MienError `INPUT_INVALID` if the file is damaged or cut short, after the patches before the damage
 */
export function readPatches({ path, bytes }: EncodedPicture): Generator<Patch, void, void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1', 0, 4) === 'GIF8' ? readGif(path, buffer) : readWebp(path, buffer);
}

const GIF_BLOCK = { extension: 0x21, image: 0x2c, trailer: 0x3b } as const;
const GRAPHIC_CONTROL = 0xf9;
const GIF_HEAD_BYTES = 13;
const DESCRIPTOR_BYTES = 10;
const INTERLACED = 0x40;

function* readGif(path: string, bytes: Buffer): Generator<Patch, void, void> {
  const globalTable = readColours(path, bytes, GIF_HEAD_BYTES, bytes[10] ?? 0);
  let at = GIF_HEAD_BYTES + globalTable.length;
  let control = { flags: 0, delayMs: 0, transparent: 0 };
  for (;;) {
    // Some programs write no trailer: no frame is missing.
    if (at === bytes.length) return;
    switch (take(path, bytes, at, 1)[0]) {
      case GIF_BLOCK.trailer:
        return;
      case GIF_BLOCK.extension: {
        // Others may be shorter, such as an empty comment.
        if (bytes[at + 1] === GRAPHIC_CONTROL && bytes[at + 2] === 4) {
          const body = take(path, bytes, at + 2, 6);
          const [, flags = 0, , , transparent = 0] = body;
          control = { flags, delayMs: body.readUInt16LE(2) * 10, transparent };
        }
        at = skipSubBlocks(path, bytes, at + 2);
        break;
      }
      case GIF_BLOCK.image: {
        const head = take(path, bytes, at, DESCRIPTOR_BYTES);
        const flags = head[9] ?? 0;
        const ownTable = readColours(path, bytes, at + DESCRIPTOR_BYTES, flags);
        const start = at + DESCRIPTOR_BYTES + ownTable.length;
        at = skipSubBlocks(path, bytes, start + 1); // after the code size of LZW
        const [x, y, width, height] = [1, 3, 5, 7].map((offset) => head.readUInt16LE(offset)) as Sides;
        const colours = ownTable.length > 0 ? ownTable : globalTable;
        const disposal = (control.flags >> 2) & 7;
        yield {
          ...{ x, y, width, height },
          delayMs: control.delayMs,
          isBlended: true,
          after: disposal === 2 ? 'clear' : disposal === 3 ? 'restore' : 'keep',
          file: toGif(width, height, colours, control, flags & INTERLACED, bytes.subarray(start, at)),
        };
        control = { flags: 0, delayMs: 0, transparent: 0 };
        break;
      }
      default:
        throw damaged(path, `no block of a GIF at byte ${at}`);
    }
  }
}

type Sides = [x: number, y: number, width: number, height: number];

/** A table of 2 to 256 colours, if the flags indicate one. */
function readColours(path: string, bytes: Buffer, at: number, flags: number): Buffer {
  return (flags & 0x80) === 0 ? bytes.subarray(0, 0) : take(path, bytes, at, 3 * 2 ** ((flags & 7) + 1));
}

function skipSubBlocks(path: string, bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const [length = 0] = take(path, bytes, at, 1);
    at += 1 + length;
    if (length === 0) return at;
  }
}

function toGif(
  width: number,
  height: number,
  colours: Buffer,
  { flags, transparent }: { readonly flags: number; readonly transparent: number },
  interlaced: number,
  data: Buffer,
): Buffer {
  const [head, descriptor] = [Buffer.alloc(GIF_HEAD_BYTES), Buffer.alloc(DESCRIPTOR_BYTES)];
  head.write('GIF89a', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  head[10] = colours.length > 0 ? 0x80 | (Math.log2(colours.length / 3) - 1) : 0;
  const control = Buffer.from([GIF_BLOCK.extension, GRAPHIC_CONTROL, 4, flags & 1, 0, 0, transparent, 0]);
  descriptor[0] = GIF_BLOCK.image;
  descriptor.writeUInt16LE(width, 5);
  descriptor.writeUInt16LE(height, 7);
  descriptor[9] = interlaced;
  return Buffer.concat([head, colours, control, descriptor, data, Buffer.from([GIF_BLOCK.trailer])]);
}

const RIFF_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
const PATCH_HEAD_BYTES = 16;
const HAS_ALPHA = 0x10;

function* readWebp(path: string, bytes: Buffer): Generator<Patch, void, void> {
  const endBytes = CHUNK_HEAD_BYTES + bytes.readUInt32LE(4);
  for (const { id, body } of readChunks(path, bytes.subarray(RIFF_HEAD_BYTES, endBytes))) {
    if (id !== 'ANMF') continue;
    const head = take(path, body, 0, PATCH_HEAD_BYTES);
    const flags = head[15] ?? 0;
    const [width, height] = [head.readUIntLE(6, 3) + 1, head.readUIntLE(9, 3) + 1];
    const chunks = [...readChunks(path, body.subarray(PATCH_HEAD_BYTES))];
    yield {
      ...{ x: head.readUIntLE(0, 3) * 2, y: head.readUIntLE(3, 3) * 2, width, height },
      delayMs: head.readUIntLE(12, 3),
      isBlended: (flags & 2) === 0,
      after: (flags & 1) === 1 ? 'clear' : 'keep',
      file: toWebp(width, height, chunks),
    };
  }
  if (endBytes > bytes.length) throw damaged(path, 'File ended prematurely');
}

interface Chunk {
  readonly id: string;
  readonly body: Buffer;
  /** With its header. */
  readonly whole: Buffer;
}

function* readChunks(path: string, bytes: Buffer): Generator<Chunk, void, void> {
  for (let at = 0; at < bytes.length;) {
    const sizeBytes = take(path, bytes, at, CHUNK_HEAD_BYTES).readUInt32LE(4);
    const whole = take(path, bytes, at, CHUNK_HEAD_BYTES + sizeBytes);
    yield { id: whole.toString('latin1', 0, 4), body: whole.subarray(CHUNK_HEAD_BYTES), whole };
    at += whole.length + (sizeBytes % 2);
  }
}

function toWebp(width: number, height: number, chunks: readonly Chunk[]): Buffer {
  const extended = Buffer.alloc(CHUNK_HEAD_BYTES + 10);
  extended.write('VP8X', 'latin1');
  extended.writeUInt32LE(10, 4);
  extended[8] = HAS_ALPHA;
  extended.writeUIntLE(width - 1, 12, 3);
  extended.writeUIntLE(height - 1, 15, 3);
  const kept = chunks.filter(({ id }) => id === 'ALPH' || id === 'VP8 ' || id === 'VP8L');
  const parts = [
    ...(kept.some(({ id }) => id === 'ALPH') ? [extended] : []),
    ...kept.flatMap(({ whole }) => [whole, Buffer.alloc(whole.length % 2)]),
  ];
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 4);
  const head = Buffer.from('RIFF....WEBP', 'latin1');
  head.writeUInt32LE(sizeBytes, 4);
  return Buffer.concat([head, ...parts]);
}

function take(path: string, bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw damaged(path, 'it ends too soon');
  return bytes.subarray(at, at + length);
}

function damaged(path: string, detail: string): MienError {
  return new MienError(
    'INPUT_INVALID',
    `${path}: is damaged or cut short (${detail}); copy or download it again`,
  );
}
