import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MienError } from '@mien/core';
import { createNetwork, describeGraph, miniXception } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createUniform, makeWeights, toChannelsFirst } from '../testing/synthetic-numbers.js';
import { memoryInUse, mutationsOf } from '../testing/mutations.js';
import { ONNX_RUNTIME_MISSING, runOnnxRuntime } from '../testing/onnx-runtime.js';
import { DATA_TYPES } from './onnx-model.js';
import { OnnxWriter, type Dims } from './onnx-writer.js';
import { parseOnnx } from './parse-onnx.js';
import { toOnnx } from './to-onnx.js';

const ROOT = new URL('../../../../', import.meta.url);
const DATA = process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../shared/data', ROOT));
const YUNET = join(DATA, 'detectors', 'yunet_s_dynamic.onnx');
const MEBIBYTE = 2 ** 20;

describe.skipIf(!existsSync(YUNET))(`YuNet (${YUNET} is needed)`, () => {
  const golden = JSON.parse(readFileSync(new URL('golden/yunet.json', import.meta.url), 'utf8')) as {
    width: number;
    height: number;
    outputs: { name: string; dims: number[]; step: number; values: number[] }[];
  };
  const { width, height } = golden;

  it("puts out what onnxruntime's does", async () => {
    const { graph, weights } = parseOnnx(readFileSync(YUNET), YUNET, { inputSize: { width, height } });
    expect(graph.inputShape).toEqual([height, width, 3]);
    expect(graph.outputs).toEqual(golden.outputs.map(({ name }) => name));
    const input = Float32Array.from({ length: 3 * width * height }, (_, index) => {
      const [channel, x, y] = [index % 3, Math.floor(index / 3) % width, Math.floor(index / 3 / width)];
      return (x * 7 + y * 13 + ((x * y) % 97) + channel * 31) % 256;
    });
    const outputs = (await createNetwork(graph, weights)).run(input, 1);
    for (const [index, { name, dims, step, values }] of golden.outputs.entries()) {
      expect(describeGraph(graph).layers.get(name)?.outputShape).toEqual(dims.slice(1));
      const spread = outputs[index]!.filter((_, at) => at % step === 0);
      expectClose(spread, values, 1e-3);
    }
  });

  it('needs the size of its pictures, which the file leaves open', () => {
    expect(() => parseOnnx(readFileSync(YUNET), 'yunet.onnx')).toThrow(
      'yunet.onnx: input "input": [batch, 3, height, width] leaves the size of pictures open; ' +
        'say which, as inputSize {width, height}',
    );
  });

  it('does not crash, hang or swallow memory when damaged', () => {
    expectMutationsToBeRefused(readFileSync(YUNET), 200, { inputSize: { width: 64, height: 64 } });
  });
});

/** A file made by hand: operators that take `x`, of four dims, and put out `y`. */
interface Case {
  readonly dims: Dims;
  readonly opset?: number;
  readonly build: (w: OnnxWriter) => void;
}

const uniform = createUniform(3);

function weight(w: OnnxWriter, name: string, dims: readonly number[]): string {
  const length = dims.reduce((product, side) => product * side, 1);
  return w.weight(name, dims, Float32Array.from({ length }, uniform));
}

function half(w: OnnxWriter, name: string, dims: readonly number[], bits: readonly number[]): string {
  const raw = new DataView(new ArrayBuffer(bits.length * 2));
  bits.forEach((value, index) => raw.setUint16(index * 2, value, true));
  return w.tensor(name, dims, DATA_TYPES.float16, new Uint8Array(raw.buffer));
}

const PICTURE = ['N', 3, 8, 10] as const;

