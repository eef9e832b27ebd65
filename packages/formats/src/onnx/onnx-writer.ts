import { toWeightBytes, type WeightType } from '../float16.js';
import { ProtobufWriter } from './protobuf.js';
import { DATA_TYPES } from './onnx-model.js';

/** The operator set: the oldest in which every operator that we write has its current meaning. */
const DEFAULT_OPSET = 13;
const IR_VERSION = 8;

const ATTRIBUTE_TYPES = { float: 1, integer: 2, text: 3, floats: 6, integers: 7 } as const;

/** A number is an integer unless it is marked, since ONNX tells them apart. */
export type AttributeValue =
  number | string | readonly number[] | { readonly float: number } | { readonly floats: readonly number[] };

export interface NodeOptions {
  /** Default: that of the first output. */
  readonly name?: string;
  /** Outputs after the first. */
  readonly further?: readonly string[];
  /** Default: the standard operators. */
  readonly domain?: string;
}

/** A named dimension may be any size. */
export type Dims = readonly (number | string)[];

/** Puts an ONNX file together, operator by operator. */
export class OnnxWriter {
  readonly #graph = new ProtobufWriter();
  readonly #constants = new Map<string, string>();

  readonly #opset: number;
  readonly #dtype: WeightType;

  constructor(
    name: string,
    {
      opset = DEFAULT_OPSET,
      dtype = 'F32',
    }: { readonly opset?: number | undefined; readonly dtype?: WeightType | undefined } = {},
  ) {
    this.#opset = opset;
    this.#dtype = dtype;
    this.#graph.text(2, name);
  }

  /** @returns `output`, the name of what it puts out; the operator has the same unless `name` says otherwise */
  node(
    op: string,
    output: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    { name = output, further = [], domain }: NodeOptions = {},
  ): string {
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(1, input);
    for (const one of [output, ...further]) node.text(2, one);
    node.text(3, name).text(4, op);
    if (domain !== undefined) node.text(7, domain);
    for (const [key, value] of Object.entries(attributes)) node.message(5, attributeOf(key, value));
    this.#graph.message(1, node);
    return output;
  }

  /** A float32 weight. As halves, kernels are stored so and turned into float32 by an operator of their own. */
  weight(name: string, dims: readonly number[], data: Float32Array): string {
    if (this.#dtype === 'F16' && dims.length > 1) {
      const stored = this.tensor(`${name}_float16`, dims, DATA_TYPES.float16, toWeightBytes(data, 'F16'));
      return this.node('Cast', name, [stored], { to: DATA_TYPES.float32 });
    }
    return this.tensor(name, dims, DATA_TYPES.float32, toWeightBytes(data, 'F32'));
  }

  /** An int64 vector, once for all that ask for the same. */
  integers(values: readonly number[]): string {
    const name = `integers_${values.join('_')}`;
    const raw = new DataView(new ArrayBuffer(values.length * 8));
    values.forEach((value, index) => raw.setBigInt64(index * 8, BigInt(value), true));
    const bytes = new Uint8Array(raw.buffer);
    return this.#once(name, () => this.tensor(name, [values.length], DATA_TYPES.int64, bytes));
  }

  /** A float32 vector, or a scalar, once for all that ask for the same. */
  floats(values: readonly number[], isScalar = false): string {
    const name = `${isScalar ? 'scalar' : 'floats'}_${values.join('_')}`;
    return this.#once(name, () =>
      this.weight(name, isScalar ? [] : [values.length], Float32Array.from(values)),
    );
  }

  input(name: string, dims: Dims): void {
    this.#graph.message(11, valueInfo(name, dims));
  }

  output(name: string, dims: Dims): void {
    this.#graph.message(12, valueInfo(name, dims));
  }

  finish(metadata: Readonly<Record<string, string>>): Uint8Array {
    const model = new ProtobufWriter()
      .integer(1, IR_VERSION)
      .text(2, 'mien')
      .message(7, this.#graph)
      .message(8, new ProtobufWriter().text(1, '').integer(2, this.#opset));
    for (const [key, value] of Object.entries(metadata)) {
      model.message(14, new ProtobufWriter().text(1, key).text(2, value));
    }
    return model.finish();
  }

  /** A tensor whose values lie in another file. */
  externalTensor(
    name: string,
    dims: readonly number[],
    dataType: number,
    place: Readonly<Record<'location' | 'offset' | 'length', string | number>>,
  ): string {
    const tensor = new ProtobufWriter();
    for (const side of dims) tensor.integer(1, side);
    tensor.integer(2, dataType).text(8, name).integer(14, 1);
    for (const [key, value] of Object.entries(place)) {
      tensor.message(13, new ProtobufWriter().text(1, key).text(2, String(value)));
    }
    this.#graph.message(5, tensor);
    return name;
  }

  #once(name: string, make: () => string): string {
    const known = this.#constants.get(name) ?? make();
    this.#constants.set(name, known);
    return known;
  }

  /** @param raw little-endian values of one of {@link DATA_TYPES} */
  tensor(name: string, dims: readonly number[], dataType: number, raw: Uint8Array): string {
    const tensor = new ProtobufWriter();
    for (const side of dims) tensor.integer(1, side);
    tensor.integer(2, dataType).text(8, name).bytes(9, raw);
    this.#graph.message(5, tensor);
    return name;
  }
}

function attributeOf(name: string, value: AttributeValue): ProtobufWriter {
  const attribute = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') attribute.integer(3, value).integer(20, ATTRIBUTE_TYPES.integer);
  else if (typeof value === 'string') attribute.text(4, value).integer(20, ATTRIBUTE_TYPES.text);
  else if ('float' in value) attribute.float(2, value.float).integer(20, ATTRIBUTE_TYPES.float);
  else if ('floats' in value) {
    for (const item of value.floats) attribute.float(7, item);
    attribute.integer(20, ATTRIBUTE_TYPES.floats);
  } else {
    for (const item of value) attribute.integer(8, item);
    attribute.integer(20, ATTRIBUTE_TYPES.integers);
  }
  return attribute;
}

function valueInfo(name: string, dims: Dims): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const side of dims) {
    const dimension = new ProtobufWriter();
    shape.message(1, typeof side === 'number' ? dimension.integer(1, side) : dimension.text(2, side));
  }
  const tensorType = new ProtobufWriter().integer(1, DATA_TYPES.float32).message(2, shape);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}
