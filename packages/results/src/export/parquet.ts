/**
 * Apache Parquet with the columns of CSV: text, double, int32 and boolean; what CSV leaves empty is null. Numbers are as the
 * library gave them, not rounded.
 *
 * Rows are gathered into groups of {@link GROUP_ROWS}, so memory stays bounded; the footer that names the groups comes last,
 * so a file that was not ended cannot be read.
 *
 * Ref: https://parquet.apache.org/docs/file-format/
 */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { toFaceColumns, toFaceRows, type Cell, type FaceColumn } from './face-columns.js';
import type { OutputFormatter } from './formatter.js';

const GROUP_ROWS = 20_000;
const NOTHING = new Uint8Array(0);

const TYPES: Readonly<Record<FaceColumn['type'], Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT32' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
};

export function createParquetFormatter(labels: readonly string[]): OutputFormatter {
  const columns = withOwnNames(toFaceColumns(labels));
  const writer = new ByteWriter();
  const file = new ParquetWriter({ writer, schema: toSchema(columns) });
  let rows: Cell[][] = [];

  /** What was written since the last time. */
  const take = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0; // Its offset goes on.
    return bytes;
  };
  const writeGroup = (): Uint8Array => {
    const columnData = columns.map(({ name }, index) => ({ name, data: rows.map((row) => row[index]) }));
    rows = [];
    void file.write({ columnData, rowGroupSize: GROUP_ROWS }); // Waits only for writers that flush.
    return take();
  };
  return {
    add(result) {
      rows.push(...toFaceRows(columns, result));
      return rows.length < GROUP_ROWS ? NOTHING : writeGroup();
    },
    end() {
      const last = rows.length === 0 ? NOTHING : writeGroup();
      void file.finish();
      const footer = take();
      const bytes = new Uint8Array(last.length + footer.length);
      bytes.set(last);
      bytes.set(footer, last.length);
      return bytes;
    },
  };
}

/** A column is found by its name: a label that is called as a column before it gets `_` at its end. */
function withOwnNames(columns: readonly FaceColumn[]): FaceColumn[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let { name } = column;
    while (taken.has(name)) name += '_';
    taken.add(name);
    return { ...column, name };
  });
}

function toSchema(columns: readonly FaceColumn[]): SchemaElement[] {
  return [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, type, isRequired }): SchemaElement => ({
      ...{ name, ...TYPES[type] },
      repetition_type: isRequired === true ? 'REQUIRED' : 'OPTIONAL',
    })),
  ];
}
