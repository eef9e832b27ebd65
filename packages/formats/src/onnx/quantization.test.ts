/** Quantised networks in the three forms of ONNX, and weights that lie in another file. */
import { createNetwork } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createUniform } from '../testing/synthetic-numbers.js';
import { DATA_TYPES } from './onnx-model.js';
import { OnnxWriter } from './onnx-writer.js';
import { listExternalData, outlineOnnx } from './outline-onnx.js';
import { parseOnnx, type ParseOnnxOptions } from './parse-onnx.js';

const uniform = createUniform(5);
const PICTURE = [1, 2, 3, 4] as const;
/** In our order: [height, width, channels]. */
const picture = Float32Array.from({ length: 24 }, () => uniform());
const kernel = Int8Array.from({ length: 3 * 2 }, () => Math.round(100 * uniform()));
const [W_SCALE, X_SCALE] = [0.01, 1 / 127];

const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const uint8 = (w: OnnxWriter, name: string, ...values: readonly number[]) =>
  w.tensor(name, values.length === 1 ? [] : [values.length], DATA_TYPES.uint8, Uint8Array.from(values));
const int8 = (w: OnnxWriter, name: string, dims: readonly number[], values: Int8Array) =>
  w.tensor(name, dims, DATA_TYPES.int8, bytesOf(values));
const scalar = (w: OnnxWriter, value: number) => w.floats([value], true);

function finish(build: (w: OnnxWriter) => void, opset = 13): Uint8Array {
  const w = new OnnxWriter('case', { opset });
  w.input('x', PICTURE);
  build(w);
  w.output('y', ['N', 'M']);
  return w.finish({});
}

async function run(file: Uint8Array, options: ParseOnnxOptions = {}): Promise<Float32Array> {
  const { graph, weights } = parseOnnx(file, 'case.onnx', options);
  return (await createNetwork(graph, weights)).predict(picture, 1);
}

/** A 1×1 convolution of real numbers, by hand: filters × the mean over the picture. */
function meanOfConvolution(after: (value: number) => number): number[] {
  return [0, 1, 2].map((filter) => {
    let sum = 0;
    for (let pixel = 0; pixel < 12; pixel++) {
      const value = [0, 1].reduce(
        (all, c) => all + picture[pixel * 2 + c]! * kernel[filter * 2 + c]! * W_SCALE,
        0,
      );
      sum += after(value);
    }
    return sum / 12;
  });
}

function expectClose(actual: Float32Array, expected: readonly number[], digits: number): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, index) => {
    expect(actual[index]).toBeCloseTo(value, digits);
  });
}

const pool = (w: OnnxWriter, from: string): void => {
  w.node('GlobalAveragePool', 'p', [from]);
  w.node('Flatten', 'y', ['p']);
};

describe('QuantizeLinear and DequantizeLinear', () => {
  it('make integers of weights real numbers, and hold values within their range', async () => {
    const file = finish((w) => {
      const x = [scalar(w, X_SCALE), int8(w, 'xz', [], Int8Array.of(0))];
      w.node('QuantizeLinear', 'xq', ['x', ...x]);
      w.node('DequantizeLinear', 'xd', ['xq', ...x]);
      w.node('DequantizeLinear', 'wd', [int8(w, 'w', [3, 2, 1, 1], kernel), scalar(w, W_SCALE), int8(w, 'wz', [], Int8Array.of(0))]); // prettier-ignore
      w.node('Conv', 'c', ['xd', 'wd']);
      // The zero point is the lowest integer: this is the ReLU that the tool left out, and a bound.
      const y = [scalar(w, 0.25 / 255), uint8(w, 'yz', 0)];
      w.node('QuantizeLinear', 'cq', ['c', ...y]);
      w.node('DequantizeLinear', 'cd', ['cq', ...y]);
      pool(w, 'cd');
    });
    expectClose(
      await run(file),
      meanOfConvolution((value) => Math.min(Math.max(value, 0), 0.25)),
      5,
    );
  });

  it('have a scale for each filter', async () => {
    const scales = [0.01, 0.02, 0.03];
    const file = finish((w) => {
      w.node('DequantizeLinear', 'wd', [int8(w, 'w', [3, 2, 1, 1], kernel), w.floats(scales), int8(w, 'wz', [3], new Int8Array(3))], { axis: 0 }); // prettier-ignore
      w.node('Conv', 'c', ['x', 'wd']);
      pool(w, 'c');
    });
    const expected = meanOfConvolution((value) => value).map(
      (mean, filter) => (mean * scales[filter]!) / W_SCALE,
    );
    expectClose(await run(file), expected, 5);
  });

  it('round known numbers to even, as onnxruntime does', async () => {
    const file = finish((w) => {
      const by = [scalar(w, 1), int8(w, 'z', [], Int8Array.of(0))];
      w.node('QuantizeLinear', 'q', [w.weight('real', [3, 2, 1, 1], Float32Array.of(0.5, 1.5, -0.5, 2.5, 300, -300)), ...by]); // prettier-ignore
      w.node('DequantizeLinear', 'wd', ['q', ...by]);
      w.node('Conv', 'c', ['x', 'wd']);
      pool(w, 'c');
    });
    const { weights } = parseOnnx(file, 'case.onnx');
    expect([...weights.get('c/kernel')!.data]).toEqual([0, -0, 127, 2, 2, -128].map((value) => value + 0));
  });
});

