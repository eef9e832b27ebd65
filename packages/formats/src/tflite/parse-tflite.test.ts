import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MienError } from '@mien/core';
import { createNetwork, describeGraph } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../testing/error-of.js';
import { everyKerasLayer } from '../testing/every-keras-layer.js';
import { makeWeights } from '../testing/synthetic-numbers.js';
import { memoryInUse, mutationsOf } from '../testing/mutations.js';
import { toTfliteFile, type TestTensor } from '../testing/tflite-file.js';
import type { Fields } from './flatbuffer-writer.js';
import { parseTflite } from './parse-tflite.js';
import { toTflite } from './to-tflite.js';

const MEBIBYTE = 2 ** 20;
const MODELS = new URL('../../../../node_modules/@mediapipe/face_detection/', import.meta.url);
const { models } = JSON.parse(readFileSync(new URL('golden/golden.json', import.meta.url), 'utf8')) as {
  models: {
    file: string;
    inputShape: [number, number, number];
    outputs: { name: string; dims: number[]; step: number; values: number[] }[];
  }[];
};

const read = (file: string) => readFileSync(new URL(file, MODELS));

/** As the script that made the golden values has it, -1…1. */
function madeUpPicture([height, width, channels]: readonly [number, number, number]): Float32Array {
  return Float32Array.from({ length: height * width * channels }, (_, index) => {
    const channel = index % channels;
    const x = Math.floor(index / channels) % width;
    const y = Math.floor(index / channels / width);
    return ((x * 7 + y * 13 + ((x * y) % 97) + channel * 31) % 256) / 127.5 - 1;
  });
}

describe.skipIf(!existsSync(MODELS))(
  `MediaPipe's face detectors (${fileURLToPath(MODELS)} is needed)`,
  () => {
    it.each(models)(
      "$file puts out what numpy's own reading of it does",
      async ({ file, inputShape, outputs }) => {
        const { graph, weights } = parseTflite(read(file), file);
        expect(graph.inputShape).toEqual(inputShape);
        expect(graph.outputs).toEqual(outputs.map(({ name }) => name));
        const results = (await createNetwork(graph, weights)).run(madeUpPicture(inputShape), 1);
        for (const [index, { name, dims, step, values }] of outputs.entries()) {
          expect(describeGraph(graph).layers.get(name)?.outputShape).toEqual(dims.slice(1));
          const spread = results[index]!.filter((_, at) => at % step === 0);
          expect(spread.length).toBe(values.length);
          const worst = Math.max(...values.map((value, at) => Math.abs(value - spread[at]!)));
          // Values reach a few hundred; sums of thousands of float32 products are this far from those of float64.
          expect(worst).toBeLessThan(1e-3);
        }
      },
    );

    it('are of the known sizes', () => {
      const short = describeGraph(parseTflite(read('face_detection_short_range.tflite'), 'short').graph);
      expect(short.layers.get('classificators')?.outputShape).toEqual([896, 1]);
      expect(short.layers.get('regressors')?.outputShape).toEqual([896, 16]);
      expect(short.macs / 1e6).toBeCloseTo(31, 0);
      const full = describeGraph(parseTflite(read('face_detection_full_range.tflite'), 'full').graph);
      expect(full.layers.get('reshaped_regressor_face_4')?.outputShape).toEqual([2304, 16]);
    });

    it('are refused with a reason where weights are sparse', () => {
      const file = 'face_detection_full_range_sparse.tflite';
      const error = errorOf(() => parseTflite(read(file), file));
      expect(error).toMatchObject({ code: 'UNSUPPORTED' });
      expect(error.message).toMatch(/^face_detection_full_range_sparse\.tflite: operator DENSIFY ".*": .*/);
    });

    it.each(models)('$file does not crash, hang or swallow memory when damaged', ({ file }) => {
      const bytes = read(file);
      const before = memoryInUse();
      let refused = 0;
      // Most bytes are weights, in which damage goes unnoticed; the structure is at both ends.
      for (const damaged of mutationsOf(bytes, 60, 5)) refused += refuses(damaged, before);
      const [head, rest] = [bytes.subarray(0, 4096), bytes.subarray(4096)];
      for (const part of mutationsOf(head, 100, 6)) refused += refuses(Buffer.concat([part, rest]), before);
      const [start, tail] = [bytes.subarray(0, -40_000), bytes.subarray(-40_000)];
      for (const part of mutationsOf(tail, 120, 7)) refused += refuses(Buffer.concat([start, part]), before);
      expect(refused).toBeGreaterThan(50);
    });
  },
);

