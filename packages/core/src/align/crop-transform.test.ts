import { describe, expect, it } from 'vitest';
import { transformPoint } from './similarity-transform.js';
import type { Detection } from '../detect/detector.js';
import type { Frame, FrameChannels } from '../frame.js';
import type { KeyPoints, Point } from '../geometry/key-points.js';
import type { InputContract } from '../model/input-contract.js';
import { WHOLE_BOX, type CropGeometry } from '../model/manifest.js';
import { toCropTransform } from './crop-transform.js';
import { createFaceCropper } from './face-cropper.js';

const INPUT: InputContract = { width: 32, height: 32, channels: 1, range: [0, 255] };
const UPRIGHT: CropGeometry = { scale: 1.2, offsetX: 0.05, offsetY: 0.1, upright: true };
/** Like BlazeFace's: the box of the Haar cascade is larger and higher. */
const DETECTOR = { boxToFace: { scale: 1.1, offsetX: 0, offsetY: -0.1 } };

/** A synthetic face around (0, 0), one unit wide: smooth, and different everywhere. */
const shadeAt = ({ x, y }: Point) => 128 + 60 * Math.sin(7 * x) + 50 * Math.cos(5 * y + 3 * x);

interface Pose {
  readonly side: number;
  readonly angleRad: number;
  readonly middle: Point;
}

const toFrame = ({ side, angleRad, middle }: Pose, { x, y }: Point): Point => ({
  x: middle.x + side * (Math.cos(angleRad) * x - Math.sin(angleRad) * y),
  y: middle.y + side * (Math.sin(angleRad) * x + Math.cos(angleRad) * y),
});

function drawFace({ side, angleRad, middle }: Pose, channels: FrameChannels): Frame {
  const [width, height] = [420, 380];
  const data = new Uint8Array(width * height * channels);
  const [cos, sin] = [Math.cos(angleRad) / side, Math.sin(angleRad) / side];
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    const dx = (pixel % width) + 0.5 - middle.x;
    const dy = Math.floor(pixel / width) + 0.5 - middle.y;
    data[i] = Math.round(shadeAt({ x: cos * dx + sin * dy, y: cos * dy - sin * dx }));
  }
  return { width, height, channels, data };
}

/** A detector's box is level for any roll. */
function find(pose: Pose): Detection & { readonly keyPoints: KeyPoints } {
  const { side, middle } = pose;
  const at = (x: number, y: number) => toFrame(pose, { x, y });
  return {
    box: { x: middle.x - side / 2, y: middle.y - side / 2, width: side, height: side },
    score: 1,
    keyPoints: { rightEye: at(-0.2, -0.1), leftEye: at(0.2, -0.1), noseTip: at(0, 0.1), mouth: at(0, 0.3) },
  };
}

const POSES: [string, Pose][] = [
  ['level', { side: 60, angleRad: 0, middle: { x: 200, y: 180 } }],
  ['smaller than the crop, rotated', { side: 20, angleRad: 0.5, middle: { x: 200, y: 180 } }],
  ['about as large as the crop', { side: 28, angleRad: -0.4, middle: { x: 200, y: 180 } }],
  ['rotated by 40°', { side: 100, angleRad: 0.7, middle: { x: 180, y: 190 } }],
  ['rotated the other way', { side: 170, angleRad: -0.3, middle: { x: 210, y: 200 } }],
  ['upside down', { side: 80, angleRad: Math.PI, middle: { x: 200, y: 200 } }],
];

