/**
 * The protocol-buffer wire format, as much of it as ONNX and TensorBoard's event files need.
 *
 * A message is a run of fields, each a key (number and wire type) and a value: a varint, 4 or 8 bytes, or a
 * length and that many bytes, which may be a message again. Nothing is allocated for a length that the bytes do
 * not hold, and a message is read only where its owner asks for it, so there is no recursion to bound.
 *
 * Written here, in some 200 lines, because the usual library weighs more than the rest of this package and would build
 * all objects of a hostile file before we could count them.
 * Ref: https://protobuf.dev/programming-guides/encoding/
 */
import { MienError } from '@mien/core';
import { printable } from '../import/printable.js';

const decoder = new TextDecoder();

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A sound file has a few parts per operator and per tensor; a byte each is what an attack has. */
const MAX_MESSAGES = 500_000;
const MAX_TEXT_BYTES = 1 << 20;

/** Counts the messages of one file. */
interface Tally {
  messages: number;
}

/**
 * Reads one message, field by field.
 *
 * @example
 * while (reader.next()) {
 *   if (reader.field === 1) name = reader.text();
 *   else reader.skip();
 * }
 */
export class ProtobufReader {
  /** Number of the field that `next` has come to. */
  field = 0;
  #wire = 0;
  #position: number;
  readonly #view: DataView;

  /** @param source what error messages name, such as the file */
  constructor(
    readonly bytes: Uint8Array,
    readonly source: string,
    start = 0,
    readonly end = bytes.length,
    private readonly tally: Tally = { messages: 0 },
  ) {
    this.#position = start;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#position >= this.end) return false;
    const key = this.#varint();
    this.field = Math.floor(key / 8);
    this.#wire = key % 8;
    if (key < 8 || this.field >= 2 ** 29) throw this.#damaged('a field has no number');
    return true;
  }

  /** An int32 or int64; beyond 2⁵³ the nearest number that a double has. */
  integer(): number {
    this.#expect(VARINT);
    return this.#varint();
  }

  float(): number {
    this.#expect(FIXED32);
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** The bytes themselves, not a copy. */
  span(): Uint8Array {
    this.#expect(BYTES);
    const length = this.#length();
    const start = this.#take(length);
    return this.bytes.subarray(start, start + length);
  }

  text(): string {
    const span = this.span();
    if (span.length > MAX_TEXT_BYTES) throw this.#damaged(`a text has ${span.length} bytes`);
    return decoder.decode(span);
  }

  /** A text that names something, fit to be printed. */
  name(): string {
    return printable(this.text());
  }

  message(): ProtobufReader {
    this.#expect(BYTES);
    if (++this.tally.messages > MAX_MESSAGES) throw this.#damaged(`more than ${MAX_MESSAGES} parts`);
    const length = this.#length();
    const start = this.#take(length);
    return new ProtobufReader(this.bytes, this.source, start, start + length, this.tally);
  }

  /** Appends a repeated integer, packed or one by one. */
  integersInto(list: number[]): void {
    if (this.#wire === VARINT) {
      list.push(this.#varint());
      return;
    }
    const packed = this.#packed();
    while (packed.#position < packed.end) list.push(packed.#varint());
  }

  /** Appends a repeated float, packed or one by one. */
  floatsInto(list: number[]): void {
    if (this.#wire === FIXED32) {
      list.push(this.float());
      return;
    }
    const packed = this.#packed();
    while (packed.#position < packed.end) list.push(this.#view.getFloat32(packed.#take(4), true));
  }

  /** Appends a repeated double, packed or one by one. */
  doublesInto(list: number[]): void {
    if (this.#wire === FIXED64) {
      list.push(this.#view.getFloat64(this.#take(8), true));
      return;
    }
    const packed = this.#packed();
    while (packed.#position < packed.end) list.push(this.#view.getFloat64(packed.#take(8), true));
  }

  skip(): void {
    switch (this.#wire) {
      case VARINT:
        this.#varint();
        return;
      case FIXED64:
        this.#take(8);
        return;
      case FIXED32:
        this.#take(4);
        return;
      case BYTES:
        this.#take(this.#length());
        return;
      default:
        throw this.#damaged(`wire type ${this.#wire}`);
    }
  }

  #packed(): ProtobufReader {
    this.#expect(BYTES);
    const length = this.#length();
    const start = this.#take(length);
    return new ProtobufReader(this.bytes, this.source, start, start + length, this.tally);
  }

  #expect(wire: number): void {
    if (this.#wire !== wire) {
      throw this.#damaged(`field ${this.field} has wire type ${this.#wire}, expected ${wire}`);
    }
  }

  #length(): number {
    const length = this.#varint();
    if (length < 0) throw this.#damaged('a length is negative');
    return length;
  }

  /** Steps over `length` bytes and returns where they start. */
  #take(length: number): number {
    const start = this.#position;
    if (length > this.end - start) {
      throw this.#damaged(`${length} bytes were announced and ${this.end - start} are left`);
    }
    this.#position = start + length;
    return start;
  }

  /** Seven bits a byte, lowest first, at most ten bytes for 64 bits of two's complement. */
  #varint(): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.bytes[this.#take(1)] ?? 0;
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 0x80) return high * 2 ** 32 + (low >>> 0);
    }
    throw this.#damaged('a number has more than ten bytes');
  }

  #damaged(problem: string): MienError {
    return new MienError(
      'MODEL_INVALID',
      `${this.source}: not a whole ONNX file: ${problem}, at byte ${this.#position}`,
    );
  }
}

/** Writes one message; `finish` gives its bytes. */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];

  integer(field: number, value: number): this {
    this.#key(field, VARINT);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#key(field, FIXED32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#parts.push(bytes);
    return this;
  }

  double(field: number, value: number): this {
    this.#key(field, FIXED64);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.#parts.push(bytes);
    return this;
  }

  bytes(field: number, bytes: Uint8Array): this {
    this.#key(field, BYTES);
    this.#varint(bytes.length);
    this.#parts.push(bytes);
    return this;
  }

  text(field: number, text: string): this {
    return this.bytes(field, new TextEncoder().encode(text));
  }

  message(field: number, message: ProtobufWriter): this {
    return this.bytes(field, message.finish());
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #key(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: number): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.#parts.push(Uint8Array.from(bytes));
  }
}
