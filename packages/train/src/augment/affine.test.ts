import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { drawDistortion, toAffineMatrix, type AffineMatrix, type Distortion } from './affine.js';
import { NO_AUGMENTATION, PAPER_AUGMENTATION } from './augmentation.js';

const NONE: Distortion = { angleRad: 0, shiftX: 0, shiftY: 0, zoomX: 1, zoomY: 1, flip: false };
const SIZE = { width: 48, height: 48 };
/** −0 becomes 0. */
const withoutSign = (value: number): number => value + 0;
const apply = ([a, b, c, d, e, f]: AffineMatrix, x: number, y: number): [number, number] => [
  a * x + b * y + c,
  d * x + e * y + f,
];

/** As Keras computes it: 3×3 matrices over (row, column), the transform between two translations of the centre. */
function kerasPosition(distortion: Distortion, size: number, x: number, y: number): [number, number] {
  const multiply = (a: number[][], b: number[][]): number[][] =>
    a.map((row) => [0, 1, 2].map((j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
  const { angleRad, shiftX, shiftY, zoomX, zoomY, flip } = distortion;
  const [sin, cos] = [Math.sin(angleRad), Math.cos(angleRad)];
  const centre = size / 2 - 0.5;
  const matrix = [
    [[1, 0, centre], [0, 1, centre], [0, 0, 1]],
    [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]],
    [[1, 0, shiftY * size], [0, 1, shiftX * size], [0, 0, 1]],
    [[zoomY, 0, 0], [0, zoomX, 0], [0, 0, 1]],
    [[1, 0, -centre], [0, 1, -centre], [0, 0, 1]],
  ].reduce(multiply); // prettier-ignore
  const column = flip ? size - 1 - x : x; // the finished picture is mirrored
  const [sourceY, sourceX] = matrix.map((row) => row[0]! * y + row[1]! * column + row[2]!);
  return [sourceX!, sourceY!];
}

describe('toAffineMatrix', () => {
  it('is the identity without distortion, exactly', () => {
    expect(toAffineMatrix(NONE, SIZE, SIZE).map(withoutSign)).toEqual([1, 0, 0, 0, 1, 0]);
  });

  it('flips: the first column shows the last one', () => {
    expect(apply(toAffineMatrix({ ...NONE, flip: true }, SIZE, SIZE), 0, 5)).toEqual([47, 5]);
  });

  it('maps sizes with half-pixel centres, as cv2.resize does', () => {
    const [x, y] = apply(toAffineMatrix(NONE, SIZE, { width: 64, height: 96 }), 10, 10);
    expect(x).toBeCloseTo((10.5 * 48) / 64 - 0.5, 12);
    expect(y).toBeCloseTo((10.5 * 48) / 96 - 0.5, 12);
  });

  it('equals Keras for many distortions and pixels', () => {
    const random = createRandom(1);
    for (let i = 0; i < 200; i++) {
      const distortion = drawDistortion(PAPER_AUGMENTATION, random);
      const [x, y] = [random.uniformInt(48), random.uniformInt(48)];
      const [sourceX, sourceY] = apply(toAffineMatrix(distortion, SIZE, SIZE), x, y);
      const [kerasX, kerasY] = kerasPosition(distortion, 48, x, y);
      expect(sourceX).toBeCloseTo(kerasX, 9);
      expect(sourceY).toBeCloseTo(kerasY, 9);
    }
  });
});

describe('drawDistortion', () => {
  const draws = Array.from({ length: 5000 }, (_, i) =>
    drawDistortion(PAPER_AUGMENTATION, createRandom(3).fork(i)),
  );

  it('draws uniformly from the whole range', () => {
    const ranges = { angleRad: Math.PI / 18, shiftX: 0.1, shiftY: 0.1, zoomX: 0.1, zoomY: 0.1 } as const;
    for (const name of ['angleRad', 'shiftX', 'shiftY', 'zoomX', 'zoomY'] as const) {
      const values = draws.map((draw) => (draw[name] - (name.startsWith('zoom') ? 1 : 0)) / ranges[name]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
      expect(Math.min(...values)).toBeLessThan(-0.99);
      expect(Math.max(...values)).toBeGreaterThan(0.99);
      expect(Math.max(...values)).toBeLessThanOrEqual(1);
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(3 * values.length));
    }
    const flips = draws.filter(({ flip }) => flip).length;
    expect(Math.abs(flips - 2500)).toBeLessThan(5 * Math.sqrt(5000 / 4));
  });

  it('is the identity at zero strength', () => {
    expect(
      toAffineMatrix(drawDistortion(NO_AUGMENTATION, createRandom(1)), SIZE, SIZE).map(withoutSign),
    ).toEqual([1, 0, 0, 0, 1, 0]);
  });

  it('leaves the other draws unchanged when one is switched off', () => {
    const still = drawDistortion({ ...PAPER_AUGMENTATION, rotationDeg: 0 }, createRandom(9));
    const full = drawDistortion(PAPER_AUGMENTATION, createRandom(9));
    expect({ ...still, angleRad: full.angleRad }).toEqual(full);
  });
});
