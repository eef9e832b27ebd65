import { describe, expect, it } from 'vitest';
import type { Frame, FrameChannels } from '../frame.js';
import type { KeyPoints } from '../geometry/key-points.js';
import type { InputContract } from '../model/manifest.js';
import { alignCrops, cropAligned, toAlignment } from './align-crops.js';
import { invertSimilarity, transformPoint, type SimilarityTransform } from './similarity-transform.js';

const INPUT: InputContract = { width: 32, height: 32, channels: 1, range: [0, 1] };
const TARGETS = { rightEye: [0.3, 0.4], leftEye: [0.7, 0.4] } as const;

/** A made-up face in units of the crop: smooth, and different everywhere. */
const face = (x: number, y: number) => 128 + 60 * Math.sin(x / 4) + 50 * Math.cos(y / 5 + x / 9);

/** The frame in which that face lies as `place` (crop → frame) says. */
function drawFace(place: SimilarityTransform, channels: FrameChannels = 1): Frame {
  const [width, height] = [300, 260];
  const toFace = invertSimilarity(place);
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    const { x, y } = transformPoint(toFace, { x: (pixel % width) + 0.5, y: Math.floor(pixel / width) + 0.5 });
    data[i] = Math.round(face(x, y));
  }
  return { width, height, channels, data };
}

function eyesAt(place: SimilarityTransform): KeyPoints {
  const rightEye = transformPoint(place, { x: 0.3 * 32, y: 0.4 * 32 });
  const leftEye = transformPoint(place, { x: 0.7 * 32, y: 0.4 * 32 });
  return { rightEye, leftEye, noseTip: rightEye, mouth: leftEye };
}

const placeOf = (scale: number, angleRad: number, x: number, y: number): SimilarityTransform => ({
  a: scale * Math.cos(angleRad),
  b: scale * Math.sin(angleRad),
  x,
  y,
});

describe('cropAligned', () => {
  it.each([
    ['as it is', placeOf(1, 0, 50, 60)],
    ['three times as large', placeOf(3, 0, 80, 70)],
    ['leaning by 40° and large', placeOf(3.5, 0.7, 150, 60)],
    ['upside down', placeOf(2, Math.PI, 200, 200)],
  ])('cuts out the same face, %s', (_, place) => {
    for (const channels of [1, 3, 4] as const) {
      const alignment = toAlignment(eyesAt(place), TARGETS, INPUT);
      if (alignment === undefined) throw new Error('these eyes lie apart');
      const crop = cropAligned(drawFace(place, channels), alignment, INPUT);
      const off = crop.map((value, i) =>
        Math.abs(255 * value - face((i % 32) + 0.5, Math.floor(i / 32) + 0.5)),
      );
      expect(Math.max(...off)).toBeLessThan(2.5); // Rounding to bytes, and the mean over a pixel.
    }
  });

  it('repeats the edge beyond the frame and gives colours in the range', () => {
    const frame: Frame = { width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 255, 0, 0) };
    const crop = cropAligned(frame, placeOf(1, 0, 90, 90), { ...INPUT, channels: 3, range: [-1, 1] });
    expect([...crop.subarray(0, 3)]).toEqual([1, -1, -1]);
    expect(new Set(crop)).toEqual(new Set([1, -1]));
  });

  it('replaces the crops of faces whose eyes are known, and no other', () => {
    const place = placeOf(2, 0.3, 120, 90);
    const frame = drawFace(place);
    const alignment = toAlignment(eyesAt(place), TARGETS, INPUT);
    if (alignment === undefined) throw new Error('these eyes lie apart');
    const crops = new Float32Array(3 * 32 * 32).fill(7);
    alignCrops(frame, [{}, { keyPoints: eyesAt(place) }, {}], crops, TARGETS, INPUT);
    const untouched = new Float32Array(32 * 32).fill(7);
    expect(crops.subarray(0, 1024)).toEqual(untouched);
    expect(crops.subarray(1024, 2048)).toEqual(cropAligned(frame, alignment, INPUT));
    expect(crops.subarray(2048)).toEqual(untouched);
  });

  it('has no alignment for eyes in one place', () => {
    const eye = { x: 5, y: 5 };
    expect(
      toAlignment({ rightEye: eye, leftEye: eye, noseTip: eye, mouth: eye }, TARGETS, INPUT),
    ).toBeUndefined();
  });
});
