/**
 * Safetensors: named tensors in one file, as bytes in and bytes out.
 *
 * A file is an 8-byte little-endian header length, a JSON header, and the tensors' bytes end to end:
 *
 *   { "__metadata__": {"graph": "…"}, "conv2d_1/kernel": {"dtype": "F32", "shape": [3,3,1,8], "data_offsets": [0, 288]} }
 *
 * Files are not trusted: every length is checked against the file's size before anything is allocated, and the tensors
 * have to fill the data section without gaps or overlaps, as the format requires. int8 has scales beside it (int8.ts).
 *
 * Ref: https://github.com/huggingface/safetensors (format description). All tensors are converted to float32 here.
 */
import { MienError } from '../errors.js';
import { isRecord } from '../is-record.js';
import type { Tensor, Weights } from '../nn/tensor.js';
import { halvesToFloat32, toHalfBits } from './half-float.js';
import { dequantize, quantize } from './int8.js';

export interface Safetensors {
  /** `__metadata__` of the header; empty if there is none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes in the file. */
  readonly tensors: Map<string, Tensor>;
}

/**
 * Number types that can be written. F16 halves the size; values are rounded to nearest, ties to even. I8 stores kernels
 * as int8 with a scale a channel, and everything else as F16.
 */
export type SafetensorsDtype = 'F32' | 'F16' | 'I8';

/** The key of the header that is not a tensor. */
const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
/** The format's limit for the header. */
const MAX_HEADER_BYTES = 100_000_000;
/** More than any network needs; limits the work for a malicious shape. */
const MAX_RANK = 8;
/** The data section starts at a multiple of this, so that a reader can map tensors without a copy. */
const ALIGN_BYTES = 8;

const DTYPES = {
  F32: { sizeBytes: 4, toFloat32: fromF32 },
  F16: { sizeBytes: 2, toFloat32: fromF16 },
  BF16: { sizeBytes: 2, toFloat32: fromBF16 },
  I8: { sizeBytes: 1, toFloat32: fromI8 },
} as const satisfies Record<string, { sizeBytes: number; toFloat32: (bytes: DataView) => Float32Array }>;

/**
 * Reads a safetensors file; F16 and BF16 are converted to float32, and so is int8 that has its scales beside it.
 *
 * @param source name for error messages, such as a path
 * @throws MienError `MODEL_INVALID` if the file is malformed, `UNSUPPORTED` for another number type
 */
