import { describe, expect, it } from 'vitest';
import { dot, finiteDifferences } from './finite-differences.js';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance, randomValues } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/pooling.js';
import { samePoolShape, type PoolShape } from './reference/pooling.js';

const ACCUMULATE = 2;
const CHANNELS = [1, 3, 4, 7, 8, 16, 20];

/** [name, shape of one channel] */
const WINDOWS: [string, (c: number) => PoolShape][] = [
  ['3×3 stride 2, 44×12 → 22×6, same (no padding above)', (c) => samePoolShape(1, 44, 12, c, 3, 2)],
  ['3×3 stride 2, 11 → 6, same (1 above)', (c) => samePoolShape(2, 11, 11, c, 3, 2)],
  ['3×3 stride 2, 5×8 → 3×4, same', (c) => samePoolShape(3, 5, 8, c, 3, 2)],
  ['3×3 stride 1, same', (c) => samePoolShape(2, 5, 4, c, 3, 1)],
  ['2×2 stride 2', (c) => samePoolShape(2, 6, 4, c, 2, 2)],
  ['3×3 stride 2 on one pixel', (c) => samePoolShape(2, 1, 1, c, 3, 2)],
  [
    '3×3 stride 2, valid: a last row and column that no window covers',
    (c) => ({ n: 2, h: 8, w: 10, c, hOut: 3, wOut: 4, kh: 3, kw: 3, stride: 2, padTop: 0, padLeft: 0 }),
  ],
  [
    '3×3 stride 2, padded by 2',
    (c) => ({ n: 2, h: 7, w: 6, c, hOut: 4, wOut: 4, kh: 3, kw: 3, stride: 2, padTop: 2, padLeft: 2 }),
  ],
  [
    '2×3 stride 3, valid: pixels that no window covers',
    (c) => ({ n: 2, h: 8, w: 9, c, hOut: 3, wOut: 3, kh: 2, kw: 3, stride: 3, padTop: 0, padLeft: 0 }),
  ],
  [
    '5×5 stride 1, padded by 2',
    (c) => ({ n: 1, h: 6, w: 5, c, hOut: 6, wOut: 5, kh: 5, kw: 5, stride: 1, padTop: 2, padLeft: 2 }),
  ],
];
const CASES = WINDOWS.flatMap(([name, shapeOf]) => CHANNELS.map((c) => ({ name, c, shape: shapeOf(c) })));

const inputSize = ({ n, h, w, c }: PoolShape) => n * h * w * c;
const outputSize = ({ n, hOut, wOut, c }: PoolShape) => n * hOut * wOut * c;
const sizes = ({ h, w, c, hOut, wOut, kh, kw, stride, padTop, padLeft }: PoolShape) => [
  ...[h, w, c, hOut, wOut],
  ...[kh, kw, stride, padTop, padLeft],
];

/** All different, in random order. */
function distinctValues(length: number, random: () => number): Float32Array {
  const values = Float32Array.from({ length }, (_, i) => i / length - 0.5);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j] ?? NaN, values[i] ?? NaN];
  }
  return values;
}