describe('an upright crop', () => {
  it.each(POSES)('shows a face in the same way, %s', async (_, pose) => {
    for (const channels of [1, 3, 4] as const) {
      const cropper = await createFaceCropper(INPUT, UPRIGHT);
      const crop = cropper.cropFaces(drawFace(pose, channels), [find(pose)], DETECTOR);
      // The crop: 1.1 · 1.2 times the box, its centre moved by −0.1 and then by 1.1 · (0.05, 0.1).
      const side = 1.32;
      const expected = Float32Array.from({ length: 32 * 32 }, (_, i) =>
        shadeAt({
          x: ((i % 32) + 0.5 - 16) * (side / 32) + 0.055,
          y: (Math.floor(i / 32) + 0.5 - 16) * (side / 32) - 0.1 + 0.11,
        }),
      );
      const off = crop.map((value, i) => Math.abs(value - (expected[i] ?? NaN)));
      // Tolerances for rounding to bytes, and for waves that averaging flattens.
      expect(Math.max(...off)).toBeLessThan(pose.side < 32 ? 5 : 3);
    }
  });

  it('is the level crop, with the same filter, apart from its angle', async () => {
    const random = Uint8Array.from({ length: 300 * 300 }, (_, i) => (i * 7919 + (i >> 5) * 104_729) % 251);
    const frame: Frame = { width: 300, height: 300, channels: 1, data: random };
    // At 33 and 36 pixels, a triangle would be narrower than the grid.
    for (const side of [20, 32, 33, 36, 40, 90, 250]) {
      const box = { x: 30.3, y: 21.8, width: side, height: side };
      const [rightEye, leftEye] = [
        { x: 50, y: 80 },
        { x: 90, y: 80 + 1e-6 },
      ];
      const keyPoints = { rightEye, leftEye, noseTip: rightEye, mouth: { x: 70, y: 110 } };
      const cropper = await createFaceCropper(INPUT, { ...WHOLE_BOX, upright: true });
      const turned = cropper.cropFaces(frame, [{ box, keyPoints }], {});
      const level = cropper.cropAll(frame, [box]);
      const spread = Math.sqrt(turned.reduce((sum, v, i) => sum + (v - (level[i] ?? NaN)) ** 2, 0) / 1024);
      // Noise with a standard deviation of 72 shows the largest differences between both filters.
      expect(spread).toBeLessThan(side <= 32 ? 0.01 : 5);
    }
  });

  it('repeats the border beyond the frame, and maps colours to the range', async () => {
    const frame: Frame = { width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 255, 0, 0) };
    const input = { ...INPUT, channels: 3, range: [-1, 1] } as const;
    const cropper = await createFaceCropper(input, UPRIGHT);
    for (const side of [8, 900]) {
      const pose = { side, angleRad: 0.4, middle: { x: 1, y: 0.5 } };
      const crop = cropper.cropFaces(frame, [find(pose)], DETECTOR);
      crop.forEach((value, i) => expect(value).toBeCloseTo(i % 3 === 0 ? 1 : -1, 5));
    }
  });

  it('crops each of several faces as it crops it alone', async () => {
    const cropper = await createFaceCropper(INPUT, UPRIGHT);
    const detections: Pick<Detection, 'box' | 'keyPoints'>[] = POSES.map(([, pose]) => find(pose));
    const [first] = detections;
    detections.push({ ...(first && { box: first.box }), box: { x: 5, y: 6, width: 70, height: 60 } });
    const frame = drawFace({ side: 100, angleRad: 0.2, middle: { x: 200, y: 200 } }, 3);
    const together = cropper.cropFaces(frame, detections, DETECTOR);
    for (const [index, face] of detections.entries()) {
      const alone = (await createFaceCropper(INPUT, UPRIGHT)).cropFaces(frame, [face], DETECTOR);
      expect(together.subarray(index * 1024, (index + 1) * 1024)).toEqual(alone);
    }
  });
});

describe('toCropTransform', () => {
  const detection = find({ side: 100, angleRad: 0.5, middle: { x: 150, y: 150 } });
  const level = { a: (100 * 1.1 * 1.2) / 32, b: 0 };

  it('stays level if the manifest does not ask for upright crops, or without key points', () => {
    const place = toCropTransform(detection, DETECTOR, { ...UPRIGHT, upright: false }, INPUT);
    expect(place).toMatchObject({ a: expect.closeTo(level.a, 12) as number, b: 0 });
    const unknown = { box: detection.box, score: 1 };
    expect(toCropTransform(unknown, DETECTOR, UPRIGHT, INPUT)).toEqual(place);
  });

  it('uses the whole box if the frame cuts the face', () => {
    const { box } = detection;
    const cut = { ...detection, box: { ...box, x: 130, width: 70 }, wholeBox: box };
    expect(toCropTransform(cut, DETECTOR, UPRIGHT, INPUT)).toEqual(
      toCropTransform(detection, DETECTOR, UPRIGHT, INPUT),
    );
    const middle = transformPoint(toCropTransform(cut, {}, { ...WHOLE_BOX, upright: true }, INPUT), {
      x: 16,
      y: 16,
    });
    expect([middle.x, middle.y]).toEqual([expect.closeTo(150, 9), expect.closeTo(150, 9)]);
  });
});
