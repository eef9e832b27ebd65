import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Cascade, Stump, WeightedRectangle } from '../../core/src/detect/haar/cascade.js';
import { compileCascade, placeProgram } from '../../core/src/detect/haar/compile-cascade.js';
import { parseCascade } from '../../core/src/detect/haar/parse-cascade.js';
import { planTaps } from '../../core/src/detect/haar/plan-pyramid.js';
import { createRandom, KERNEL_BUILDS, KernelInstance } from './kernel-instance.js';
import * as reference from './reference/haar.js';

const SLACK_BYTES = 64;

const frontalFace = parseCascade(
  readFileSync(new URL('../../../models/haar-frontalface/cascade.bin', import.meta.url)),
  'cascade.bin',
);

function randomBytes(length: number, random: () => number, [low, high] = [0, 255]): Uint8Array {
  return Uint8Array.from({ length }, () => low + random() * (high - low + 1));
}

/** Bytes, followed by padding that a kernel may read. */
function padded(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + SLACK_BYTES).fill(0xee);
  result.set(bytes);
  return result;
}

/** A mix of smooth areas, where neighbouring windows are alike, and noise, where they are not. */
function texturedPicture(width: number, height: number, random: () => number): Uint8Array {
  const [fx, fy] = [0.05 + random() * 0.3, 0.05 + random() * 0.3];
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return 128 + 70 * Math.sin(x * fx) * Math.cos(y * fy) + 50 * (random() - 0.5);
  });
}

function randomRectangle(side: number, weight: number, random: () => number): WeightedRectangle {
  const pick = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const [width, height] = [pick(1, side), pick(1, side)];
  return { x: pick(0, side - width), y: pick(0, side - height), width, height, weight };
}

/** Edges in all four directions, pairs and triples. */
function randomStump(side: number, random: () => number): Stump {
  const whole = randomRectangle(side, -1, random);
  const { x, y } = whole;
  const even = { ...whole, width: Math.max(2, whole.width & ~1), height: Math.max(2, whole.height & ~1) };
  const inside = even.x + even.width <= side && even.y + even.height <= side ? even : { ...even, x: 0, y: 0 };
  const half = {
    0: { x: inside.x, y: inside.y, width: inside.width / 2, height: inside.height, weight: 2 },
    1: {
      x: inside.x + inside.width / 2,
      y: inside.y,
      width: inside.width / 2,
      height: inside.height,
      weight: 2,
    },
    2: { x: inside.x, y: inside.y, width: inside.width, height: inside.height / 2, weight: 2 },
    3: {
      x: inside.x,
      y: inside.y + inside.height / 2,
      width: inside.width,
      height: inside.height / 2,
      weight: 2,
    },
  };
  const form = Math.floor(random() * 6);
  const rectangles =
    form < 4
      ? [inside, half[form as 0 | 1 | 2 | 3]]
      : form === 4
        ? [whole, { ...randomRectangle(side, 3, random), x, y, width: 1, height: 1 }]
        : [whole, randomRectangle(side, 2, random), randomRectangle(side, -3, random)];
  const leaf = (): number => Math.fround(random() * 2 - 1);
  return { threshold: Math.fround((random() - 0.5) * 0.2), left: leaf(), right: leaf(), rectangles };
}

function randomCascade(side: number, stageSizes: readonly number[], random: () => number): Cascade {
  const stages = stageSizes.map((size) => ({
    threshold: Math.fround((random() - 0.7) * 0.5),
    stumps: Array.from({ length: size }, () => randomStump(side, random)),
  }));
  return { side, stages, notice: '' };
}

