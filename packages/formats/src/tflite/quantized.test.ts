/** Networks whose numbers are integers, in weights alone or everywhere, against real arithmetic. */
import { createNetwork } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createUniform } from '../testing/synthetic-numbers.js';
import { toTfliteFile, type TestTensor } from '../testing/tflite-file.js';
import { parseTflite } from './parse-tflite.js';
import { TENSOR_TYPES } from './tflite-model.js';

const uniform = createUniform(9);
const PICTURE = [1, 3, 4, 2] as const;
const picture = Float32Array.from({ length: 24 }, () => (uniform() + 1) / 2);
/** `[filters, height, width, channels]` */
const kernel = Int8Array.from({ length: 3 * 2 }, () => Math.round(127 * uniform()));
const W_SCALES = [0.01, 0.02, 0.005];
const CONV = { code: 3, options: [{ int8: 1 }, { int32: 1 }, { int32: 1 }, { int8: 0 }] };
const MEAN = 40;

function expected(after: (value: number) => number, bias: readonly number[] = [0, 0, 0]): number[] {
  return [0, 1, 2].map((filter) => {
    let sum = 0;
    for (let pixel = 0; pixel < 12; pixel++) {
      const value = [0, 1].reduce((all, c) => all + picture[pixel * 2 + c]! * kernel[filter * 2 + c]! * W_SCALES[filter]!, bias[filter]!); // prettier-ignore
      sum += after(value);
    }
    return sum / 12;
  });
}

async function run(file: Uint8Array): Promise<Float32Array> {
  const { graph, weights } = parseTflite(file, 'case.tflite');
  return (await createNetwork(graph, weights)).predict(picture, 1);
}

function expectClose(actual: Float32Array, values: readonly number[]): void {
  expect(actual).toHaveLength(values.length);
  values.forEach((value, index) => {
    expect(actual[index]).toBeCloseTo(value, 5);
  });
}

const weightTensor: TestTensor = {
  name: 'w',
  dims: [3, 1, 1, 2],
  type: TENSOR_TYPES.int8,
  values: kernel,
  quantization: { scale: W_SCALES, zeroPoint: [0, 0, 0] },
};
const axes: TestTensor = { name: 'axes', dims: [2], type: TENSOR_TYPES.int32, values: Int32Array.of(1, 2) };
const mean = { code: MEAN, options: [{ int8: 0 }] };

describe('weights of 8 bits (dynamic range)', () => {
  it('stand for real numbers, with a scale for each filter', async () => {
    const file = toTfliteFile(
      [
        { name: 'x', dims: PICTURE },
        weightTensor,
        { name: 'c', dims: [1, 3, 4, 3] },
        axes,
        { name: 'y', dims: [1, 3] },
      ],
      [
        { ...CONV, inputs: [0, 1], outputs: [2] },
        { ...mean, inputs: [2, 3], outputs: [4] },
      ],
    );
    expectClose(
      await run(file),
      expected((value) => value),
    );
  });
});

describe('a network of integers', () => {
  const type = TENSOR_TYPES.int8;
  const X = { type, quantization: { scale: [1 / 255], zeroPoint: [-128] } };
  const bias = Int32Array.of(100, -50, 20);
  const C = { type, quantization: { scale: [0.5 / 255], zeroPoint: [-128] } };
  const file = toTfliteFile(
    [
      { name: 'x', dims: PICTURE, ...X },
      weightTensor,
      {
        name: 'b',
        dims: [3],
        type: TENSOR_TYPES.int32,
        values: bias,
        quantization: { scale: W_SCALES.map((scale) => scale / 255), zeroPoint: [0, 0, 0] },
      },
      { name: 'c', dims: [1, 3, 4, 3], ...C },
      axes,
      { name: 'm', dims: [1, 3], ...C },
      { name: 'y', dims: [1, 3] },
    ],
    [
      { ...CONV, inputs: [0, 1, 2], outputs: [3] },
      { ...mean, inputs: [3, 4], outputs: [5] },
      { code: 6, inputs: [5], outputs: [6] },
    ],
  );

  it('is computed with real numbers, held within the range of its integers', async () => {
    const biases = [...bias].map((value, i) => (value * W_SCALES[i]!) / 255);
    // The lowest integer is zero: a ReLU that nothing else says.
    expectClose(
      await run(file),
      expected((value) => Math.min(Math.max(value, 0), 0.5), biases),
    );
  });

  it('says by its scale what the samples 0 and 255 are', () => {
    expect(parseTflite(file, 'case.tflite').inputRange).toEqual([0, 1]);
  });

  it('is refused where integers have no scale', () => {
    const bare = toTfliteFile([{ name: 'x', dims: PICTURE, type }, { name: 'y', dims: PICTURE, type }], [{ code: 19, inputs: [0], outputs: [1] }]); // prettier-ignore
    expect(() => parseTflite(bare, 'case.tflite')).toThrow('input "x" is of type 9; float32 and integers with a scale can be read'); // prettier-ignore
  });
});

describe('an input of channels first', () => {
  const FIRST = [1, 2, 3, 4] as const;
  const perm: TestTensor = {
    name: 'perm',
    dims: [4],
    type: TENSOR_TYPES.int32,
    values: Int32Array.of(0, 2, 3, 1),
  };
  const file = toTfliteFile(
    [{ name: 'x', dims: FIRST }, perm, { name: 't', dims: PICTURE }, weightTensor, { name: 'c', dims: [1, 3, 4, 3] }, axes, { name: 'y', dims: [1, 3] }], // prettier-ignore
    [{ code: 39, inputs: [0, 1], outputs: [2] }, { ...CONV, inputs: [2, 3], outputs: [4] }, { ...mean, inputs: [4, 5], outputs: [6] }], // prettier-ignore
  );

  it('is known by the transposition that it begins with', async () => {
    expect(parseTflite(file, 'case.tflite').graph.inputShape).toEqual([3, 4, 2]);
    expectClose(
      await run(file),
      expected((value) => value),
    );
  });

  it('may be stated otherwise', () => {
    expect(parseTflite(file, 'case.tflite', { inputLayout: 'NCHW' }).graph.inputShape).toEqual([3, 4, 2]);
  });
});
