import { halfToFloat32, MienError } from '@mien/core';
import { elementCount } from '@mien/core/nn';
import type { Constant } from '../import/constant.js';

import { printable } from '../import/printable.js';
import { DATA_TYPES, type ExternalPlace, type OnnxTensor } from './onnx-model.js';

const MAX_RANK = 8;

type Decode = (view: DataView, byteOffset: number) => number;

/** How a value of each type lies in `raw_data`. */
const RAW: Record<
  number,
  { readonly sizeBytes: number; readonly isInteger: boolean; readonly decode: Decode }
> = {
  [DATA_TYPES.float32]: { sizeBytes: 4, isInteger: false, decode: (v, o) => v.getFloat32(o, true) },
  [DATA_TYPES.float64]: { sizeBytes: 8, isInteger: false, decode: (v, o) => v.getFloat64(o, true) },
  [DATA_TYPES.float16]: {
    sizeBytes: 2,
    isInteger: false,
    decode: (v, o) => halfToFloat32(v.getUint16(o, true)),
  },
  [DATA_TYPES.bfloat16]: {
    sizeBytes: 2,
    isInteger: false,
    decode: (v, o) => bfloat16ToFloat32(v.getUint16(o, true)),
  },
  [DATA_TYPES.uint8]: { sizeBytes: 1, isInteger: true, decode: (v, o) => v.getUint8(o) },
  [DATA_TYPES.bool]: { sizeBytes: 1, isInteger: true, decode: (v, o) => v.getUint8(o) },
  [DATA_TYPES.int8]: { sizeBytes: 1, isInteger: true, decode: (v, o) => v.getInt8(o) },
  [DATA_TYPES.uint16]: { sizeBytes: 2, isInteger: true, decode: (v, o) => v.getUint16(o, true) },
  [DATA_TYPES.int16]: { sizeBytes: 2, isInteger: true, decode: (v, o) => v.getInt16(o, true) },
  [DATA_TYPES.int32]: { sizeBytes: 4, isInteger: true, decode: (v, o) => v.getInt32(o, true) },
  [DATA_TYPES.uint32]: { sizeBytes: 4, isInteger: true, decode: (v, o) => v.getUint32(o, true) },
  [DATA_TYPES.int64]: { sizeBytes: 8, isInteger: true, decode: (v, o) => Number(v.getBigInt64(o, true)) },
  [DATA_TYPES.uint64]: { sizeBytes: 8, isInteger: true, decode: (v, o) => Number(v.getBigUint64(o, true)) },
};

/**
 * Turns a stored tensor into numbers.
 *
 * @param where what error messages start with: the file, and the tensor's place in it
 * @param external files beside the model's that hold weights, by name
 * @throws MienError `MODEL_INVALID` when dims and values disagree, `UNSUPPORTED` for texts and the like
 */
export function decodeTensor(
  tensor: OnnxTensor,
  where: string,
  external: ReadonlyMap<string, Uint8Array> = new Map(),
): Constant {
  const invalid = (problem: string) =>
    new MienError('MODEL_INVALID', `${where}: tensor "${tensor.name}": ${problem}`);
  const { dims, dataType } = tensor;
  const raw = tensor.external === undefined ? tensor.raw : externalBytes(tensor.external, external, invalid);
  if (dims.length > MAX_RANK || dims.some((side) => side < 0)) throw invalid(`dims [${dims.join(', ')}]`);
  const type = RAW[dataType];
  if (type === undefined) {
    throw new MienError('UNSUPPORTED', `${where}: tensor "${tensor.name}" is of data type ${dataType}`);
  }
  const { sizeBytes, isInteger, decode } = type;
  const stored =
    raw === undefined ? [tensor.floats, tensor.integers].find((list) => list.length > 0) : undefined;
  const available = raw === undefined ? (stored?.length ?? 0) : raw.length / sizeBytes;
  const count = elementCount(dims);
  if (count !== available) {
    throw invalid(`[${dims.join(', ')}] takes ${count} values and ${available} are stored`);
  }
  // Nearly all weights of nearly all files: one copy, which also brings them to a multiple of four bytes.
  if (raw !== undefined && dataType === DATA_TYPES.float32) {
    return { dims, values: new Float32Array(new Uint8Array(raw).buffer), isInteger };
  }
  const values = isInteger ? new Float64Array(count) : new Float32Array(count);
  if (raw !== undefined) {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    for (let index = 0; index < count; index++) values[index] = decode(view, index * sizeBytes);
  } else if (stored !== undefined) {
    values.set(stored.map(fromList(dataType)));
  }
  return { dims, values, isInteger, dataType };
}

function externalBytes(
  { location, offset, length }: ExternalPlace,
  files: ReadonlyMap<string, Uint8Array>,
  invalid: (problem: string) => MienError,
): Uint8Array {
  const file = files.get(location);
  if (file === undefined) throw invalid(`lies in another file, ${printable(location)}, which was not given`);
  const end = length === undefined ? file.length : offset + length;
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(end) ||
    offset < 0 ||
    offset > end ||
    end > file.length
  ) {
    throw invalid(`lies at bytes ${offset} to ${end} of ${printable(location)}, which has ${file.length}`);
  }
  return file.subarray(offset, end);
}

/** Lists hold halves as their bits and everything else as itself. */
function fromList(dataType: number): (value: number) => number {
  if (dataType === DATA_TYPES.float16) return halfToFloat32;
  if (dataType === DATA_TYPES.bfloat16) return bfloat16ToFloat32;
  return (value) => value;
}

const scratch = new DataView(new ArrayBuffer(4));

/** A bfloat16 is the upper half of a float32. */
function bfloat16ToFloat32(bits: number): number {
  scratch.setUint16(0, bits);
  scratch.setUint16(2, 0);
  return scratch.getFloat32(0);
}
