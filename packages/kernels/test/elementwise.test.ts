import { describe, expect, it } from 'vitest';
import {
  createRandom,
  expectClose,
  expectIdentical,
  KERNEL_BUILDS,
  KernelInstance,
  randomValues,
} from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/elementwise.js';

const ACCUMULATE = 2;
const RELU = 1;

describe.each(KERNEL_BUILDS)('elementwise kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(1);

  describe.each([1, 3, 4, 7, 16, 61])('%i elements', (count) => {
    const x = randomValues(count, random);
    const y = randomValues(count, random);

    it('relu', () => {
      kernels.clear();
      const [px, py] = [kernels.put(x), kernels.reserve(count * 4)];
      const [result] = launchAndSplit(
        kernels,
        'relu',
        [px, py],
        count,
        [{ offset: py, length: count }],
        random,
      );
      expectClose(result ?? [], reference.relu(x), 0);
      kernels.launch('relu', [px, px], 0, count);
      expectClose(kernels.f32(px, count), reference.relu(x), 0);
    });

    it('reluBackward overwrites, accumulates, and works in place', () => {
      kernels.clear();
      const activation = Float32Array.from(reference.relu(y));
      const [py, pdy, pdx] = [kernels.put(activation), kernels.put(x), kernels.reserve(count * 4)];
      const expected = reference.reluBackward(activation, x);
      const output = { offset: pdx, length: count };
      const [result] = launchAndSplit(kernels, 'reluBackward', [py, pdy, pdx, 0], count, [output], random);
      expectClose(result ?? [], expected, 0);
      const initial = randomValues(count, random);
      const outputs = [{ ...output, initial }];
      const [sum] = launchAndSplit(
        kernels,
        'reluBackward',
        [py, pdy, pdx, ACCUMULATE],
        count,
        outputs,
        random,
      );
      expectClose(sum ?? [], reference.add(initial, expected), 1e-7);
      kernels.launch('reluBackward', [py, pdy, pdy, 0], 0, count);
      expectClose(kernels.f32(pdy, count), expected, 0);
    });

    it('add, with and without ReLU', () => {
      kernels.clear();
      const [pa, pb, py] = [kernels.put(x), kernels.put(y), kernels.reserve(count * 4)];
      const outputs = [{ offset: py, length: count }];
      const [sum] = launchAndSplit(kernels, 'add', [pa, pb, py, 0], count, outputs, random);
      expectClose(sum ?? [], reference.add(x, y), 1e-7);
      const [clamped] = launchAndSplit(kernels, 'add', [pa, pb, py, RELU], count, outputs, random);
      expectClose(clamped ?? [], reference.relu(reference.add(x, y)), 1e-7);
    });

    it('fill and copy', () => {
      kernels.clear();
      const [px, py] = [kernels.put(x), kernels.reserve(count * 4)];
      const outputs = [{ offset: py, length: count }];
      const [filled] = launchAndSplit(kernels, 'fill', [py, -2.5], count, outputs, random);
      expectClose(filled ?? [], new Float32Array(count).fill(-2.5), 0);
      const [copied] = launchAndSplit(kernels, 'copy', [px, py], count, outputs, random);
      expectIdentical(copied ?? new Float32Array(), x);
    });

    it('addScaled', () => {
      kernels.clear();
      const [px, py] = [kernels.put(x), kernels.put(y)];
      const outputs = [{ offset: py, length: count, initial: y }];
      const [result] = launchAndSplit(kernels, 'addScaled', [px, 0.3, py], count, outputs, random);
      expectClose(result ?? [], reference.addScaled(x, 0.3, y), 1e-6);
    });

    it.each([1, 2, 5])('reduceChunks of %i chunks', (chunks) => {
      kernels.clear();
      const partial = randomValues(chunks * count, random);
      const [pp, py] = [kernels.put(partial), kernels.reserve(count * 4)];
      const outputs = [{ offset: py, length: count }];
      const [result] = launchAndSplit(
        kernels,
        'reduceChunks',
        [pp, py, chunks, count],
        count,
        outputs,
        random,
      );
      expectClose(result ?? [], reference.sumRows(partial, count, 0, chunks), 1e-6);
    });
  });

  it('propagates NaN, so that divergence is visible', () => {
    kernels.clear();
    const values = Float32Array.of(NaN, -1, 2, NaN, NaN);
    const [px, py] = [kernels.put(values), kernels.reserve(values.byteLength)];
    kernels.launch('relu', [px, py], 0, 5);
    expect([...kernels.f32(py, 5)]).toEqual([NaN, 0, 2, NaN, NaN]);
    kernels.launch('add', [px, px, py, RELU], 0, 5);
    expect([...kernels.f32(py, 5)]).toEqual([NaN, 0, 4, NaN, NaN]);
  });

  it.each([
    [1, 1, 1],
    [5, 3, 2],
    [37, 7, 10],
    [100, 8, 100],
    [131, 20, 66],
    [70, 16, 33],
  ])('sumRows of %i rows × %i channels, %i a chunk', (rows, c, rowsPerChunk) => {
    kernels.clear();
    const x = randomValues(rows * c, random);
    const chunks = Math.ceil(rows / rowsPerChunk);
    const [px, pp] = [kernels.put(x), kernels.reserve(chunks * c * 4)];
    const args = [px, pp, rows, c, rowsPerChunk];
    const [result] = launchAndSplit(
      kernels,
      'sumRows',
      args,
      chunks,
      [{ offset: pp, length: chunks * c }],
      random,
    );
    const expected = Array.from({ length: chunks }, (_, chunk) => {
      const first = chunk * rowsPerChunk;
      return [...reference.sumRows(x, c, first, Math.min(first + rowsPerChunk, rows))];
    });
    expectClose(result ?? [], expected.flat(), 2e-6);
  });
});
