import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCascade } from './parse-cascade.js';

const packed = new Uint8Array(
  readFileSync(new URL('../../../../../models/haar-frontalface/cascade.bin', import.meta.url)),
);
const HEADER_BYTES = 32;

const parse = (bytes: Uint8Array) => parseCascade(bytes, 'cascade.bin');

/** The file with some of its bytes overwritten. */
function damaged(change: (view: DataView) => void): Uint8Array {
  const bytes = packed.slice();
  change(new DataView(bytes.buffer));
  return bytes;
}

const view = new DataView(packed.buffer);
const stages = view.getUint32(16, true);
const stumps = view.getUint32(20, true);
const notice = view.getUint32(28, true);
const stageSizes = HEADER_BYTES + notice;
const stageThresholds = stageSizes + 4 * stages;
const stumpThresholds = stageThresholds + 4 * stages;
const lefts = stumpThresholds + 4 * stumps;
const rectangleCounts = lefts + 8 * stumps;
const firstRectangle = rectangleCounts + stumps;

describe('parseCascade', () => {
  it('parses the cascade that ships with Mien', () => {
    const cascade = parse(packed);
    expect(cascade.side).toBe(24);
    expect(cascade.stages.map((stage) => stage.stumps.length).slice(0, 5)).toEqual([9, 16, 27, 32, 52]);
    expect(cascade.stages.reduce((sum, stage) => sum + stage.stumps.length, 0)).toBe(2913);
    expect(cascade.stages[0]?.threshold).toBe(Math.fround(-5.042550087));
    expect(cascade.stages[0]?.stumps[0]).toEqual({
      threshold: Math.fround(-0.03151199966669083),
      left: Math.fround(2.0875380039215088),
      right: Math.fround(-2.217210054397583),
      rectangles: [
        { x: 6, y: 4, width: 12, height: 9, weight: -1 },
        { x: 6, y: 7, width: 12, height: 3, weight: 3 },
      ],
    });
    // Every weight of the trained cascade balances its rectangles.
    for (const stump of cascade.stages.flatMap((stage) => stage.stumps)) {
      expect(stump.rectangles.reduce((sum, r) => sum + r.weight * r.width * r.height, 0)).toBe(0);
    }
  });

  it('keeps the whole notice', () => {
    const licence = readFileSync(
      new URL('../../../../../models/haar-frontalface/LICENSE', import.meta.url),
      'utf8',
    );
    expect(parse(packed).notice).toBe(licence.trim());
    expect(parse(packed).notice).toContain('Copyright (C) 2000, Intel Corporation, all rights reserved.');
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /0 bytes, shorter than its header/],
    ['a header cut short', packed.subarray(0, 31), /31 bytes, shorter than its header of 32/],
    [
      'another file',
      new TextEncoder().encode('<?xml version="1.0"?>'.repeat(3)),
      /does not begin with "mienhaar"/,
    ],
    ['a file cut short', packed.subarray(0, packed.length - 1), /72111 bytes, its header announces 72112/],
    ['bytes at the end', new Uint8Array([...packed, 0]), /72113 bytes, its header announces 72112/],
    ['another version', damaged((v) => v.setUint32(8, 2, true)), /version 2, this build reads version 1/],
    ['a window of no size', damaged((v) => v.setUint32(12, 0, true)), /window side 0, expected 4 to 127/],
    ['a window beyond int8', damaged((v) => v.setUint32(12, 4096, true)), /window side 4096/],
    ['no stages', damaged((v) => v.setUint32(16, 0, true)), /no stages/],
    ['four billion stages', damaged((v) => v.setUint32(16, 2 ** 32 - 1, true)), /its header announces 343/],
    ['four billion stumps', damaged((v) => v.setUint32(20, 2 ** 32 - 1, true)), /its header announces 558/],
    ['a notice beyond the file', damaged((v) => v.setUint32(28, 2 ** 31, true)), /its header announces/],
    [
      'stages that need other stumps',
      damaged((v) => v.setUint32(stageSizes, 10, true)),
      /2914 stumps, its header says 2913/,
    ],
    [
      'an empty stage',
      damaged((v) => {
        v.setUint32(stageSizes, 0, true);
        v.setUint32(stageSizes + 4, 25, true);
      }),
      /stage 0: it has no stumps/,
    ],
    [
      'a stage threshold of NaN',
      damaged((v) => v.setFloat32(stageThresholds + 8, NaN, true)),
      /stage 2: its threshold is not finite/,
    ],
    [
      'an infinite leaf',
      damaged((v) => v.setFloat32(lefts + 4, Infinity, true)),
      /stump 1: a value is not finite/,
    ],
    [
      'a leaf that is too large to be added',
      damaged((v) => v.setFloat32(lefts, 1e30, true)),
      /stage 0: its leaves are too far apart/,
    ],
    [
      'one rectangle',
      damaged((v) => v.setUint8(rectangleCounts + 3, 1)),
      /stump 3: 1 rectangles, expected 2 or 3/,
    ],
    [
      'more rectangles than there are',
      damaged((v) => v.setUint8(rectangleCounts + stumps - 2, 3)),
      /stump 2912: /,
    ],
    [
      'a rectangle outside',
      damaged((v) => v.setInt8(firstRectangle + 2, 19)),
      /stump 0: rectangle 6,4 19×9 leaves the window of 24×24/,
    ],
    ['a rectangle at -1', damaged((v) => v.setInt8(firstRectangle, -1)), /rectangle -1,4 12×9 leaves/],
    ['a rectangle of no width', damaged((v) => v.setInt8(firstRectangle + 2, 0)), /rectangle 6,4 0×9 leaves/],
    [
      'another first weight',
      damaged((v) => v.setInt8(firstRectangle + 4, 1)),
      /stump 0: its first rectangle weighs 1, expected -1/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    const parseIt = () => parse(bytes);
    expect(parseIt).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }) as Error);
    expect(parseIt).toThrow(message);
    expect(parseIt).toThrow(/^cascade\.bin: /);
  });

  it('parses or rejects any file with a damaged byte, without other errors', () => {
    for (let at = 0; at < packed.length; at += 997) {
      const bytes = packed.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      try {
        expect(parse(bytes).stages.length).toBe(stages);
      } catch (error) {
        expect(error).toMatchObject({ name: 'MienError', code: 'MODEL_INVALID' });
      }
    }
  });
});
