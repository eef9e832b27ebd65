/** Small ONNX files that are made by hand, each of an operator in one of its forms. */
import { DATA_TYPES } from '../onnx/onnx-model.js';
import { OnnxWriter, type Dims } from '../onnx/onnx-writer.js';
import { createUniform } from './synthetic-numbers.js';

/** A file made by hand: operators that take `x`, of four dims, and put out `y`. */
export interface OnnxCase {
  readonly dims: Dims;
  readonly opset?: number;
  readonly build: (w: OnnxWriter) => void;
}

const uniform = createUniform(3);

export function weight(w: OnnxWriter, name: string, dims: readonly number[]): string {
  const length = dims.reduce((product, side) => product * side, 1);
  return w.weight(name, dims, Float32Array.from({ length }, uniform));
}

function half(w: OnnxWriter, name: string, dims: readonly number[], bits: readonly number[]): string {
  const raw = new DataView(new ArrayBuffer(bits.length * 2));
  bits.forEach((value, index) => raw.setUint16(index * 2, value, true));
  return w.tensor(name, dims, DATA_TYPES.float16, new Uint8Array(raw.buffer));
}

export const PICTURE = ['N', 3, 8, 10] as const;

export const ONNX_CASES: Record<string, OnnxCase> = {
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

export function fileOf({ dims, opset, build }: OnnxCase): Uint8Array {
  const w = new OnnxWriter('case', { opset });
  w.input('x', dims);
  build(w);
  // onnxruntime does not hold files to the dims that they state for outputs.
  w.output('y', ['?']);
  return w.finish({});
}