/** A network of one operator on a 4×6×2 picture. */
interface Case {
  readonly code: number;
  readonly constants?: readonly TestTensor[];
  readonly options?: Fields;
  readonly output: readonly number[];
  /** The layers after the input, and weights by name. */
  readonly layers: readonly object[];
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  readonly customName?: string;
}

const floats = (name: string, dims: readonly number[], ...values: number[]): TestTensor => {
  const length = dims.reduce((product, side) => product * side, 1);
  const filled = values.length > 0 ? values : Array.from({ length }, (_, index) => index / 16);
  return { name, dims, values: Float32Array.from(filled) };
};
const integers = (name: string, dims: readonly number[], ...values: number[]): TestTensor => {
  return { name, dims, type: 2, values: Int32Array.from(values) };
};
const int8 = (value: number) => ({ int8: value });
const int32 = (value: number) => ({ int32: value });
const PICTURE = [1, 4, 6, 2];

const CASES: Record<string, Case> = {
  'CONV_2D with groups and RELU6': {
    code: 3,
    constants: [floats('w', [4, 1, 2, 1]), floats('b', [4], 1, 2, 3, 4)],
    options: [int8(1), int32(1), int32(1), int8(3)],
    output: [1, 4, 5, 4],
    layers: [
      { kind: 'conv2d', filters: 4, kernelSize: [1, 2], groups: 2, padding: 'valid', useBias: true },
      { kind: 'activation', activation: 'relu6' },
    ],
    weights: { 'result_2/bias': [1, 2, 3, 4] },
  },
  'DEPTHWISE_CONV_2D, strided and padded': {
    code: 4,
    constants: [floats('w', [1, 3, 3, 2])],
    options: [int8(0), int32(2), int32(2), int32(1), int8(0)],
    output: [1, 2, 3, 2],
    layers: [{ kind: 'depthwiseConv2d', kernelSize: [3, 3], strides: 2, padding: 'same', useBias: false }],
  },
  'DEPTHWISE_CONV_2D with a multiplier': {
    code: 4,
    constants: [floats('w', [1, 3, 3, 6]), floats('b', [6])],
    options: [int8(1), int32(1), int32(1), int32(3), int8(1)],
    output: [1, 2, 4, 6],
    layers: [
      { kind: 'conv2d', filters: 6, groups: 2, padding: 'valid' },
      { kind: 'activation', activation: 'relu' },
    ],
  },
  AVERAGE_POOL_2D: {
    code: 1,
    options: [int8(0), int32(2), int32(2), int32(3), int32(2), int8(0)],
    output: [1, 2, 3, 2],
    layers: [
      {
        kind: 'averagePooling2d',
        poolSize: [2, 3],
        strides: 2,
        padding: 'same',
        countIncludesPadding: false,
      },
    ],
  },
  FULLY_CONNECTED: {
    code: 9,
    constants: [floats('w', [2, 48]), floats('b', [2], 5, 6)],
    output: [1, 2],
    layers: [{ kind: 'flatten' }, { kind: 'dense', units: 2, useBias: true }],
    weights: { 'result/bias': [5, 6] },
  },
  'MEAN over height and width': {
    code: 40,
    constants: [integers('axes', [2], 1, -2)],
    output: [1, 2],
    layers: [{ kind: 'globalAveragePooling2d' }],
  },
  LOGISTIC: { code: 14, output: PICTURE, layers: [{ kind: 'activation', activation: 'sigmoid' }] },
  TANH: { code: 28, output: PICTURE, layers: [{ kind: 'activation', activation: 'tanh' }] },
  HARD_SWISH: { code: 117, output: PICTURE, layers: [{ kind: 'activation', activation: 'hardSwish' }] },
  RELU_N1_TO_1: { code: 20, output: PICTURE, layers: [{ kind: 'clip', min: -1, max: 1 }] },
  RELU_0_TO_1: { code: 152, output: PICTURE, layers: [{ kind: 'clip', min: 0, max: 1 }] },
  MAXIMUM: {
    code: 55,
    constants: [floats('low', [], -0.5)],
    output: PICTURE,
    layers: [{ kind: 'clip', min: -0.5, max: Infinity }],
  },
  MINIMUM: {
    code: 57,
    constants: [floats('high', [1], 0.5)],
    output: PICTURE,
    layers: [{ kind: 'clip', min: -Infinity, max: 0.5 }],
  },
  PRELU: {
    code: 54,
    constants: [floats('alpha', [1, 1, 2], 0.25, 0.5)],
    output: PICTURE,
    layers: [{ kind: 'prelu' }],
    weights: { 'result/alpha': [0.25, 0.5] },
  },
  LEAKY_RELU: {
    code: 98,
    options: [{ float32: 0.125 }],
    output: PICTURE,
    layers: [{ kind: 'prelu' }],
    weights: { 'result/alpha': [0.125, 0.125] },
  },
  SOFTMAX: { code: 25, options: [{ float32: 1 }], output: PICTURE, layers: [{ activation: 'softmax' }] },
  'MUL by a constant, then RELU': {
    code: 18,
    constants: [floats('factors', [2], 2, 4)],
    options: [int8(1)],
    output: PICTURE,
    layers: [{ kind: 'batchNormalization' }, { kind: 'activation', activation: 'relu' }],
    weights: { 'result_2/gamma': [2, 4], 'result_2/beta': [0, 0] },
  },
  'SUB of a constant': {
    code: 41,
    constants: [floats('offset', [], 0.5)],
    output: PICTURE,
    layers: [{ kind: 'batchNormalization' }],
    weights: { 'result/gamma': [1, 1], 'result/beta': [-0.5, -0.5] },
  },
  'PAD around and after the channels': {
    code: 34,
    constants: [integers('amounts', [4, 2], 0, 0, 1, 2, 3, 4, 0, 5)],
    output: [1, 7, 13, 7],
    layers: [{ kind: 'zeroPadding2d', padding: { top: 1, bottom: 2, left: 3, right: 4 }, channelsAfter: 5 }],
  },
  'PADV2 with zeros': {
    code: 60,
    constants: [integers('amounts', [4, 2], 0, 0, 1, 2, 3, 4, 0, 0), floats('value', [], 0)],
    output: [1, 7, 13, 2],
    layers: [{ kind: 'zeroPadding2d', padding: { top: 1, bottom: 2, left: 3, right: 4 }, channelsAfter: 0 }],
  },
  'RESIZE_BILINEAR at half pixels': {
    code: 23,
    constants: [integers('size', [2], 7, 9)],
    options: [undefined, undefined, int8(0), int8(1)],
    output: [1, 7, 9, 2],
    layers: [{ kind: 'resize2d', size: [7, 9], interpolation: 'bilinear' }],
  },
  'RESIZE_NEAREST_NEIGHBOR to the double': {
    code: 97,
    constants: [integers('size', [2], 8, 12)],
    output: [1, 8, 12, 2],
    layers: [{ kind: 'resize2d', size: [8, 12], interpolation: 'nearest' }],
  },
  'RESHAPE by its options': {
    code: 22,
    options: [{ int32s: [1, -1, 4] }],
    output: [1, 12, 4],
    layers: [{ kind: 'reshape', shape: [12, 4] }],
  },
};

