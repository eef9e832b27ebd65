/** Writes small TFLite files for tests, field by field. */
import { toFlatbuffer, type Fields } from '../tflite/flatbuffer-writer.js';

export interface TestTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Default float32. */
  readonly type?: number;
  /** A constant's values. */
  readonly values?: Float32Array | Int32Array | Int8Array;
  /** Of integers that stand for real numbers. */
  readonly quantization?: {
    readonly scale: readonly number[];
    readonly zeroPoint: readonly number[];
    readonly axis?: number;
  };
}

export interface TestOperator {
  readonly code: number;
  readonly customName?: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: Fields;
}

/** Tensor 0 is the input, the last one the output. */
export function toTfliteFile(tensors: readonly TestTensor[], operators: readonly TestOperator[]): Uint8Array {
  const buffers = tensors.map(({ values }) =>
    values ? [{ bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }] : [],
  );
  const graph: Fields = [
    {
      tables: tensors.map(({ name, dims, type = 0, quantization }, index) => [
        { int32s: dims },
        { int8: type },
        { int32: index },
        { text: name },
        quantization && { table: toQuantization(quantization) },
      ]),
    },
    { int32s: [0] },
    { int32s: [tensors.length - 1] },
    {
      tables: operators.map(({ inputs, outputs, options }, index) => [
        { int32: index },
        { int32s: inputs },
        { int32s: outputs },
        undefined,
        options && { table: options },
      ]),
    },
    { text: 'made by hand' },
  ];
  const codes = operators.map(({ code, customName }) => [
    { int8: Math.min(code, 127) },
    customName === undefined ? undefined : { text: customName },
    undefined,
    { int32: code },
  ]);
  const model = [
    { int32: 3 },
    { tables: codes },
    { tables: [graph] },
    { text: 'a test' },
    { tables: buffers },
  ];
  return toFlatbuffer(model, 'TFL3');
}

/** QuantizationParameters of the schema. */
function toQuantization({ scale, zeroPoint, axis = 0 }: NonNullable<TestTensor['quantization']>): Fields {
  return [
    undefined,
    undefined,
    { float32s: scale },
    { int64s: zeroPoint },
    undefined,
    undefined,
    { int32: axis },
  ];
}
