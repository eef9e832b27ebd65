/**
 * A TFLite file as plain data: the parts of its first subgraph that a network's function depends on.
 *
 * Field numbers are those of the schema. `Ref:`
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
 */
import { MienError } from '@mien/core';
import type { Quantization } from '../import/quantization.js';
import { FlatTable } from './flatbuffer.js';

export interface TfliteModel {
  readonly description: string;
  /** Texts that a writer of ours left, by key. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly name: string;
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  /** Indices of tensors. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface TfliteTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** A number of {@link TENSOR_TYPES}. */
  readonly type: number;
  /** Little-endian; `undefined` for tensors that the network computes. */
  readonly data: Uint8Array | undefined;
  /** Of integers that stand for real numbers. */
  readonly quantization: Quantization | undefined;
  /** Whether zeros are left out. */
  readonly isSparse: boolean;
}

export interface TfliteOperator {
  /** A number of {@link OPERATOR_CODES}. */
  readonly code: number;
  /** For operators that are not TFLite's own. */
  readonly customName: string;
  /** Indices of tensors; -1 for optional ones that are left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The operator's own table; `undefined` where all is at its default. */
  readonly options: FlatTable | undefined;
}

export const TENSOR_TYPES = {
  float32: 0,
  float16: 1,
  int32: 2,
  uint8: 3,
  int64: 4,
  int16: 7,
  int8: 9,
} as const;

/** BuiltinOperator, by number; those that are not read are here to be named in errors. */
export const OPERATOR_CODES: Readonly<Record<number, string>> = {
  0: 'ADD',
  1: 'AVERAGE_POOL_2D',
  2: 'CONCATENATION',
  3: 'CONV_2D',
  4: 'DEPTHWISE_CONV_2D',
  5: 'DEPTH_TO_SPACE',
  6: 'DEQUANTIZE',
  9: 'FULLY_CONNECTED',
  11: 'L2_NORMALIZATION',
  14: 'LOGISTIC',
  17: 'MAX_POOL_2D',
  18: 'MUL',
  19: 'RELU',
  20: 'RELU_N1_TO_1',
  21: 'RELU6',
  22: 'RESHAPE',
  23: 'RESIZE_BILINEAR',
  25: 'SOFTMAX',
  26: 'SPACE_TO_DEPTH',
  28: 'TANH',
  32: 'CUSTOM',
  34: 'PAD',
  36: 'GATHER',
  39: 'TRANSPOSE',
  40: 'MEAN',
  41: 'SUB',
  42: 'DIV',
  43: 'SQUEEZE',
  45: 'STRIDED_SLICE',
  47: 'EXP',
  49: 'SPLIT',
  50: 'LOG_SOFTMAX',
  54: 'PRELU',
  55: 'MAXIMUM',
  57: 'MINIMUM',
  60: 'PADV2',
  65: 'SLICE',
  67: 'TRANSPOSE_CONV',
  70: 'EXPAND_DIMS',
  74: 'SUM',
  75: 'SQRT',
  76: 'RSQRT',
  77: 'SHAPE',
  83: 'PACK',
  97: 'RESIZE_NEAREST_NEIGHBOR',
  98: 'LEAKY_RELU',
  100: 'MIRROR_PAD',
  111: 'ELU',
  114: 'QUANTIZE',
  117: 'HARD_SWISH',
  124: 'DENSIFY',
  126: 'BATCH_MATMUL',
  150: 'GELU',
  152: 'RELU_0_TO_1',
};
export const OPERATOR_NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.entries(OPERATOR_CODES).map(([number, name]) => [name, Number(number)]),
);

/** What a maximum never is: a padding of it is one that maxima do not see. */
export const LOWEST_FLOAT32 = -(2 - 2 ** -23) * 2 ** 127;

/** Files hold metadata of many tools, most of it in forms of their own; by this ours is known. */
export const METADATA_PREFIX = 'mien.';
const MAX_METADATA = 256;
const MAX_METADATA_BYTES = 2 ** 20;

