/** Writes small TFLite files for tests, as a FlatBuffer whose parts follow those that refer to them. */

type Field =
  | undefined
  | { readonly int8: number }
  | { readonly int32: number }
  | { readonly float32: number }
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly int32s: readonly number[] }
  | { readonly table: readonly Field[] }
  | { readonly tables: readonly (readonly Field[])[] };

/** By position, as the schema numbers them. */
export type Fields = readonly Field[];

export interface TestTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Default float32. */
  readonly type?: number;
  /** A constant's values. */
  readonly values?: Float32Array | Int32Array | Int8Array;
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
      tables: tensors.map(({ name, dims, type = 0 }, index) => [
        { int32s: dims },
        { int8: type },
        { int32: index },
        { text: name },
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
  const writer = new FlatWriter();
  writer.table([
    { int32: 3 },
    { tables: codes },
    { tables: [graph] },
    { text: 'a test' },
    { tables: buffers },
  ]);
  return writer.finish();
}

class FlatWriter {
  /** Distance to the root table, patched at the end of it; then the format's mark. */
  readonly #bytes: number[] = [0, 0, 0, 0, ...new TextEncoder().encode('TFL3')];
  #root: number | undefined;

  /** @returns where the table starts */
  table(fields: Fields): number {
    const sizes = fields.map((field) => (field === undefined ? 0 : 'int8' in field ? 1 : 4));
    const vtableSize = 4 + 2 * fields.length;
    this.#write16(vtableSize);
    this.#write16(4 + sizes.reduce<number>((sum, size) => sum + size, 0));
    let offset = 4;
    for (const size of sizes) {
      this.#write16(size === 0 ? 0 : offset);
      offset += size;
    }
    const position = this.#bytes.length;
    this.#root ??= position;
    this.#write32(vtableSize);
    const children: (() => void)[] = [];
    for (const field of fields) {
      if (field === undefined) continue;
      if ('int8' in field) this.#bytes.push(field.int8 & 0xff);
      else if ('int32' in field) this.#write32(field.int32);
      else if ('float32' in field) this.#bytes.push(...new Uint8Array(Float32Array.of(field.float32).buffer));
      else {
        const at = this.#bytes.length;
        this.#write32(0);
        children.push(() => this.#patch(at, this.#child(field)));
      }
    }
    for (const write of children) write();
    return position;
  }

  finish(): Uint8Array {
    this.#patch(0, this.#root ?? 0);
    return Uint8Array.from(this.#bytes);
  }

  #child(
    field: Exclude<Field, undefined | { int8: number } | { int32: number } | { float32: number }>,
  ): number {
    if ('table' in field) return this.table(field.table);
    const position = this.#bytes.length;
    if ('tables' in field) {
      this.#write32(field.tables.length);
      const first = this.#bytes.length;
      for (let index = 0; index < field.tables.length; index++) this.#write32(0);
      field.tables.forEach((table, index) => this.#patch(first + 4 * index, this.table(table)));
    } else if ('int32s' in field) {
      this.#write32(field.int32s.length);
      for (const value of field.int32s) this.#write32(value);
    } else {
      const bytes = 'text' in field ? new TextEncoder().encode(field.text) : field.bytes;
      this.#write32(bytes.length);
      for (const byte of bytes) this.#bytes.push(byte);
    }
    return position;
  }

  #patch(at: number, target: number): void {
    new Uint8Array(Uint32Array.of(target - at).buffer).forEach((byte, index) => {
      this.#bytes[at + index] = byte;
    });
  }

  #write16(value: number): void {
    this.#bytes.push(value & 0xff, value >> 8);
  }

  #write32(value: number): void {
    this.#bytes.push(...new Uint8Array(Int32Array.of(value).buffer));
  }
}