it('QLinearConv is a convolution of real numbers', async () => {
  const bias = Int32Array.of(10, -20, 30);
  const file = finish((w) => {
    const [xs, xz] = [scalar(w, X_SCALE), int8(w, 'xz', [], Int8Array.of(0))];
    const [ys, yz] = [scalar(w, 8 / 127), int8(w, 'yz', [], Int8Array.of(0))];
    w.node('QuantizeLinear', 'xq', ['x', xs, xz]);
    const w8 = int8(w, 'w', [3, 2, 1, 1], kernel);
    w.node('QLinearConv', 'q', ['xq', xs, xz, w8, scalar(w, W_SCALE), int8(w, 'wz', [], Int8Array.of(0)), ys, yz, w.tensor('b', [3], DATA_TYPES.int32, bytesOf(bias))]); // prettier-ignore
    w.node('DequantizeLinear', 'c', ['q', ys, yz]);
    pool(w, 'c');
  });
  const expected = meanOfConvolution((value) => value).map((mean, i) => mean + bias[i]! * X_SCALE * W_SCALE);
  expectClose(await run(file), expected, 5);
});

it('dynamic quantisation comes to the product of real numbers', async () => {
  const file = finish((w) => {
    w.node('DynamicQuantizeLinear', 'xq', ['x'], {}, { further: ['xs', 'xz'] });
    w.node('ConvInteger', 'i', [
      'xq',
      int8(w, 'w', [3, 2, 1, 1], kernel),
      'xz',
      int8(w, 'wz', [], Int8Array.of(0)),
    ]);
    w.node('Cast', 'f', ['i'], { to: DATA_TYPES.float32 });
    w.node('Mul', 's', ['xs', scalar(w, W_SCALE)]);
    w.node('Mul', 'c', ['f', 's']);
    pool(w, 'c');
  });
  expectClose(
    await run(file),
    meanOfConvolution((value) => value),
    5,
  );
});

it("reads onnxruntime's own operators", async () => {
  const domain = 'com.microsoft';
  const file = finish((w) => {
    const [s, z] = [scalar(w, 4 / 127), int8(w, 'z', [], Int8Array.of(0))];
    w.node('QuantizeLinear', 'q', ['x', s, z], {}, { domain });
    w.node('QLinearAdd', 'a', ['q', s, z, 'q', s, z, s, z], {}, { domain });
    w.node('QLinearGlobalAveragePool', 'p', ['a', s, z, s, z], {}, { domain });
    w.node('DequantizeLinear', 'd', ['p', s, z], {}, { domain });
    w.node('Flatten', 'y', ['d']);
  });
  const means = [0, 1].map(
    (c) => picture.filter((_, i) => i % 2 === c).reduce((sum, x) => sum + 2 * x, 0) / 12,
  );
  expectClose(await run(file), means, 5);
});

describe('weights in another file', () => {
  const values = Float32Array.from({ length: 6 }, () => uniform());
  const data = new Uint8Array(64);
  data.set(bytesOf(values), 16);
  const file = (location = 'case.onnx.data', length: number | string = 24): Uint8Array =>
    finish((w) => {
      w.externalTensor('w', [3, 2, 1, 1], DATA_TYPES.float32, { location, offset: 16, length });
      w.node('Conv', 'c', ['x', 'w']);
      pool(w, 'c');
    });

  it('are read at their place', async () => {
    expect(listExternalData(file('./case.onnx.data'), 'case.onnx')).toEqual(['case.onnx.data']);
    const { weights } = parseOnnx(file(), 'case.onnx', { externalData: new Map([['case.onnx.data', data]]) });
    expect([...weights.get('c/kernel')!.data]).toEqual([0, 2, 4, 1, 3, 5].map((at) => values[at]));
  });

  it.each([
    [
      'that was not given',
      file(),
      new Map<string, Uint8Array>(),
      'lies in another file, case.onnx.data, which was not given',
    ],
    [
      'that is too short',
      file(),
      new Map([['case.onnx.data', data.subarray(0, 20)]]),
      'lies at bytes 16 to 40 of case.onnx.data, which has 20',
    ],
    [
      'at no place',
      file('case.onnx.data', 'x'),
      new Map([['case.onnx.data', data]]),
      'lies at bytes 16 to NaN',
    ],
  ])('are refused in a file %s', (_, bytes, externalData, message) => {
    expect(() => parseOnnx(bytes, 'case.onnx', { externalData })).toThrow(message);
  });
});