const CASES: Record<string, Case> = {
  'Conv: amounts of padding, bias': {
    dims: PICTURE,
    build: (w) => {
      const inputs = ['x', weight(w, 'w', [4, 3, 3, 2]), weight(w, 'b', [4])];
      w.node('Conv', 'y', inputs, { pads: [1, 0, 2, 1], strides: [2, 2] });
    },
  },
  'Conv: SAME_UPPER, SAME_LOWER, VALID': {
    dims: PICTURE,
    build: (w) => {
      w.node('Conv', 'a', ['x', weight(w, 'wa', [4, 3, 2, 3])], { auto_pad: 'SAME_UPPER', strides: [2, 2] });
      w.node('Conv', 'b', ['a', weight(w, 'wb', [4, 4, 2, 4])], { auto_pad: 'SAME_LOWER' });
      w.node('Conv', 'y', ['b', weight(w, 'wc', [4, 4, 2, 2])], { auto_pad: 'VALID' });
    },
  },
  'Conv: groups, depthwise with and without a multiplier': {
    dims: ['N', 4, 6, 5],
    build: (w) => {
      w.node('Conv', 'a', ['x', weight(w, 'wa', [6, 2, 3, 3])], { group: 2 });
      w.node('Conv', 'b', ['a', weight(w, 'wb', [12, 1, 3, 3])], { group: 6, pads: [1, 1, 1, 1] });
      w.node('Conv', 'y', ['b', weight(w, 'wc', [12, 1, 3, 3])], { group: 12, pads: [1, 1, 1, 1] });
    },
  },
  'Conv: weights in halves, made floats by Cast': {
    dims: ['N', 2, 4, 4],
    build: (w) => {
      const bits = [0x3c00, 0xc000, 0x3555, 0x0001, 0x8400, 0x7bff, 0x0000, 0x3801];
      w.node('Cast', 'w', [half(w, 'h', [1, 2, 2, 2], bits)], { to: DATA_TYPES.float32 });
      w.node('Mul', 'small', ['x', w.floats([1e-4], true)]);
      w.node('Conv', 'y', ['small', 'w']);
    },
  },
  'MaxPool and AveragePool: ceil_mode, padding that counts and that does not': {
    dims: ['N', 3, 12, 15],
    build: (w) => {
      w.node('MaxPool', 'a', ['x'], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 });
      w.node('AveragePool', 'b', ['a'], { kernel_shape: [3, 2], strides: [1, 1], pads: [1, 1, 1, 0] });
      w.node('AveragePool', 'c', ['b'], { kernel_shape: [2, 2], pads: [1, 0, 0, 1], count_include_pad: 1 });
      w.node('AveragePool', 'y', ['c'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 });
    },
  },
  'Flatten, Gemm with alpha, beta, transB; MatMul and Add': {
    dims: PICTURE,
    build: (w) => {
      w.node('Conv', 'a', ['x', weight(w, 'wa', [4, 3, 3, 3])]);
      w.node('Flatten', 'f', ['a']);
      const inputs = ['f', weight(w, 'g', [5, 4 * 6 * 8]), weight(w, 'c', [1, 5])];
      w.node('Gemm', 'b', inputs, { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } });
      w.node('MatMul', 'm', ['b', weight(w, 'wm', [5, 3])]);
      w.node('Add', 's', ['m', weight(w, 'bias', [3])]);
      w.node('Softmax', 'y', ['s']);
    },
  },
  'activations and factors between a flatten and its matrix': {
    dims: PICTURE,
    build: (w) => {
      w.node('Reshape', 'f', ['x', w.integers([0, -1])]);
      w.node('BatchNormalization', 'n', [
        'f',
        ...['g', 'b', 'm'].map((n) => weight(w, n, [240])),
        ones(w, 'v', 240),
      ]);
      w.node('LeakyRelu', 'l', ['n'], { alpha: { float: 0.2 } });
      w.node('Mul', 'p', ['l', weight(w, 'scale', [1, 240])]);
      w.node('MatMul', 'y', ['p', weight(w, 'wm', [240, 3])]);
    },
  },
  "a detector's head: Transpose, Reshape with a shape worked out, Concat": {
    dims: PICTURE,
    build: (w) => {
      const heads = [1, 2].map((stride) => {
        const conv = w.node('Conv', `c${stride}`, ['x', weight(w, `w${stride}`, [8, 3, 3, 3])], {
          strides: [stride, stride],
        });
        w.node('Shape', `shape${stride}`, [conv]);
        w.node('Gather', `batch${stride}`, [`shape${stride}`, w.integers([0])]);
        w.node('Concat', `dims${stride}`, [`batch${stride}`, w.integers([-1]), w.integers([4])], { axis: 0 });
        w.node('Transpose', `t${stride}`, [conv], { perm: [0, 2, 3, 1] });
        return w.node('Reshape', `r${stride}`, [`t${stride}`, `dims${stride}`]);
      });
      w.node('Concat', 'all', heads, { axis: 1 });
      w.node('Softmax', 'y', ['all'], { axis: -1 });
    },
  },
  'positions as a row: Reshape to [N, C, HW], Softmax over channels, Transpose': {
    dims: ['N', 6, 4, 5],
    build: (w) => {
      w.node('Reshape', 'r', ['x', w.integers([0, 6, -1])]);
      w.node('Softmax', 's', ['r'], { axis: 1 });
      w.node('Transpose', 't', ['s'], { perm: [0, 2, 1] });
      w.node('Reshape', 'y', ['t', w.integers([0, 40, 3])]);
    },
  },
  "TensorFlow's way: channels last, then transposed to and fro": {
    dims: ['N', 8, 10, 3],
    build: (w) => {
      w.node('Sub', 'centred', ['x', w.floats([0.1, 0.2, 0.3])]);
      w.node('Transpose', 't', ['centred'], { perm: [0, 3, 1, 2] });
      w.node('Conv', 'c', ['t', weight(w, 'w', [5, 3, 3, 3])], { pads: [0, 0, 1, 1], strides: [2, 2] });
      w.node('Transpose', 'back', ['c'], { perm: [0, 2, 3, 1] });
      w.node('Add', 'b', ['back', weight(w, 'bias', [5])]);
      w.node('ReduceMean', 'y', ['b'], { axes: [1, 2], keepdims: 0 });
    },
  },
  'constants upon pictures: by channel, by row, by place; differences': {
    dims: PICTURE,
    build: (w) => {
      w.node('Sub', 'a', ['x', weight(w, 'mean', [1, 3, 1, 1])]);
      w.node('Div', 'b', ['a', weight(w, 'deviation', [3, 1, 1])]);
      w.node('Mul', 'c', ['b', weight(w, 'rows', [8, 1])]);
      w.node('Add', 'd', ['c', weight(w, 'places', [1, 3, 8, 10])]);
      w.node('Sub', 'e', [w.floats([1], true), 'd']);
      w.node('Sub', 'f', ['e', 'x']);
      w.node('Neg', 'y', ['f']);
    },
  },
  'squeeze and excite': {
    dims: ['N', 4, 6, 6],
    build: (w) => {
      w.node('GlobalAveragePool', 'p', ['x']);
      w.node('Conv', 'c', ['p', weight(w, 'wc', [2, 4, 1, 1]), weight(w, 'bc', [2])]);
      w.node('Relu', 'r', ['c']);
      w.node('Conv', 'e', ['r', weight(w, 'we', [4, 2, 1, 1])]);
      w.node('HardSigmoid', 'g', ['e']);
      w.node('Mul', 'm', ['g', 'x']);
      w.node('HardSigmoid', 'hs', ['m'], { alpha: { float: 1 / 6 } });
      w.node('Mul', 'y', ['m', 'hs']);
    },
  },
  'a hard swish put together from Add, Clip, Div and Mul': {
    dims: PICTURE,
    build: (w) => {
      w.node('Add', 'a', ['x', w.floats([3], true)]);
      w.node('Clip', 'c', ['a', w.floats([0], true), w.floats([6], true)]);
      w.node('Mul', 'm', ['x', 'c']);
      w.node('Div', 'y', ['m', w.floats([6], true)]);
    },
  },
  'PRelu, Clip with one bound, Sigmoid, Tanh, Identity, Dropout': {
    dims: PICTURE,
    build: (w) => {
      w.node('PRelu', 'a', ['x', weight(w, 'slope', [3, 1, 1])]);
      w.node('Clip', 'b', ['a', '', w.floats([0.4], true)]);
      w.node('Sigmoid', 'c', ['b']);
      w.node('Identity', 'd', ['c']);
      w.node('Dropout', 'e', ['d']);
      w.node('Tanh', 'y', ['e']);
    },
  },
  'Pad, GlobalMaxPool, Squeeze, Unsqueeze': {
    dims: PICTURE,
    build: (w) => {
      w.node('Pad', 'a', ['x', w.integers([0, 0, 1, 2, 0, 2, 0, 1])]);
      w.node('Conv', 'b', ['a', weight(w, 'w', [6, 5, 3, 3])]);
      w.node('GlobalMaxPool', 'c', ['b']);
      w.node('Squeeze', 'd', ['c', w.integers([2, 3])]);
      w.node('Unsqueeze', 'e', ['d', w.integers([-1, 2])]);
      w.node('Conv', 'f', ['e', weight(w, 'v', [2, 6, 1, 1])]);
      w.node('Flatten', 'y', ['f']);
    },
  },
  'Resize: nearest at a whole factor, asymmetric; linear at half pixels, by sizes': {
    dims: ['N', 2, 3, 5],
    build: (w) => {
      w.node('Resize', 'a', ['x', '', w.floats([1, 1, 2, 3])], {
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      });
      w.node('Resize', 'y', ['a', '', '', w.integers([1, 2, 9, 7])], {
        mode: 'linear',
        coordinate_transformation_mode: 'pytorch_half_pixel',
      });
    },
  },
  'Upsample, Clip, Squeeze and Softmax of operator set 9': {
    dims: ['N', 2, 3, 5],
    opset: 9,
    build: (w) => {
      w.node('Upsample', 'a', ['x', w.floats([1, 1, 2, 2])], { mode: 'nearest' });
      w.node('Clip', 'b', ['a'], { min: { float: -0.5 }, max: { float: 3.4028234663852886e38 } });
      w.node('AveragePool', 'c', ['b'], { kernel_shape: [6, 10] });
      w.node('Softmax', 'd', ['c'], { axis: 1 });
      w.node('Squeeze', 'y', ['d'], { axes: [2, 3] });
    },
  },
  'what follows from constants: Slice, ConstantOfShape, arithmetic, Transpose': {
    dims: PICTURE,
    build: (w) => {
      w.node('Shape', 's', ['x']);
      w.node('Slice', 'hw', ['s', w.integers([2]), w.integers([2 ** 53]), w.integers([0])]);
      w.node('Mul', 'size', ['hw', w.integers([2, 3])]);
      w.node('Sub', 'less', ['size', w.integers([1, 1])]);
      w.node('Concat', 'sizes', [w.integers([1, 3]), 'less'], { axis: 0 });
      w.node('Resize', 'r', ['x', '', '', 'sizes'], { mode: 'linear' });
      w.node('GlobalAveragePool', 'g', ['r']);
      w.node('Flatten', 'f', ['g']);
      w.node('ConstantOfShape', 'zeros', [w.integers([3])]);
      w.node('Add', 'h', ['f', 'zeros']);
      w.node('Transpose', 'wt', [weight(w, 'w', [4, 3])], { perm: [1, 0] });
      w.node('MatMul', 'y', ['h', 'wt']);
    },
  },
};