describe.each(KERNEL_BUILDS)('pooling kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(4);

  it.each(CASES)('averagePool2d $name, $c channels', ({ shape }) => {
    const x = randomValues(inputSize(shape), random);
    for (const includePadding of [false, true]) {
      kernels.clear();
      const length = outputSize(shape);
      const [px, py] = [kernels.put(x), kernels.reserve(length * 4)];
      const args = [px, py, ...sizes(shape), includePadding ? 1 : 0];
      const outputs = [{ offset: py, length }];
      const [y = []] = launchAndSplit(kernels, 'averagePool2d', args, shape.n * shape.hOut, outputs, random);
      expectClose(y, reference.averagePool2d(x, shape, includePadding), 1e-6);
    }
  });

  /** maxPool2d with argmax, compared exactly with the reference, since a maximum does not round. */
  function expectMaxPool(x: Float32Array, shape: PoolShape): void {
    kernels.clear();
    const size = outputSize(shape);
    const [px, py, argmax] = [kernels.put(x), kernels.reserve(size * 4), kernels.reserve(size * 4)];
    const outputs = [
      { offset: py, length: size },
      { offset: argmax, length: size },
    ];
    const args = [px, py, argmax, 0, ...sizes(shape), 0];
    const [y] = launchAndSplit(kernels, 'maxPool2d', args, shape.n * shape.hOut, outputs, random);
    const expected = reference.maxPool2d(x, shape);
    expectClose(y ?? [], expected.y, 0);
    expect([...kernels.i32(argmax, size)]).toEqual([...expected.argmax]);
  }

  describe.each(CASES)('max, $name, $c channels', ({ shape }) => {
    const size = outputSize(shape);

    it('forward: distinct values, all negative, many ties', () => {
      expectMaxPool(distinctValues(inputSize(shape), random), shape);
      expectMaxPool(
        distinctValues(inputSize(shape), random).map((value) => value - 5),
        shape,
      );
      expectMaxPool(
        distinctValues(inputSize(shape), random).map((value) => Math.round(value * 2)),
        shape,
      );
    });

    it('forward without argmax, with an addend', () => {
      kernels.clear();
      const x = distinctValues(inputSize(shape), random);
      const addend = randomValues(size, random);
      const [px, py, pa] = [kernels.put(x), kernels.reserve(size * 4), kernels.put(addend)];
      const args = [px, py, 0, pa, ...sizes(shape), 0];
      const outputs = [{ offset: py, length: size }];
      const [y] = launchAndSplit(kernels, 'maxPool2d', args, shape.n * shape.hOut, outputs, random);
      const sum = reference.maxPool2d(x, shape).y.map((value, i) => value + (addend[i] ?? NaN));
      expectClose(y ?? [], sum, 1e-7);
    });

    it('backward agrees with the reference, overwriting and accumulating, also with ties', () => {
      for (const levels of [1e6, 2]) {
        kernels.clear();
        const x = distinctValues(inputSize(shape), random).map((value) => Math.round(value * levels));
        const dy = randomValues(size, random);
        const { argmax } = reference.maxPool2d(x, shape);
        const [pdy, pa, pdx] = [kernels.put(dy), kernels.put(argmax), kernels.reserve(x.byteLength)];
        const expected = reference.maxPool2dBackward(dy, argmax, shape);
        const items = shape.n * shape.h;
        const output = { offset: pdx, length: x.length };
        const args = [pdy, pa, pdx, ...sizes(shape)];
        const [dx] = launchAndSplit(kernels, 'maxPool2dBackward', [...args, 0], items, [output], random);
        expectClose(dx ?? [], expected, 1e-6);
        const initial = randomValues(x.length, random);
        const outputs = [{ ...output, initial }];
        const [sum] = launchAndSplit(
          kernels,
          'maxPool2dBackward',
          [...args, ACCUMULATE],
          items,
          outputs,
          random,
        );
        expectClose(
          sum ?? [],
          expected.map((value, i) => value + (initial[i] ?? NaN)),
          1e-6,
        );
      }
    });
  });

  it.each(WINDOWS)('max, %s: backward agrees with finite differences', (_, shapeOf) => {
    kernels.clear();
    const shape = { ...shapeOf(3), n: 1 };
    const x = distinctValues(inputSize(shape), random);
    const dy = randomValues(outputSize(shape), random);
    const [px, py, pa] = [kernels.put(x), kernels.reserve(dy.byteLength), kernels.reserve(dy.byteLength)];
    const [pdy, pdx] = [kernels.put(dy), kernels.reserve(x.byteLength)];
    kernels.launch('maxPool2d', [px, py, pa, 0, ...sizes(shape), 0], 0, shape.hOut);
    kernels.launch('maxPool2dBackward', [pdy, pa, pdx, ...sizes(shape), 0], 0, shape.h);
    // Neighbouring values differ by 1 / count, so such a small step changes no maximum.
    const loss = (values: Float64Array) => dot(reference.maxPool2d(values, shape).y, dy);
    const sample = finiteDifferencesOfSome(loss, x, random);
    for (const [i, expected] of sample) expectClose([kernels.f32(pdx, x.length)[i] ?? NaN], [expected], 1e-5);
  });

  describe.each([
    { n: 1, pixels: 1, c: 1 },
    { n: 3, pixels: 9, c: 7 },
    { n: 2, pixels: 36, c: 8 },
    { n: 5, pixels: 5, c: 20 },
    { n: 4, pixels: 9, c: 16 },
  ])('global average, $n × $pixels × $c', ({ n, pixels, c }) => {
    const x = randomValues(n * pixels * c, random);
    const dy = randomValues(n * c, random);

    it('forward', () => {
      kernels.clear();
      const [px, py] = [kernels.put(x), kernels.reserve(n * c * 4)];
      const outputs = [{ offset: py, length: n * c }];
      const [y] = launchAndSplit(kernels, 'globalAveragePool', [px, py, pixels, c], n, outputs, random);
      expectClose(y ?? [], reference.globalAveragePool(x, n, pixels, c), 1e-6);
    });

    it('backward, overwriting and accumulating, agrees with the reference and with finite differences', () => {
      kernels.clear();
      const [pdy, pdx] = [kernels.put(dy), kernels.reserve(x.byteLength)];
      const expected = reference.globalAveragePoolBackward(dy, n, pixels, c);
      const args = [pdy, pdx, pixels, c];
      const output = { offset: pdx, length: x.length };
      const [dx] = launchAndSplit(kernels, 'globalAveragePoolBackward', [...args, 0], n, [output], random);
      expectClose(dx ?? [], expected, 1e-7);
      const loss = (values: Float64Array) => dot(reference.globalAveragePool(values, n, pixels, c), dy);
      expectClose(dx ?? [], finiteDifferences(loss, x), 1e-6);
      const outputs = [{ ...output, initial: x }];
      const [sum] = launchAndSplit(
        kernels,
        'globalAveragePoolBackward',
        [...args, ACCUMULATE],
        n,
        outputs,
        random,
      );
      expectClose(
        sum ?? [],
        expected.map((value, i) => value + (x[i] ?? NaN)),
        1e-6,
      );
    });
  });
});

/** Finite differences at forty elements of a large input. */
function finiteDifferencesOfSome(
  loss: (x: Float64Array) => number,
  x: Float32Array,
  random: () => number,
): Map<number, number> {
  const gradients = new Map<number, number>();
  for (let count = 0; count < 40; count++) {
    const i = Math.floor(random() * x.length);
    const along = (values: Float64Array) => {
      const moved = Float64Array.from(x);
      moved[i] = values[0] ?? NaN;
      return loss(moved);
    };
    gradients.set(i, finiteDifferences(along, [x[i] ?? NaN])[0] ?? NaN);
  }
  return gradients;
}