describe('what the outputs are', () => {
  it.each([
    ['Softmax', 'probabilities'],
    ['LogSoftmax', 'log-probabilities'],
    ['Sigmoid', 'sigmoids'],
    ['Identity', undefined],
  ] as const)('%s tells: %s', (op, kind) => {
    const renamed = new OnnxWriter('case');
    renamed.input('x', PICTURE);
    renamed.node('GlobalAveragePool', 'p', ['x']);
    renamed.node('Flatten', 'f', ['p']);
    renamed.node(op, 'y', ['f']);
    renamed.output('y', ['N', 2]);
    expect(outlineOnnx(renamed.finish({}), 'case.onnx').outputKind).toBe(kind);
  });

  it('a logarithm at the end is left out: the outputs are the probabilities', async () => {
    for (const ops of [['LogSoftmax'], ['Softmax', 'Log']] as const) {
      const w = new OnnxWriter('case');
      w.input('x', PICTURE);
      w.node('GlobalAveragePool', 'p', ['x']);
      w.node('Flatten', ops.length === 1 ? 'f' : 'g', ['p']);
      if (ops.length === 1) w.node('LogSoftmax', 'y', ['f']);
      else w.node('Log', 'y', [w.node('Softmax', 's', ['g'])]);
      w.output('y', ['N', 2]);
      const actual = await run(w.finish({}));
      expect(actual[0]! + actual[1]!).toBeCloseTo(1, 6);
    }
  });
});

describe('activations and windows', () => {
  it.each<[string, Record<string, { float: number }>, number, (x: number) => number]>([
    ['Elu', { alpha: { float: 0.5 } }, 13, (x) => (x > 0 ? x : 0.5 * Math.expm1(x))],
    ['Selu', {}, 13, (x) => 1.0507 * (x > 0 ? x : 1.67326 * Math.expm1(x))],
    ['LeakyRelu', { alpha: { float: 0.1 } }, 13, (x) => (x > 0 ? x : 0.1 * x)],
  ])('%s', async (op, attributes, opset, formula) => {
    const file = finish((w) => {
      w.node(op, 'a', ['x'], attributes);
      pool(w, 'a');
    }, opset);
    const expected = [0, 1].map(
      (c) => picture.filter((_, i) => i % 2 === c).reduce((sum, x) => sum + formula(x), 0) / 12,
    );
    expectClose(await run(file), expected, 5);
  });

  it('a dilated window has pixels between its taps', async () => {
    const taps = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8); // [1, 2, 2, 2]
    const file = finish((w) => {
      w.node('Conv', 'c', ['x', w.weight('w', [1, 2, 2, 2], taps)], { dilations: [2, 3] });
      w.node('Flatten', 'y', ['c']);
    });
    const at = (row: number, column: number, c: number): number => picture[(row * 4 + column) * 2 + c]!;
    let sum = 0;
    for (const c of [0, 1])
      for (const y of [0, 1]) for (const x of [0, 1]) sum += at(2 * y, 3 * x, c) * taps[(c * 2 + y) * 2 + x]!;
    expectClose(await run(file), [sum], 5);
  });

  it("pads as PyTorch's ZeroPad2d says it: by a slice that walks backwards", async () => {
    const file = finish((w) => {
      // [1, 2, 0, 1, 0, 0, 0, 0] as pairs from the last axis, turned around.
      w.node('Reshape', 'r', [w.integers([1, 2, 0, 1, 0, 0, 0, 0]), w.integers([-1, 2])]);
      w.node('Slice', 's', ['r', w.integers([-1]), w.integers([-(2 ** 63)]), w.integers([0]), w.integers([-1])]); // prettier-ignore
      w.node('Transpose', 't', ['s'], { perm: [1, 0] });
      w.node('Reshape', 'pads', ['t', w.integers([-1])]);
      w.node('Pad', 'a', ['x', 'pads']);
      pool(w, 'a');
    });
    const { graph } = parseOnnx(file, 'case.onnx');
    // Left, right, top and bottom: 1, 2, 0, 1.
    expect(graph.layers).toContainEqual(
      expect.objectContaining({ kind: 'zeroPadding2d', padding: { top: 0, left: 1, bottom: 1, right: 2 } }),
    );
    const sums = [0, 1].map((c) => picture.filter((_, i) => i % 2 === c).reduce((sum, x) => sum + x, 0));
    expectClose(
      await run(file),
      sums.map((sum) => sum / (4 * 7)),
      5,
    );
  });
});
