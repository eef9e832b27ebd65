/**
 * FlatBuffers, as much as reading TFLite needs: tables whose fields are found by number, vectors and texts.
 *
 * A table starts with the distance back to its vtable, which lists where each field lies, 0 for those left at
 * their defaults. Tables, vectors and texts inside are distances forward. Every access is held within the file; a
 * reader asks for what it knows, so there is no recursion to bound. What one file can ask for is bounded by
 * {@link MAX_ITEMS}: a vector's entries may all point to the same place.
 *
 * Written here, at 150 lines, since the usual library gives generated code for the whole schema and checks nothing.
 * Ref: https://flatbuffers.dev/internals/
 */
import { MienError } from '@mien/core';
import { printable } from '../import/printable.js';

const decoder = new TextDecoder();

const MAX_ITEMS = 500_000;
const MAX_TEXT_BYTES = 1 << 16;

/** Tables and list entries that have been asked for. */
interface Tally {
  items: number;
}

export class FlatTable {
  readonly #vtable: number;
  readonly #vtableSize: number;

  constructor(
    private readonly view: DataView,
    private readonly position: number,
    private readonly source: string,
    private readonly tally: Tally = { items: 0 },
  ) {
    this.#vtable = position - this.view.getInt32(this.#within(position, 4), true);
    this.#vtableSize = this.view.getUint16(this.#within(this.#vtable, 4), true);
    this.#within(this.#vtable, this.#vtableSize);
  }

  /** The table that the file starts with. */
  static root(bytes: Uint8Array, source: string): FlatTable {
    if (bytes.length < 8)
      throw new MienError('MODEL_INVALID', `${source}: not a TFLite file: ${bytes.length} bytes`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true), source);
  }

  has(field: number): boolean {
    return this.#at(field) !== undefined;
  }

  uint8(field: number, otherwise = 0): number {
    const at = this.#at(field);
    return at === undefined ? otherwise : this.view.getUint8(this.#within(at, 1));
  }

  int8(field: number, otherwise = 0): number {
    const at = this.#at(field);
    return at === undefined ? otherwise : this.view.getInt8(this.#within(at, 1));
  }

  int32(field: number, otherwise = 0): number {
    const at = this.#at(field);
    return at === undefined ? otherwise : this.view.getInt32(this.#within(at, 4), true);
  }

  uint32(field: number, otherwise = 0): number {
    const at = this.#at(field);
    return at === undefined ? otherwise : this.view.getUint32(this.#within(at, 4), true);
  }

  float32(field: number, otherwise = 0): number {
    const at = this.#at(field);
    return at === undefined ? otherwise : this.view.getFloat32(this.#within(at, 4), true);
  }

  table(field: number): FlatTable | undefined {
    const at = this.#follow(field);
    return at === undefined ? undefined : this.#tableAt(at);
  }

  /** `undefined` where there is no such vector. */
  tables(field: number): FlatTable[] | undefined {
    const vector = this.#vector(field, 4);
    if (vector === undefined) return undefined;
    this.#count(vector.count);
    return Array.from({ length: vector.count }, (_, index) => {
      const at = vector.start + 4 * index;
      return this.#tableAt(at + this.view.getUint32(at, true));
    });
  }

  int32s(field: number): number[] | undefined {
    const vector = this.#vector(field, 4);
    if (vector === undefined) return undefined;
    this.#count(vector.count);
    return Array.from({ length: vector.count }, (_, index) =>
      this.view.getInt32(vector.start + 4 * index, true),
    );
  }

  float32s(field: number): number[] | undefined {
    const vector = this.#vector(field, 4);
    if (vector === undefined) return undefined;
    this.#count(vector.count);
    return Array.from({ length: vector.count }, (_, index) =>
      this.view.getFloat32(vector.start + 4 * index, true),
    );
  }

  /** Beyond 2⁵³ the nearest number that a double has. */
  int64s(field: number): number[] | undefined {
    const vector = this.#vector(field, 8);
    if (vector === undefined) return undefined;
    this.#count(vector.count);
    return Array.from({ length: vector.count }, (_, index) =>
      Number(this.view.getBigInt64(vector.start + 8 * index, true)),
    );
  }

  /** The bytes themselves, not a copy. */
  span(field: number): Uint8Array | undefined {
    const vector = this.#vector(field, 1);
    return vector && new Uint8Array(this.view.buffer, this.view.byteOffset + vector.start, vector.count);
  }

  text(field: number): string {
    const span = this.span(field) ?? new Uint8Array(0);
    if (span.length > MAX_TEXT_BYTES) throw this.#damaged(`a text has ${span.length} bytes`);
    return decoder.decode(span);
  }

  /** A text that names something, fit to be printed. */
  name(field: number): string {
    return printable(this.text(field));
  }

  #tableAt(position: number): FlatTable {
    this.#count(1);
    return new FlatTable(this.view, position, this.source, this.tally);
  }

  #vector(field: number, itemSize: number): { start: number; count: number } | undefined {
    const at = this.#follow(field);
    if (at === undefined) return undefined;
    const count = this.view.getUint32(this.#within(at, 4), true);
    return { start: this.#within(at + 4, count * itemSize), count };
  }

  #follow(field: number): number | undefined {
    const at = this.#at(field);
    return at === undefined ? undefined : at + this.view.getUint32(this.#within(at, 4), true);
  }

  /** Offset of a field; undefined if it has its default. */
  #at(field: number): number | undefined {
    const entry = 4 + 2 * field;
    if (entry + 2 > this.#vtableSize) return undefined;
    const offset = this.view.getUint16(this.#vtable + entry, true);
    return offset === 0 ? undefined : this.position + offset;
  }

  #count(items: number): void {
    this.tally.items += items;
    if (this.tally.items > MAX_ITEMS) throw this.#damaged(`more than ${MAX_ITEMS} parts`);
  }

  #within(position: number, size: number): number {
    if (position < 0 || position + size > this.view.byteLength) {
      throw this.#damaged(`bytes ${position} to ${position + size} lie outside its ${this.view.byteLength}`);
    }
    return position;
  }

  #damaged(problem: string): MienError {
    return new MienError('MODEL_INVALID', `${this.source}: not a whole TFLite file: ${problem}`);
  }
}
