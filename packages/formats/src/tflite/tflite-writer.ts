import { MienError } from '@mien/core';
import type { Shape } from '@mien/core/nn';
import { checkHalves, toWeightBytes, type WeightType } from '../float16.js';
import { toFlatbuffer, type Fields } from './flatbuffer-writer.js';
import { METADATA_PREFIX, OPERATOR_NUMBERS, TENSOR_TYPES } from './tflite-model.js';

/** Operators that are written, with the number of their options in the schema's BuiltinOptions; 0 for none. */
const OPTIONS = {
  ADD: 11,
  AVERAGE_POOL_2D: 5,
  CONCATENATION: 10,
  CONV_2D: 1,
  DEPTHWISE_CONV_2D: 2,
  DEQUANTIZE: 38,
  ELU: 0,
  FULLY_CONNECTED: 8,
  GELU: 123,
  HARD_SWISH: 91,
  LOGISTIC: 0,
  MAXIMUM: 39,
  MAX_POOL_2D: 5,
  MEAN: 27,
  MINIMUM: 39,
  MUL: 21,
  PAD: 22,
  PADV2: 43,
  PRELU: 0,
  RELU: 0,
  RELU6: 0,
  RELU_N1_TO_1: 0,
  RESHAPE: 17,
  RESIZE_BILINEAR: 15,
  RESIZE_NEAREST_NEIGHBOR: 74,
  SOFTMAX: 9,
  TANH: 0,
} as const;
export type OperatorName = keyof typeof OPTIONS;

/** What an operator puts out: its shape leaves the batch out, as ours do. */
export interface Output {
  readonly name: string;
  readonly shape: Shape;
}

/** Of the schema. */
const SCHEMA_VERSION = 3;
/** From this version on, DEQUANTIZE takes halves. */
const DEQUANTIZE_HALVES = 3;
/** The largest operator number that fits the field of old; larger ones leave this in it. */
const MAX_OLD_NUMBER = 127;
const SIGNATURE = 'serving_default';
/** The library's buffer doubles up to 1 GiB; texts and tables need some of it too. */
const MAX_WEIGHT_BYTES = 1000 * 2 ** 20;

/**
 * Puts a TFLite file together, operator by operator. Tensors are known by their indices.
 *
 * Field numbers are those of the schema. `Ref:`
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
 */
export class TfliteWriter {
  readonly #dtype: WeightType;
  readonly #tensors: Fields[] = [];
  readonly #names: string[] = [];
  /** Those that are computed share the first, which is empty. */
  readonly #buffers: Fields[] = [[]];
  readonly #operators: Fields[] = [];
  readonly #codes: Fields[] = [];
  /** Index of an operator's kind in a version, and of a constant's values. */
  readonly #known = new Map<string, number>();
  #weightBytes = 0;

  constructor(dtype: WeightType = 'F32') {
    this.#dtype = dtype;
  }

  /** A tensor that the network is given. */
  input({ name, shape }: Output): number {
    return this.#tensor(name, [1, ...shape], TENSOR_TYPES.float32);
  }

  /**
   * @param version the oldest that supports these settings of the operator
   * @returns the tensor that it puts out
   */
  operator(
    kind: OperatorName,
    inputs: readonly number[],
    { name, shape }: Output,
    options: Fields = [],
    version = 1,
  ): number {
    const output = this.#tensor(name, [1, ...shape], TENSOR_TYPES.float32);
    this.#operator(kind, inputs, output, options, version);
    return output;
  }

  /** The same values in the same order under another shape, whatever the batch is. */
  reshape(x: number, output: Output): number {
    const dims = [-1, ...output.shape];
    return this.operator('RESHAPE', [x, this.integers(dims)], output, [{ int32s: dims }]);
  }