function ones(w: OnnxWriter, name: string, count: number): string {
  return w.weight(name, [count], new Float32Array(count).fill(1.5));
}

function fileOf({ dims, opset, build }: Case): Uint8Array {
  const w = new OnnxWriter('case', { opset });
  w.input('x', dims);
  build(w);
  // onnxruntime does not hold files to the dims that they state for outputs.
  w.output('y', ['?']);
  return w.finish({});
}

describe.each(Object.entries(CASES))('%s', (_, example) => {
  it.skipIf(ONNX_RUNTIME_MISSING !== undefined)('is what onnxruntime makes of it', async () => {
    const file = fileOf(example);
    const { graph, weights } = parseOnnx(file, 'case.onnx');
    const pixels = Float32Array.from({ length: graph.inputShape.reduce((a, b) => a * b) }, createUniform(5));
    const [ours = new Float32Array()] = (await createNetwork(graph, weights)).run(pixels, 1);
    const fed = example.dims[3] === 3 ? pixels : toChannelsFirst(pixels, graph.inputShape);
    const sides = example.dims.map((side) => (typeof side === 'string' ? 1 : side));
    const theirs = (await runOnnxRuntime(file, fed, sides)).get('y')!;
    const shape = describeGraph(graph).outputShape;
    const [height = 1, width = 1, channels = 1] = shape;
    const isPicture = theirs.dims.length === 4;
    expect(theirs.dims.slice(1)).toEqual(isPicture ? [channels, height, width] : shape);
    expectClose(isPicture ? toChannelsFirst(ours, [height, width, channels]) : ours, theirs.data, 1e-4);
  });
});

