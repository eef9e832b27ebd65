/**
 * Encodes and parses the records of TensorBoard event files.
 *
 *   record    length uint64 | masked CRC-32C of it | event | masked CRC-32C of it      (TFRecord, little-endian)
 *   event     1 wall time, double seconds | 2 step | 3 file version | 5 summary        (protocol buffers)
 *   summary   1 value, repeated: 1 tag | 2 float
 *
 * No maintained npm library writes these files without TensorFlow's native library.
 * Ref: tensorboard/compat/proto/event.proto and summary.proto; tensorflow/core/lib/io/record_writer.h
 */
import { ProtobufReader, ProtobufWriter } from '@mien/formats';
import { maskedCrc32c } from './crc32c.js';

export interface Scalar {
  readonly tag: string;
  readonly step: number;
  /** Kept as a float32. */
  readonly value: number;
}

const WALL_TIME = 1;
const STEP = 2;
const FILE_VERSION = 3;
const SUMMARY = 5;
const SUMMARY_VALUE = 1;
const VALUE_TAG = 1;
const VALUE_FLOAT = 2;

/** Content of the first record; readers reject files without it. */
const VERSION = 'brain.Event:2';
const LENGTH_BYTES = 8;
const CRC_BYTES = 4;

/** The first record of a file. */
export function toVersionRecord(wallTimeS: number): Uint8Array {
  return toRecord(new ProtobufWriter().double(WALL_TIME, wallTimeS).text(FILE_VERSION, VERSION).finish());
}

export function toScalarRecord({ tag, step, value }: Scalar, wallTimeS: number): Uint8Array {
  const summary = new ProtobufWriter().message(
    SUMMARY_VALUE,
    new ProtobufWriter().text(VALUE_TAG, tag).float(VALUE_FLOAT, value),
  );
  const event = new ProtobufWriter().double(WALL_TIME, wallTimeS);
  if (step !== 0) event.integer(STEP, step); // a missing field means 0
  return toRecord(event.message(SUMMARY, summary).finish());
}

/**
 * The scalars of a file up to the first damaged record: a killed process leaves half a record at the end.
 */
export function parseScalars(bytes: Uint8Array): Scalar[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scalars: Scalar[] = [];
  let at = 0;
  while (at + LENGTH_BYTES + 2 * CRC_BYTES <= bytes.length) {
    const length = Number(view.getBigUint64(at, true));
    const start = at + LENGTH_BYTES + CRC_BYTES;
    const end = start + length;
    if (end + CRC_BYTES > bytes.length) break;
    const event = bytes.subarray(start, end);
    if (
      view.getUint32(at + LENGTH_BYTES, true) !== maskedCrc32c(bytes.subarray(at, at + LENGTH_BYTES)) ||
      view.getUint32(end, true) !== maskedCrc32c(event)
    ) {
      break;
    }
    scalars.push(...parseEvent(new ProtobufReader(event, 'TensorBoard event')));
    at = end + CRC_BYTES;
  }
  return scalars;
}

function toRecord(event: Uint8Array): Uint8Array {
  const record = new Uint8Array(LENGTH_BYTES + CRC_BYTES + event.length + CRC_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(event.length), true);
  view.setUint32(LENGTH_BYTES, maskedCrc32c(record.subarray(0, LENGTH_BYTES)), true);
  record.set(event, LENGTH_BYTES + CRC_BYTES);
  view.setUint32(record.length - CRC_BYTES, maskedCrc32c(event), true);
  return record;
}

function parseEvent(event: ProtobufReader): Scalar[] {
  const values: { tag: string; value: number }[] = [];
  let step = 0; // default of a missing field
  while (event.next()) {
    if (event.field === STEP) step = event.integer();
    else if (event.field === SUMMARY) {
      const summary = event.message();
      while (summary.next()) {
        if (summary.field === SUMMARY_VALUE) values.push(parseValue(summary.message()));
        else summary.skip();
      }
    } else event.skip();
  }
  return values.map((value) => ({ ...value, step }));
}

function parseValue(message: ProtobufReader): { tag: string; value: number } {
  let [tag, value] = ['', NaN];
  while (message.next()) {
    if (message.field === VALUE_TAG) tag = message.text();
    else if (message.field === VALUE_FLOAT) value = message.float();
    else message.skip();
  }
  return { tag, value };
}
