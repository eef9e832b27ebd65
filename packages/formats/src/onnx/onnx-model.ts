/**
 * An ONNX file as plain data: the parts of ModelProto that a network's function depends on.
 *
 * Nothing is interpreted here. Tensors keep the file's bytes and become numbers in `decode-tensor.ts`, when an
 * operator asks for them.
 * Ref: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { MienError } from '@mien/core';
import { ProtobufReader } from './protobuf.js';

export interface OnnxModel {
  readonly producer: string;
  /** Version of the standard operators. */
  readonly opset: number;
  readonly graph: OnnxGraph;
  readonly metadata: Record<string, string>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

export interface OnnxNode {
  readonly op: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  readonly name: string;
  /** Empty names stand for optional inputs that are left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** One of the fields is set, as the operator demands. */
export interface OnnxAttribute {
  float?: number;
  integer?: number;
  text?: string;
  tensor?: OnnxTensor;
  readonly floats: number[];
  readonly integers: number[];
}

export interface OnnxTensor {
  name: string;
  readonly dims: number[];
  /** A number of {@link DATA_TYPES}. */
  dataType: number;
  /** Little-endian; used instead of the lists. */
  raw: Uint8Array | undefined;
  /** float_data, or double_data. */
  readonly floats: number[];
  /** int32_data (also holds the narrower types and the bits of float16), int64_data or uint64_data. */
  readonly integers: number[];
  /** Where the values lie in another file, if they do. */
  external: ExternalPlace | undefined;
}

/** A part of a file beside the model's. */
export interface ExternalPlace {
  /** The file's name, as the model gives it. */
  readonly location: string;
  readonly offset: number;
  /** `undefined` for all that follows the offset. */
  readonly length: number | undefined;
}

export interface OnnxValueInfo {
  readonly name: string;
  /** Absent where the file does not say; a dimension is a name where it may vary. */
  readonly dims: readonly (number | string)[] | undefined;
}

/** TensorProto.DataType, as far as there are numbers behind it. */
export const DATA_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

const MAX_NODES = 20_000;

/**
 * Reads the structure of an ONNX file.
 *
 * @param source what error messages name
 * @throws MienError `MODEL_INVALID` when the bytes are no whole ModelProto
 */
export function parseOnnxModel(bytes: Uint8Array, source: string): OnnxModel {
  const reader = new ProtobufReader(bytes, source);
  let producer = '';
  let opset: number | undefined;
  let graph: OnnxGraph | undefined;
  const metadata: [string, string][] = [];
  while (reader.next()) {
    if (reader.field === 2) producer = reader.name();
    else if (reader.field === 7) graph = parseGraph(reader.message());
    else if (reader.field === 8) opset = parseOpset(reader.message()) ?? opset;
    else if (reader.field === 14) metadata.push(parseEntry(reader.message()));
    else reader.skip();
  }
  if (graph === undefined)
    throw new MienError('MODEL_INVALID', `${source}: not an ONNX file: it holds no graph`);
  if (opset === undefined) {
    throw new MienError('MODEL_INVALID', `${source}: does not say which operator set it uses (opset_import)`);
  }
  return { producer, opset, graph, metadata: Object.fromEntries(metadata) };
}

/** Version of the standard operators, if this entry is about them. */
function parseOpset(reader: ProtobufReader): number | undefined {
  let domain = '';
  let version = 1;
  while (reader.next()) {
    if (reader.field === 1) domain = reader.name();
    else if (reader.field === 2) version = reader.integer();
    else reader.skip();
  }
  return isStandardDomain(domain) ? version : undefined;
}

export function isStandardDomain(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

function parseEntry(reader: ProtobufReader): [key: string, value: string] {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
    else reader.skip();
  }
  return [key, value];
}

function parseGraph(reader: ProtobufReader): OnnxGraph {
  const { source } = reader;
  let name = '';
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  while (reader.next()) {
    if (reader.field === 1) {
      if (nodes.length === MAX_NODES) {
        throw new MienError('MODEL_INVALID', `${source}: more than ${MAX_NODES} operators`);
      }
      nodes.push(parseNode(reader.message()));
    } else if (reader.field === 2) name = reader.name();
    else if (reader.field === 5) {
      const tensor = parseTensor(reader.message());
      initializers.set(tensor.name, tensor);
    } else if (reader.field === 11) inputs.push(parseValueInfo(reader.message()));
    else if (reader.field === 12) outputs.push(parseValueInfo(reader.message()));
    else if (reader.field === 15) {
      throw new MienError(
        'UNSUPPORTED',
        `${source}: sparse tensors cannot be read; convert them to dense ones`,
      );
    } else reader.skip();
  }
  return { name, nodes, initializers, inputs, outputs };
}

function parseNode(reader: ProtobufReader): OnnxNode {
  let op = '';
  let domain = '';
  let name = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  while (reader.next()) {
    if (reader.field === 1) inputs.push(reader.name());
    else if (reader.field === 2) outputs.push(reader.name());
    else if (reader.field === 3) name = reader.name();
    else if (reader.field === 4) op = reader.name();
    else if (reader.field === 5) attributes.set(...parseAttribute(reader.message()));
    else if (reader.field === 7) domain = reader.name();
    else reader.skip();
  }
  return { op, domain, name, inputs, outputs, attributes };
}

function parseAttribute(reader: ProtobufReader): [name: string, attribute: OnnxAttribute] {
  let name = '';
  const attribute: OnnxAttribute = { floats: [], integers: [] };
  while (reader.next()) {
    if (reader.field === 1) name = reader.name();
    else if (reader.field === 2) attribute.float = reader.float();
    else if (reader.field === 3) attribute.integer = reader.integer();
    else if (reader.field === 4) attribute.text = reader.name();
    else if (reader.field === 5) attribute.tensor = parseTensor(reader.message());
    else if (reader.field === 7) reader.floatsInto(attribute.floats);
    else if (reader.field === 8) reader.integersInto(attribute.integers);
    // Subgraphs among others: the operators that have them are refused by name.
    else reader.skip();
  }
  return [name, attribute];
}

function parseTensor(reader: ProtobufReader): OnnxTensor {
  const tensor: OnnxTensor = {
    name: '',
    dims: [],
    dataType: 0,
    raw: undefined,
    floats: [],
    integers: [],
    external: undefined,
  };
  const place: Record<string, string> = {};
  let isExternal = false;
  while (reader.next()) {
    if (reader.field === 1) reader.integersInto(tensor.dims);
    else if (reader.field === 2) tensor.dataType = reader.integer();
    else if (reader.field === 4) reader.floatsInto(tensor.floats);
    else if (reader.field === 5 || reader.field === 7 || reader.field === 11) {
      reader.integersInto(tensor.integers);
    } else if (reader.field === 8) tensor.name = reader.name();
    else if (reader.field === 9) tensor.raw = reader.span();
    else if (reader.field === 10) reader.doublesInto(tensor.floats);
    else if (reader.field === 13) {
      const [key, value] = parseEntry(reader.message());
      place[key] = value;
    } else if (reader.field === 14) isExternal = reader.integer() === 1;
    else reader.skip();
  }
  if (isExternal) tensor.external = toPlace(place);
  return tensor;
}

/** Ref: https://onnx.ai/onnx/repo-docs/ExternalData.html */
function toPlace({ location = '', offset = '0', length }: Record<string, string>): ExternalPlace {
  // Exporters write `./model.onnx.data` as well as the bare name.
  return {
    location: location.replace(/^\.\//, ''),
    offset: Number(offset),
    length: length === undefined ? undefined : Number(length),
  };
}

function parseValueInfo(reader: ProtobufReader): OnnxValueInfo {
  let name = '';
  let dims: (number | string)[] | undefined;
  while (reader.next()) {
    if (reader.field === 1) name = reader.name();
    else if (reader.field === 2) {
      forEachMessage(reader.message(), 1, (tensorType) => {
        forEachMessage(tensorType, 2, (shape) => {
          dims = [];
          forEachMessage(shape, 1, (dimension) => dims?.push(parseDimension(dimension)));
        });
      });
    } else reader.skip();
  }
  return { name, dims };
}

function parseDimension(reader: ProtobufReader): number | string {
  let dimension: number | string = '?';
  while (reader.next()) {
    if (reader.field === 1) dimension = reader.integer();
    else if (reader.field === 2) dimension = reader.name();
    else reader.skip();
  }
  return dimension;
}

/** Hands every message in one field to `visit` and skips the rest. */
function forEachMessage(
  reader: ProtobufReader,
  field: number,
  visit: (message: ProtobufReader) => void,
): void {
  while (reader.next()) {
    if (reader.field === field) visit(reader.message());
    else reader.skip();
  }
}
