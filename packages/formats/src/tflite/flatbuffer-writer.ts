/**
 * FlatBuffers, as much as writing TFLite needs: tables as plain data, laid out by the format's own library.
 *
 * A table is the list of its fields in the schema's order; `undefined` leaves one at its default. So no code that a
 * schema compiler generates is needed, and what is written reads like the schema. The library lays a file out from its
 * end, children before those that refer to them, which is the order of the recursion here. Depth and size are those of
 * what we write, never of a file.
 *
 * Ref: https://flatbuffers.dev/internals/
 */
import { Builder } from 'flatbuffers';

export type Field =
  | undefined
  | { readonly int8: number }
  | { readonly int32: number }
  | { readonly float32: number }
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly int32s: readonly number[] }
  | { readonly float32s: readonly number[] }
  | { readonly int64s: readonly number[] }
  | { readonly table: Fields }
  | { readonly tables: readonly Fields[] };

/** By position, as the schema numbers them. */
export type Fields = readonly Field[];

/** Where vectors of bytes start: TFLite's buffers are mapped into memory and read as numbers. */
const BYTES_ALIGNMENT = 16;
/** An offset, like a number, takes four bytes. */
const WORD = 4;

/** @param mark the format's name, of four letters */
export function toFlatbuffer(root: Fields, mark: string): Uint8Array {
  const builder = new Builder(1024);
  builder.finish(writeTable(builder, root), mark);
  return builder.asUint8Array().slice();
}

function writeTable(builder: Builder, fields: Fields): number {
  const children = fields.map((field) => writeChild(builder, field));
  builder.startObject(fields.length);
  fields.forEach((field, index) => {
    if (field === undefined) return;
    // Without a default, what is stated is written.
    if ('int8' in field) builder.addFieldInt8(index, field.int8, null);
    else if ('int32' in field) builder.addFieldInt32(index, field.int32, null);
    else if ('float32' in field) builder.addFieldFloat32(index, field.float32, null);
    else builder.addFieldOffset(index, children[index] ?? 0, 0);
  });
  return builder.endObject();
}

/** @returns where it lies; `undefined` for what lies in the table itself */
function writeChild(builder: Builder, field: Field): number | undefined {
  if (field === undefined) return undefined;
  if ('text' in field) return builder.createString(field.text);
  if ('table' in field) return writeTable(builder, field.table);
  if ('bytes' in field) {
    builder.prep(BYTES_ALIGNMENT, field.bytes.length);
    return builder.createByteVector(field.bytes);
  }
  if ('int32s' in field) {
    builder.startVector(WORD, field.int32s.length, WORD);
    for (const value of [...field.int32s].reverse()) builder.addInt32(value);
    return builder.endVector();
  }
  if ('float32s' in field) {
    builder.startVector(WORD, field.float32s.length, WORD);
    for (const value of [...field.float32s].reverse()) builder.addFloat32(value);
    return builder.endVector();
  }
  if ('int64s' in field) {
    builder.startVector(2 * WORD, field.int64s.length, 2 * WORD);
    for (const value of [...field.int64s].reverse()) builder.addInt64(BigInt(value));
    return builder.endVector();
  }
  if ('tables' in field) {
    const tables = field.tables.map((table) => writeTable(builder, table));
    builder.startVector(WORD, tables.length, WORD);
    for (const table of tables.reverse()) builder.addOffset(table);
    return builder.endVector();
  }
  return undefined;
}
