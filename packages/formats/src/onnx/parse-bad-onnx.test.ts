import { miniXception } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../testing/error-of.js';
import { countRefusedOnnx } from '../testing/count-refused-onnx.js';
import { fileOf, ONNX_CASES, PICTURE, weight, type OnnxCase } from '../testing/onnx-cases.js';
import { makeWeights } from '../testing/synthetic-numbers.js';
import type { OnnxWriter } from './onnx-writer.js';
import { parseOnnx } from './parse-onnx.js';
import { toOnnx } from './to-onnx.js';

describe('what cannot be read', () => {
  const conv = (w: OnnxWriter, attributes = {}) =>
    w.node('Conv', 'y', ['x', weight(w, 'w', [4, 3, 3, 3])], attributes);
  it.each<[string, OnnxCase, string, string]>([
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
    expect(countRefusedOnnx(toOnnx({ graph, weights: makeWeights(graph) }), 100)).toBeGreaterThan(0);
    for (const example of Object.values(ONNX_CASES))
      expect(countRefusedOnnx(fileOf(example), 60)).toBeGreaterThan(0);
  });
});