describe.each(KERNEL_BUILDS)('Haar kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(20);

  describe('greyFromColor', () => {
    it.each([3, 4] as const)('weighs %i channels, in any split', (channels) => {
      for (const weights of [
        [19595, 38470, 7471],
        [19596, 38470, 7470],
      ] as [number, number, number][]) {
        for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 33, 100]) {
          kernels.clear();
          const pixels = randomBytes(count * channels, random);
          if (count === 33) pixels.fill(255);
          const [source, y] = [kernels.put(pixels), kernels.reserve(count)];
          const args = [source, y, channels, ...weights];
          const read = () => [...new Uint8Array(kernels.memory.buffer, y, count)];
          const expected = reference.greyFromColor(pixels, channels, weights);
          kernels.launch('greyFromColor', args, 0, count);
          expect(read()).toEqual(expected);
          new Uint8Array(kernels.memory.buffer, y, count).fill(0);
          kernels.launchSplit('greyFromColor', args, count, [Math.floor(count / 3), Math.floor(count / 2)]);
          expect(read()).toEqual(expected);
          kernels.expectGuardsIntact();
        }
      }
    });
  });

  describe('resizeLinearExact', () => {
    it.each([
      [
        [24, 24],
        [24, 24],
      ],
      [
        [31, 40],
        [30, 39],
      ],
      [
        [64, 33],
        [49, 25],
      ],
      [
        [101, 77],
        [27, 24],
      ],
      [
        [200, 90],
        [26, 88],
      ],
    ] as const)('resizes %j to %j, in whatever bands', ([wIn, hIn], [w, h]) => {
      kernels.clear();
      const picture = randomBytes(wIn * hIn, random);
      picture.fill(255, 0, 3 * wIn);
      const [columns, rows] = [planTaps(wIn, w), planTaps(hIn, h)];
      const source = kernels.put(padded(picture));
      const [columnTaps, rowTaps] = [kernels.put(columns), kernels.put(rows)];
      const [blend, y] = [kernels.reserve(2 * wIn + 32), kernels.reserve(w * h)];
      const expected = reference.resizeLinearExact(picture, wIn, columns, rows);
      for (const [begin, end] of [
        [0, h],
        [0, 7],
        [7, h],
      ] as const) {
        kernels.exports.resizeLinearExact(source, columnTaps, rowTaps, y, blend, wIn, w, begin, end);
        const band = [...new Uint8Array(kernels.memory.buffer, y, w * (end - begin))];
        expect(band).toEqual(expected.slice(w * begin, w * end));
      }
      kernels.expectGuardsIntact();
    });
  });

  /** Writes the integral images of a picture; returns their offsets. */
  function putIntegrals(picture: Uint8Array, width: number, split: boolean) {
    const height = picture.length / width;
    const stride = 8 * Math.ceil((width + 16) / 8);
    const source = kernels.put(padded(picture));
    const zeros = new Int32Array(stride * (height + 1) + SLACK_BYTES / 4);
    const [sum, square] = [kernels.put(zeros), kernels.put(zeros)];
    // In two pieces, since rows continue from the row above.
    const middle = Math.floor(height / 2);
    const integrate = kernels.exports.integralImages;
    integrate(source, sum, square, width, stride, split ? 1 : 0, 0, middle);
    integrate(source + middle * width, sum, square, width, stride, split ? 1 : 0, middle, height);
    return { sum, square, stride };
  }

  describe('integralImages', () => {
    it.each([false, true])('sums samples and squares, split %s', (split) => {
      for (const [width, height] of [
        [1, 1],
        [7, 3],
        [8, 2],
        [9, 5],
        [24, 24],
        [333, 260],
      ] as const) {
        kernels.clear();
        const picture = randomBytes(width * height, random, [200, 255]);
        const { sum, square, stride } = putIntegrals(picture, width, split);
        const sums = kernels.i32(sum, stride * (height + 1));
        const squares = kernels.i32(square, stride * (height + 1));
        const expectedSum = reference.toIntegral(picture, width, (sample) => sample);
        const expectedSquare = reference.toIntegral(picture, width, (sample) => sample * sample);
        for (let y = 0; y <= height; y++) {
          for (let x = 0; x <= width; x++) {
            const at = y * stride + (split ? (x & 1) * (stride / 2) + (x >> 1) : x);
            // `| 0` wraps as the kernel does: the squares of the largest picture exceed 32 bits.
            if (sums[at] !== (expectedSum(x, y) | 0)) expect.fail(`sum at ${x}, ${y} of ${width}×${height}`);
            if (squares[at] !== (expectedSquare(x, y) | 0))
              expect.fail(`square at ${x}, ${y} of ${width}×${height}`);
          }
        }
        kernels.expectGuardsIntact();
      }
    });
  });

  describe('haarEvaluate', () => {
    function evaluate(
      picture: Uint8Array,
      width: number,
      cascade: Cascade,
      step: 1 | 2,
      cut = 0,
    ): [number, number][] {
      kernels.clear();
      const { side, stages } = cascade;
      const positions = (length: number): number => Math.max(0, Math.ceil((length + 1 - side) / step));
      const [columns, rows] = [positions(width), positions(picture.length / width)];
      const { sum, square, stride } = putIntegrals(picture, width, step === 2);
      const compiled = compileCascade(cascade);
      const program = new Int32Array(compiled.program.length);
      placeProgram(compiled, stride, step === 2, program);
      const programAt = kernels.put(program);
      const [factors, found] = [kernels.reserve(4 * 68), kernels.reserve(4 * columns * rows)];
      const split = step === 2 ? 1 : 0;
      const run = (begin: number, end: number): [number, number][] => {
        const count = kernels.exports.haarEvaluate(
          programAt,
          stages.length,
          side,
          sum,
          square,
          stride,
          split,
          columns,
          factors,
          found,
          begin,
          end,
        );
        return [...kernels.i32(found, count)].map((word) => [(word & 0xffff) * step, (word >>> 16) * step]);
      };
      const windows = [...run(0, cut), ...run(cut, rows)];
      kernels.expectGuardsIntact();
      return windows;
    }

    it.each([1, 2] as const)('agrees with the reference on random cascades, step %i', (step) => {
      let found = 0;
      for (let round = 0; round < 12; round++) {
        const [width, height] = [24 + Math.floor(random() * 250), 24 + Math.floor(random() * 60)];
        const picture = texturedPicture(width, height, random);
        const cascade = randomCascade(round % 2 === 0 ? 24 : 9, [3, 5, 8], random);
        const expected = reference.scan(picture, width, cascade, step);
        expect(evaluate(picture, width, cascade, step)).toEqual(expected);
        expect(evaluate(picture, width, cascade, step, 1)).toEqual(expected);
        found += expected.length;
      }
      expect(found).toBeGreaterThan(100);
    });

    it.each([1, 2] as const)('agrees on the bundled cascade, step %i', (step) => {
      for (const [width, height] of [
        [24, 24],
        [25, 24],
        [90, 60],
        [300, 40],
      ] as const) {
        const picture = texturedPicture(width, height, random);
        // The first stages pass many windows, all stages together almost none.
        for (const stages of [
          frontalFace.stages.slice(0, 1),
          frontalFace.stages.slice(0, 4),
          frontalFace.stages,
        ]) {
          const cascade = { ...frontalFace, stages };
          const windows = evaluate(picture, width, cascade, step);
          expect(windows).toEqual(reference.scan(picture, width, cascade, step));
        }
      }
    });

    it('decides sums that equal the threshold exactly', () => {
      const threshold = Math.fround(0.37);
      const met = Math.fround(threshold - Math.fround(1e-5));
      const missed = Math.fround(met - 2 ** -25);
      expect(missed).toBeLessThan(met);
      const cascade: Cascade = {
        side: 24,
        notice: '',
        stages: [0, 1].map(() => ({
          threshold,
          stumps: [
            { ...randomStump(24, random), threshold: 0, left: met, right: missed },
            // These two cancel out for any vote.
            { ...randomStump(24, random), threshold: 1e9, left: 3, right: 3 },
            { ...randomStump(24, random), threshold: -1e9, left: -3, right: -3 },
          ],
        })),
      };
      const picture = texturedPicture(200, 60, random);
      for (const step of [1, 2] as const) {
        const expected = reference.scan(picture, 200, cascade, step);
        expect(expected.length).toBeGreaterThan(10);
        expect(evaluate(picture, 200, cascade, step)).toEqual(expected);
      }
    });

    it('finds nothing without contrast, and does not skip windows there', () => {
      const always = { threshold: 0, stumps: [{ ...randomStump(24, random), left: 1, right: 1 }] };
      const cascade: Cascade = { side: 24, notice: '', stages: [always] };
      const picture = new Uint8Array(150 * 30).fill(128);
      expect(evaluate(picture, 150, cascade, 1)).toEqual([]);
      // Four bright samples: a window with all of them inside its border has just enough contrast.
      for (const at of [15 * 150 + 70, 15 * 150 + 71, 16 * 150 + 70, 16 * 150 + 71]) picture[at] = 255;
      const expected = reference.scan(picture, 150, cascade, 1);
      expect(expected.length).toBe(21 * 7);
      expect(evaluate(picture, 150, cascade, 1)).toEqual(expected);
    });

    it('is right where sums of squares have wrapped', () => {
      const picture = randomBytes(330 * 260, random, [150, 255]);
      const cascade = randomCascade(24, [2, 3], random);
      const expected = reference.scan(picture, 330, cascade, 2);
      expect(evaluate(picture, 330, cascade, 2)).toEqual(expected);
    });
  });
});