function fileOf({
  code,
  constants = [],
  options,
  output,
  customName,
}: Omit<Case, 'layers' | 'weights'>): Uint8Array {
  const last = constants.length + 1;
  const inputs = Array.from({ length: last }, (_, index) => index);
  return toTfliteFile(
    [{ name: 'picture', dims: PICTURE }, ...constants, { name: 'result', dims: output }],
    [{ code, inputs, outputs: [last], ...(options && { options }), ...(customName && { customName }) }],
  );
}

describe('operators', () => {
  it.each(Object.entries(CASES))('%s', async (_, { layers, weights = {}, ...example }) => {
    const read = parseTflite(fileOf(example), 'case.tflite');
    expect(read.graph.layers.slice(1)).toMatchObject(layers);
    expect(read.graph.outputs).toEqual(['result']);
    expect(describeGraph(read.graph).outputShape).toEqual(example.output.slice(1));
    for (const [name, values] of Object.entries(weights)) {
      expect([...read.weights.get(name)!.data]).toEqual(values);
    }
    const network = await createNetwork(read.graph, read.weights);
    expect(network.predict(new Float32Array(48).fill(0.5), 1).every(Number.isFinite)).toBe(true);
  });
});

describe('what cannot be read', () => {
  it.each<[string, Omit<Case, 'layers' | 'weights'>, string]>([
    [
      'an operator that we lack',
      { code: 67, output: PICTURE },
      'operator TRANSPOSE_CONV "result": this operator',
    ],
    ['an operator without a name here', { code: 142, output: PICTURE }, 'operator number 142 "result"'],
    [
      'an operator of somebody else',
      { code: 32, customName: 'Max\nPool', output: PICTURE },
      'CUSTOM Max?Pool "result"',
    ],
    [
      'weights of few bits',
      {
        code: 3,
        constants: [{ name: 'w', dims: [1, 1, 1, 2], type: 17, values: Int8Array.of(1, 2) }],
        options: [int8(1), int32(1), int32(1)],
        output: [1, 4, 6, 1],
      },
      'operator CONV_2D "result": tensor "w" is of type 17; float32, float16 and integers of 8 to 64 bits can be read',
    ],
    [
      'a resampling whose corners are aligned',
      {
        code: 23,
        constants: [integers('size', [2], 7, 9)],
        options: [undefined, undefined, int8(1)],
        output: [1, 7, 9, 2],
      },
      'resamples by align_corners from 4×6 to 7×9',
    ],
    [
      'a padding of other numbers',
      {
        code: 60,
        constants: [integers('amounts', [4, 2], 0, 0, 1, 2, 3, 4, 0, 0), floats('value', [], 7)],
        output: [1, 7, 13, 2],
      },
      'operator PADV2 "result": pads with 7; only zeros',
    ],
    [
      'a maximum of a number for each channel',
      { code: 55, constants: [floats('low', [2], 1, 2)], output: PICTURE },
      'compares with [2]; only with one number',
    ],
  ])('%s', (_, example, message) => {
    const error = errorOf(() => parseTflite(fileOf(example), 'bad.tflite'));
    expect(error).toMatchObject({ code: 'UNSUPPORTED' });
    expect(error.message).toContain(message);
  });

  it.each([
    ['an empty file', new Uint8Array(0), 'does not bear the mark TFL3'],
    ['another format', new TextEncoder().encode('{"model": "tflite"}'), 'does not bear the mark TFL3'],
    ['a mark and nothing else', mark(0xff), 'lie outside its 8'],
    ['a table that is its own vtable', mark(0), 'not a'],
  ])('%s', (_, bytes, message) => {
    const error = errorOf(() => parseTflite(bytes, 'bad.tflite'));
    expect(error).toMatchObject({ code: 'MODEL_INVALID' });
    expect(error.message).toMatch(/^bad\.tflite: /);
    expect(error.message).toContain(message);
  });
});

