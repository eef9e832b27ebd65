/** Stored tensors of a TFLite file as numbers. Integers that have a scale become the real numbers that they stand for. */
import { halvesToFloat32 } from '@mien/core';
import type { Constant } from '../import/constant.js';
import type { GraphImporter } from '../import/graph-importer.js';
import {
  dequantized,
  INT16,
  INT8,
  UINT8,
  type IntegerRange,
  type Quantization,
} from '../import/quantization.js';
import { TENSOR_TYPES, type TfliteTensor } from './tflite-model.js';

type Decode = (bytes: Uint8Array<ArrayBuffer>) => Float32Array | Float64Array;

const FLOATS: readonly number[] = [TENSOR_TYPES.float32, TENSOR_TYPES.float16];
const TYPES: Readonly<Record<number, { readonly sizeBytes: number; readonly decode: Decode }>> = {
  [TENSOR_TYPES.float32]: { sizeBytes: 4, decode: ({ buffer }) => new Float32Array(buffer) },
  [TENSOR_TYPES.float16]: { sizeBytes: 2, decode: ({ buffer }) => halvesToFloat32(new Uint16Array(buffer)) },
  [TENSOR_TYPES.int32]: { sizeBytes: 4, decode: ({ buffer }) => Float64Array.from(new Int32Array(buffer)) },
  [TENSOR_TYPES.int64]: {
    sizeBytes: 8,
    decode: ({ buffer }) => Float64Array.from(new BigInt64Array(buffer), Number),
  },
  [TENSOR_TYPES.uint8]: { sizeBytes: 1, decode: (bytes) => Float64Array.from(bytes) },
  [TENSOR_TYPES.int8]: { sizeBytes: 1, decode: ({ buffer }) => Float64Array.from(new Int8Array(buffer)) },
  [TENSOR_TYPES.int16]: { sizeBytes: 2, decode: ({ buffer }) => Float64Array.from(new Int16Array(buffer)) },
};
/** Types of which activations may be. */
const RANGES: Readonly<Record<number, IntegerRange>> = {
  [TENSOR_TYPES.uint8]: UINT8,
  [TENSOR_TYPES.int8]: INT8,
  [TENSOR_TYPES.int16]: INT16,
};

export interface QuantizedType {
  readonly quantization: Quantization;
  readonly range: IntegerRange;
}

/** Scale and range of a tensor of integers that stand for real numbers; `undefined` for any other. */
export function quantizedTypeOf({ type, quantization }: TfliteTensor): QuantizedType | undefined {
  const range = RANGES[type];
  return range === undefined || quantization === undefined ? undefined : { quantization, range };
}

/** @throws MienError `MODEL_INVALID` when dims and bytes disagree, `UNSUPPORTED` for other types */
export function decodeTensor(
  { name, dims, type, quantization, isSparse }: TfliteTensor,
  data: Uint8Array,
  importer: GraphImporter,
): Constant {
  if (isSparse) throw importer.unsupported(`tensor "${name}" is sparse; convert it to a dense one`);
  const known = TYPES[type];
  if (known === undefined) {
    throw importer.unsupported(
      `tensor "${name}" is of type ${type}; float32, float16 and integers of 8 to 64 bits can be read`,
    );
  }
  const count = dims.reduce((product, side) => product * side, 1);
  if (count * known.sizeBytes !== data.length || dims.some((side) => side < 0)) {
    throw importer.invalid(`tensor "${name}": [${dims.join(', ')}] does not take ${data.length} bytes`);
  }
  // A copy is at a multiple of eight bytes, which typed arrays ask for.
  const values = known.decode(new Uint8Array(data));
  const constant = { dims, values, isInteger: !FLOATS.includes(type) };
  if (quantization === undefined || FLOATS.includes(type)) return constant;
  return dequantized(importer, constant, quantization);
}