it('makes an offset after a matrix its bias, unless the product is needed as it is', () => {
  const w = new OnnxWriter('offsets');
  w.input('x', PICTURE);
  w.node('Conv', 'c', ['x', weight(w, 'wc', [4, 3, 1, 1])]);
  w.node('Add', 'd', ['c', weight(w, 'bc', [4, 1, 1])]);
  w.node('Conv', 'e', ['d', weight(w, 'we', [4, 4, 1, 1])]);
  w.node('Add', 'f', ['e', weight(w, 'be', [1, 4, 1, 1])]);
  w.node('Mul', 'y', ['f', 'e']);
  w.output('y', ['?']);
  const { graph, weights } = parseOnnx(w.finish({}), 'offsets.onnx');
  expect(graph.layers.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'input x',
    'conv2d c',
    'conv2d e',
    'batchNormalization f',
    'multiply y',
  ]);
  expect(graph.layers[1]).toMatchObject({ useBias: true });
  expect(graph.layers[2]).toMatchObject({ useBias: false, inputs: ['c'] });
  expect(weights.get('c/bias')?.shape).toEqual([4]);
});

it('gives outputs their names, whatever else is called so', () => {
  const w = new OnnxWriter('names');
  w.input('x', PICTURE);
  w.node('Relu', 'y', ['x'], {}, { name: 'z' });
  w.node('Sigmoid', 'z', ['y'], {}, { name: 'y' });
  w.node('Identity', 'y_2', ['z']);
  w.node('Tanh', 'w', ['y'], {}, { name: 'y_2' });
  for (const name of ['z', 'y', 'y_2', 'x', 'w']) w.output(name, ['?']);
  const { graph } = parseOnnx(w.finish({}), 'names.onnx');
  expect(graph.outputs).toEqual(['z', 'y', 'y_2', 'x', 'w']);
  const byName = new Map(graph.layers.map((layer) => [layer.name, layer]));
  expect(byName.size).toBe(graph.layers.length);
  expect(byName.get('y')).toMatchObject({ kind: 'activation', activation: 'relu' });
  expect(byName.get('z')).toMatchObject({ activation: 'sigmoid', inputs: ['y'] });
  expect(byName.get('y_2')).toMatchObject({ kind: 'reshape', inputs: ['z'] });
  expect(byName.get('w')).toMatchObject({ activation: 'tanh', inputs: ['y'] });
  expect(byName.get('x')).toMatchObject({ kind: 'reshape' });
});