  /** A kernel. As halves, it is followed by an operator that makes float32 of them. */
  kernel(name: string, dims: readonly number[], data: Float32Array): number {
    if (this.#dtype === 'F32') return this.floats(name, dims, data);
    checkHalves(new Map([[name, { shape: dims, data }]]));
    const stored = this.#tensor(name, dims, TENSOR_TYPES.float16, this.#buffer(toWeightBytes(data, 'F16')));
    const output = this.#tensor(`${name}_dequantize`, dims, TENSOR_TYPES.float32);
    this.#operator('DEQUANTIZE', [stored], output, [], DEQUANTIZE_HALVES);
    return output;
  }

  floats(name: string, dims: readonly number[], data: Float32Array): number {
    return this.#tensor(name, dims, TENSOR_TYPES.float32, this.#buffer(toWeightBytes(data, 'F32')));
  }

  /** One float32 of no dims, once for all that ask for the same. */
  scalar(value: number): number {
    const name = `scalar_${value}`;
    return this.#once(name, () => this.floats(name, [], Float32Array.of(value)));
  }

  /** An int32 tensor, once for all that ask for the same. */
  integers(values: readonly number[], dims: readonly number[] = [values.length]): number {
    const name = `integers_${dims.join('x')}_${values.join('_')}`;
    return this.#once(name, () => {
      const raw = new DataView(new ArrayBuffer(values.length * 4));
      values.forEach((value, index) => {
        raw.setInt32(index * 4, value, true);
      });
      return this.#tensor(name, dims, TENSOR_TYPES.int32, this.#buffer(new Uint8Array(raw.buffer)));
    });
  }

  nameOf(tensor: number): string {
    return this.#names[tensor] ?? '';
  }

  /** @param metadata texts by key, which stand where only we look for them */
  finish(
    name: string,
    { input, outputs }: { readonly input: number; readonly outputs: readonly number[] },
    { description = 'mien', ...metadata }: Readonly<Record<string, string>>,
  ): Uint8Array {
    const entries = Object.entries(metadata).map(([key, text]): Fields => {
      const buffer = this.#buffers.push([{ bytes: new TextEncoder().encode(text) }]) - 1;
      return [{ text: METADATA_PREFIX + key }, { int32: buffer }];
    });
    const graph: Fields = [
      { tables: this.#tensors },
      { int32s: [input] },
      { int32s: outputs },
      { tables: this.#operators },
      { text: name },
    ];
    const mapped = (tensors: readonly number[]) => ({
      tables: tensors.map((tensor): Fields => [{ text: this.nameOf(tensor) }, { int32: tensor }]),
    });
    const model: Fields = [
      { int32: SCHEMA_VERSION },
      { tables: this.#codes },
      { tables: [graph] },
      { text: description },
      { tables: this.#buffers },
      undefined,
      { tables: entries },
      { tables: [[mapped([input]), mapped(outputs), { text: SIGNATURE }, undefined, { int32: 0 }]] },
    ];
    return toFlatbuffer(model, 'TFL3');
  }

  #operator(
    kind: OperatorName,
    inputs: readonly number[],
    output: number,
    options: Fields,
    version: number,
  ): void {
    const number = OPERATOR_NUMBERS.get(kind) ?? 0;
    const code = this.#once(
      `${kind}/${version}`,
      () =>
        this.#codes.push([
          { int8: Math.min(number, MAX_OLD_NUMBER) },
          undefined,
          { int32: version },
          { int32: number },
        ]) - 1,
    );
    const table = OPTIONS[kind];
    this.#operators.push([
      { int32: code },
      { int32s: inputs },
      { int32s: [output] },
      ...(table === 0 ? [] : [{ int8: table }, { table: options }]),
    ]);
  }

  #tensor(name: string, dims: readonly number[], type: number, buffer = 0): number {
    this.#names.push(name);
    const isOfKnownRank = { int8: 1 };
    return (
      this.#tensors.push([
        { int32s: dims },
        { int8: type },
        { int32: buffer },
        { text: name },
        undefined,
        undefined,
        undefined,
        undefined,
        isOfKnownRank,
      ]) - 1
    );
  }

  #buffer(bytes: Uint8Array): number {
    this.#weightBytes += bytes.length;
    if (this.#weightBytes > MAX_WEIGHT_BYTES) {
      throw new MienError(
        'UNSUPPORTED',
        'weights: they are more than the 1000 MiB that are written as TFLite',
      );
    }
    return this.#buffers.push([{ bytes }]) - 1;
  }

  #once(key: string, make: () => number): number {
    const known = this.#known.get(key) ?? make();
    this.#known.set(key, known);
    return known;
  }
}