export function parseSafetensors(bytes: Uint8Array, source: string): Safetensors {
  const invalid = (what: string, cause?: unknown): MienError =>
    new MienError(
      'MODEL_INVALID',
      `${source}: not a readable safetensors file, ${what}; fetch or export it again`,
      {
        cause,
      },
    );

  if (bytes.length < LENGTH_BYTES)
    throw invalid(`it has ${bytes.length} bytes and needs at least ${LENGTH_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(bytes.length - LENGTH_BYTES, MAX_HEADER_BYTES))) {
    throw invalid(`its header claims ${headerBytes} bytes of a file of ${bytes.length}`);
  }
  const dataStart = LENGTH_BYTES + Number(headerBytes);
  const data = bytes.subarray(dataStart);

  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), invalid);
  const metadata = parseMetadata(header[METADATA], invalid);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => parseEntry(name, value, source, invalid))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);

  // The sorted ranges have to be contiguous: then none overlaps and none exceeds the file.
  let next = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== next)
      throw invalid(`tensor "${name}" starts at byte ${begin} of the data instead of ${next}`);
    if (end > data.length)
      throw invalid(`tensor "${name}" ends at byte ${end} of ${data.length} (truncated?)`);
    next = end;
  }
  if (next !== data.length) throw invalid(`${data.length - next} bytes follow the last tensor`);

  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const content = new DataView(data.buffer, data.byteOffset + begin, end - begin);
    tensors.set(name, { shape, data: DTYPES[dtype].toFloat32(content) });
  }
  const int8 = entries.filter(({ dtype }) => dtype === 'I8').map(({ name }) => name);
  dequantize(tensors, int8, invalid);
  return { metadata, tensors };
}

/**
 * Writes tensors as a safetensors file, sorted by name. The same input always gives the same bytes.
 *
 * @param dtype of all tensors, or of the tensor of a name
 * @throws MienError `USAGE` if a tensor's data does not match its shape
 */
export function toSafetensors(
  tensors: Weights,
  metadata: Readonly<Record<string, string>> = {},
  dtype: SafetensorsDtype | ((name: string) => SafetensorsDtype) = 'F32',
): Uint8Array {
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push([METADATA, sortKeys(metadata)]);
  const sorted = toStored(tensors, dtype);
  let dataBytes = 0;
  for (const [name, { shape, data }, type] of sorted) {
    if (name === METADATA)
      throw new MienError('USAGE', `safetensors: ${METADATA} is not a name for a tensor`);
    const count = shape.reduce((product, side) => product * side, 1);
    if (count !== data.length) {
      throw new MienError('USAGE', `safetensors: tensor "${name}" of shape [${shape.join(', ')}] needs ${count} values, got ${data.length}`); // prettier-ignore
    }
    const end = dataBytes + count * DTYPES[type].sizeBytes;
    header.push([name, { dtype: type, shape, data_offsets: [dataBytes, end] }]);
    dataBytes = end;
  }

  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / ALIGN_BYTES) * ALIGN_BYTES;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + dataBytes);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  // The format pads a header with spaces, which JSON ignores.
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  file.set(json, LENGTH_BYTES);

  let offset = LENGTH_BYTES + headerBytes;
  for (const [, { data }, type] of sorted) {
    for (const value of data) {
      if (type === 'F32') view.setFloat32(offset, value, true);
      else if (type === 'F16') view.setUint16(offset, toHalfBits(value), true);
      else view.setInt8(offset, value);
      offset += DTYPES[type].sizeBytes;
    }
  }
  return file;
}

/** What is stored, with its type, by name; bytes come last, where they cannot move others off their alignment. */
function toStored(
  tensors: Weights,
  dtype: SafetensorsDtype | ((name: string) => SafetensorsDtype),
): [string, Tensor, SafetensorsDtype][] {
  const wide: [string, Tensor, SafetensorsDtype][] = [];
  const narrow = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const type = typeof dtype === 'string' ? dtype : dtype(name);
    if (type === 'I8') narrow.set(name, tensor);
    else wide.push([name, tensor, type]);
  }
  const { int8, others } = quantize(narrow);
  const byName = ([a]: [string, ...unknown[]], [b]: [string, ...unknown[]]) => (a < b ? -1 : 1);
  return [
    ...[...wide, ...[...others].map(([name, tensor]) => [name, tensor, 'F16'] as (typeof wide)[0])].sort(
      byName,
    ),
    ...[...int8].map(([name, tensor]) => [name, tensor, 'I8'] as (typeof wide)[0]).sort(byName),
  ];
}

type Invalid = (what: string, cause?: unknown) => MienError;

interface Entry {
  readonly name: string;
  readonly dtype: keyof typeof DTYPES;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function parseHeader(bytes: Uint8Array, invalid: Invalid): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('its header is not JSON', cause);
  }
  if (!isRecord(header)) throw invalid('its header is not a JSON object');
  return header;
}

function parseMetadata(value: unknown, invalid: Invalid): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw invalid('its __metadata__ is not an object');
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string') throw invalid(`its metadata "${key}" is not text`);
      return [key, text];
    }),
  );
}

function parseEntry(name: string, value: unknown, source: string, invalid: Invalid): Entry {
  if (!isRecord(value)) throw invalid(`tensor "${name}" is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw invalid(`tensor "${name}" names no dtype`);
  if (!isSupported(dtype)) {
    throw new MienError(
      'UNSUPPORTED',
      `${source}: tensor "${name}" holds ${dtype}, readable are ${Object.keys(DTYPES).join(', ')}; convert it first`,
    );
  }
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isCount)) {
    throw invalid(`tensor "${name}" has no shape of at most ${MAX_RANK} whole numbers`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw invalid(`tensor "${name}" has no pair of data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const sizeBytes = shape.reduce((product, side) => product * side, DTYPES[dtype].sizeBytes);
  if (end - begin !== sizeBytes) {
    throw invalid(
      `tensor "${name}" of ${dtype} [${shape.join(', ')}] needs ${sizeBytes} bytes and has ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function isSupported(dtype: string): dtype is keyof typeof DTYPES {
  return Object.hasOwn(DTYPES, dtype);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function sortKeys(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fromF32(bytes: DataView): Float32Array {
  return new Float32Array(copyOf(bytes));
}

/** A bfloat16 is the upper 16 bits of a float32. */
function fromBF16(bytes: DataView): Float32Array {
  const halves = new Uint16Array(copyOf(bytes));
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = (halves[index] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

function fromI8(bytes: DataView): Float32Array {
  return Float32Array.from(new Int8Array(copyOf(bytes)));
}

function fromF16(bytes: DataView): Float32Array {
  return halvesToFloat32(new Uint16Array(copyOf(bytes)));
}

/** Files and all supported machines are little-endian. The copy also aligns the data. */
function copyOf(bytes: DataView): ArrayBuffer {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return copy.buffer;
}