const MAX_OPERATORS = 20_000;
const MAX_TENSORS = 100_000;
const MAX_RANK = 8;

/**
 * Reads the structure of a TFLite file.
 *
 * @param source what error messages name
 * @throws MienError `MODEL_INVALID` when the bytes are no whole model
 */
export function parseTfliteModel(bytes: Uint8Array, source: string): TfliteModel {
  const invalid = (problem: string) => new MienError('MODEL_INVALID', `${source}: ${problem}`);
  // Offset 4 holds the format's name.
  if (new TextDecoder().decode(bytes.subarray(4, 8)) !== 'TFL3') {
    throw invalid('not a TFLite file: it does not bear the mark TFL3');
  }
  const model = FlatTable.root(bytes, source);
  const [graph, ...others] = model.tables(2) ?? [];
  if (graph === undefined) throw invalid('not a TFLite file: it holds no graph');
  if (others.length > 0) {
    throw new MienError('UNSUPPORTED', `${source}: holds ${others.length + 1} graphs; only one can be read`);
  }
  const codes = (model.tables(1) ?? []).map((code) => ({
    // Numbers above 127 do not fit the older field, which then holds 127.
    code: Math.max(code.int8(0), code.int32(3)),
    customName: code.name(1),
  }));
  const buffers = model.tables(4) ?? [];
  const tensors = graph.tables(0) ?? [];
  const operators = graph.tables(3) ?? [];
  if (tensors.length > MAX_TENSORS || operators.length > MAX_OPERATORS) {
    throw invalid(`${operators.length} operators and ${tensors.length} tensors are too many`);
  }
  return {
    description: model.text(3),
    metadata: parseMetadata(model.tables(6) ?? [], buffers),
    name: graph.name(4),
    tensors: tensors.map((tensor) => parseTensor(tensor, buffers, invalid)),
    operators: operators.map((operator) => {
      const index = operator.uint32(0);
      const code = codes[index];
      if (code === undefined) throw invalid(`an operator is of kind ${index}, of ${codes.length}`);
      return {
        ...code,
        inputs: operator.int32s(1) ?? [],
        outputs: operator.int32s(2) ?? [],
        options: operator.table(4),
      };
    }),
    inputs: graph.int32s(1) ?? [],
    outputs: graph.int32s(2) ?? [],
  };
}

/** Metadata that is too long or too much to be Mien's is ignored, like that of other tools. */
function parseMetadata(
  entries: readonly FlatTable[],
  buffers: readonly FlatTable[],
): Readonly<Record<string, string>> {
  const ours = entries.slice(0, MAX_METADATA).flatMap((entry): [string, string][] => {
    const name = entry.name(0);
    const bytes = buffers[entry.uint32(1)]?.span(0);
    if (!name.startsWith(METADATA_PREFIX) || bytes === undefined || bytes.length > MAX_METADATA_BYTES)
      return [];
    return [[name.slice(METADATA_PREFIX.length), new TextDecoder().decode(bytes)]];
  });
  return Object.fromEntries(ours);
}

function parseTensor(
  tensor: FlatTable,
  buffers: readonly FlatTable[],
  invalid: (problem: string) => MienError,
): TfliteTensor {
  const name = tensor.name(3);
  const dims = tensor.int32s(0) ?? [];
  const index = tensor.uint32(2);
  const buffer = buffers[index];
  if (buffer === undefined) throw invalid(`tensor "${name}" lies in buffer ${index}, of ${buffers.length}`);
  if (dims.length > MAX_RANK) throw invalid(`tensor "${name}" has ${dims.length} dims`);
  const data = buffer.span(0);
  const quantization = tensor.table(4);
  const scale = quantization?.float32s(2) ?? [];
  return {
    name,
    dims,
    type: tensor.int8(1),
    // Tensors that are computed share one empty buffer.
    data: data === undefined || data.length === 0 ? undefined : data,
    quantization:
      quantization === undefined || scale.length === 0
        ? undefined
        : { scale, zeroPoint: quantization.int64s(3) ?? [], axis: quantization.int32(6) },
    isSparse: tensor.has(6),
  };
}