describe('what cannot be read', () => {
  const conv = (w: OnnxWriter, attributes = {}) =>
    w.node('Conv', 'y', ['x', weight(w, 'w', [4, 3, 3, 3])], attributes);
  it.each<[string, Case, string, string]>([
    [
      'an operator that we lack',
      {
        dims: PICTURE,
        build: (w) => w.node('ConvTranspose', 'y', ['x', weight(w, 'w', [3, 4, 2, 2])], {}, { name: 'up1' }),
      },
      'UNSUPPORTED',
      'bad.onnx: operator ConvTranspose "up1": this operator cannot be read',
    ],
    [
      'dilations of a pooling',
      {
        dims: PICTURE,
        build: (w) => w.node('MaxPool', 'y', ['x'], { kernel_shape: [2, 2], dilations: [2, 2] }),
      },
      'UNSUPPORTED',
      'operator MaxPool "y": dilations of 2×2',
    ],
    [
      'strides that differ',
      { dims: PICTURE, build: (w) => conv(w, { strides: [1, 2] }) },
      'UNSUPPORTED',
      'strides of 1×2; both must be the same',
    ],
    [
      'a kernel that does not fit',
      { dims: ['N', 4, 8, 8], build: (w) => conv(w) },
      'MODEL_INVALID',
      '4 filters of 3 channels in 1 groups do not fit a picture of 4 channels',
    ],
    [
      'a value that nothing makes',
      { dims: PICTURE, build: (w) => w.node('Relu', 'y', ['ghost']) },
      'MODEL_INVALID',
      'operator Relu "y": takes "ghost", which nothing before it puts out',
    ],
    [
      'values in mixed order',
      {
        dims: PICTURE,
        build: (w) => {
          w.node('Transpose', 't', ['x'], { perm: [0, 1, 3, 2] });
          w.node('MaxPool', 'y', ['t'], { kernel_shape: [2, 2] });
        },
      },
      'UNSUPPORTED',
      'operator MaxPool "y": needs its values in another order',
    ],
    [
      'a resampling that we have no kernel for',
      {
        dims: PICTURE,
        build: (w) => w.node('Resize', 'y', ['x', '', w.floats([1, 1, 2, 2])], { mode: 'cubic' }),
      },
      'UNSUPPORTED',
      'resamples by mode cubic, half_pixel, round_prefer_floor from 8×10 to 16×20',
    ],
    [
      'an output that does not depend on the picture',
      { dims: PICTURE, build: (w) => w.node('Neg', 'y', [weight(w, 'w', [2])]) },
      'UNSUPPORTED',
      'y does not depend on the picture',
    ],
    ['a batch', { dims: [4, 3, 8, 8], build: (w) => conv(w) }, 'UNSUPPORTED', 'is a batch of 4'],
    [
      'an open size',
      { dims: ['N', 3, 'h', 'w'], build: (w) => conv(w) },
      'UNSUPPORTED',
      'leaves the size of pictures open',
    ],
    [
      'a vector',
      { dims: ['N', 10], build: (w) => w.node('Relu', 'y', ['x']) },
      'UNSUPPORTED',
      'only pictures',
    ],
    [
      'an old operator set',
      { dims: PICTURE, opset: 6, build: (w) => conv(w) },
      'UNSUPPORTED',
      'operator set 6',
    ],
  ])('%s', (_, example, code, message) => {
    const error = errorOf(() => parseOnnx(fileOf(example), 'bad.onnx'));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(message);
  });

  it('a size that the file does not allow', () => {
    const file = fileOf({ dims: PICTURE, build: (w) => conv(w) });
    const parse = () => parseOnnx(file, 'fixed.onnx', { inputSize: { width: 9, height: 8 } });
    expect(errorOf(parse)).toMatchObject({
      code: 'USAGE',
      message: 'fixed.onnx: takes pictures of [N, 3, 8, 10], not of 9×8',
    });
  });

  it.each([
    ['an empty file', new Uint8Array(0)],
    ['a text', new TextEncoder().encode('{"model": "onnx"}')],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13)],
    ['a length beyond the end', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ['a number without an end', new Uint8Array(64).fill(0xff)],
  ])('%s', (_, bytes) => {
    const error = errorOf(() => parseOnnx(bytes, 'bad.onnx'));
    expect(error).toMatchObject({ code: 'MODEL_INVALID' });
    expect(error.message).toMatch(/^bad\.onnx: not (a whole|an) ONNX file/);
  });

  it('a file that makes much of little', () => {
    const bomb = fileOf({
      dims: PICTURE,
      build: (w) => {
        let name = w.floats([1, 2, 3]);
        for (let times = 0; times < 60; times++)
          name = w.node('Concat', `d${times}`, [name, name], { axis: 0 });
        w.node('Add', 'y', ['x', name]);
      },
    });
    expect(errorOf(() => parseOnnx(bomb, 'bomb.onnx')).message).toContain(
      'far more weights than the file holds',
    );
  });

  it('any damaged file, without a crash, a hang or much memory', () => {
    const graph = miniXception();
    expectMutationsToBeRefused(toOnnx({ graph, weights: makeWeights(graph) }), 100);
    for (const example of Object.values(CASES)) expectMutationsToBeRefused(fileOf(example), 60);
  });
});

/** Damage may go unnoticed, since most bytes are weights; whatever is noticed must be a MienError. */
function expectMutationsToBeRefused(file: Uint8Array, count: number, options = {}): void {
  const before = memoryInUse();
  let refused = 0;
  for (const bytes of mutationsOf(file, count, 11)) {
    try {
      describeGraph(parseOnnx(bytes, 'damaged.onnx', options).graph);
    } catch (error) {
      if (!(error instanceof MienError)) throw error;
      expect(error.message).toMatch(/^damaged\.onnx: [^\n]+$/);
      refused++;
    }
    expect(memoryInUse() - before).toBeLessThan(512 * MEBIBYTE);
  }
  expect(refused).toBeGreaterThan(0);
}

function errorOf(action: () => unknown): MienError {
  try {
    action();
  } catch (error) {
    if (error instanceof MienError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let index = 0; index < actual.length; index++) {
    worst = Math.max(worst, Math.abs(actual[index]! - expected[index]!));
  }
  expect(worst).toBeLessThan(tolerance);
}