/** Lowest numbers around a picture, then one operator upon it. */
function framed(code: number, options: Fields, output: readonly number[]): Uint8Array {
  const amounts = integers('amounts', [4, 2], 0, 0, 1, 0, 0, 1, 0, 0);
  return toTfliteFile(
    [
      { name: 'picture', dims: PICTURE },
      amounts,
      floats('lowest', [], -Infinity),
      { name: 'framed', dims: [1, 5, 7, 2] },
      { name: 'result', dims: output },
    ],
    [
      { code: 60, inputs: [0, 1, 2], outputs: [3] },
      { code, inputs: [3], outputs: [4], options },
    ],
  );
}

describe('lowest numbers around a picture', () => {
  it("are a maximum's own padding", () => {
    const window = [int8(1), int32(1), int32(1), int32(2), int32(2), int8(0)];
    const { graph } = parseTflite(framed(17, window, [1, 4, 6, 2]), 'framed.tflite');
    expect(graph.layers.slice(1)).toMatchObject([
      { kind: 'maxPooling2d', poolSize: [2, 2], padding: { top: 1, bottom: 0, left: 0, right: 1 } },
    ]);
  });

  it('are refused before any other operator', () => {
    const error = errorOf(() => parseTflite(framed(19, [], [1, 5, 7, 2]), 'framed.tflite'));
    expect(error).toMatchObject({ code: 'UNSUPPORTED' });
    expect(error.message).toMatch(/operator RELU "result": takes a picture with lowest numbers around it/);
  });
});

it('a file of our own does not crash, hang or swallow memory when damaged', () => {
  const graph = everyKerasLayer();
  const file = toTflite({ graph, weights: makeWeights(graph), labels: ['a', 'b', 'c', 'd'] });
  const before = memoryInUse();
  let refused = 0;
  for (const damaged of mutationsOf(file, 300, 8)) refused += refuses(damaged, before);
  expect(refused).toBeGreaterThan(100);
});

function mark(root: number): Uint8Array {
  return Uint8Array.of(root, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33);
}

/** 1 if the file is refused as it should be, 0 if the damage goes unnoticed. */
function refuses(bytes: Uint8Array, memoryBefore: number): 0 | 1 {
  try {
    describeGraph(parseTflite(bytes, 'damaged.tflite').graph);
    return 0;
  } catch (error) {
    if (!(error instanceof MienError)) throw error;
    expect(error.message).toMatch(/^damaged\.tflite: [^\n]+$/);
    return 1;
  } finally {
    expect(memoryInUse() - memoryBefore).toBeLessThan(512 * MEBIBYTE);
  }
}
