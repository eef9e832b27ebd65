/** Tags with their values: a number is a SHORT, a bigint a LONG, bytes are stored elsewhere in the file. */
export type TiffTags = Readonly<Record<number, number | bigint | Uint8Array>>;

const [BYTE, SHORT, LONG] = [1, 3, 4];
const STRIP_OFFSETS = 273;

/**
 * A little-endian TIFF file with one uncompressed grey strip for each page.
 *
 * @param pages its size, its samples, and further tags
 */
export function makeTiff(
  pages: readonly { width: number; height: number; bits: number; data: Uint8Array; tags?: TiffTags }[],
): Buffer {
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0])];
  let length = 8;
  const store = (bytes: Uint8Array): number => {
    const at = length;
    const padded = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    parts.push(padded);
    length += padded.length;
    return at;
  };
  let pointer: { part: Buffer; at: number } = { part: parts[0] ?? Buffer.alloc(8), at: 4 };
  for (const { width, height, bits, data, tags = {} } of pages) {
    const all: TiffTags = {
      ...{ 256: width, 257: height, 258: bits, 259: 1, 262: 1, 277: 1, 278: height },
      ...{ [STRIP_OFFSETS]: BigInt(store(data)), 279: BigInt(data.length) },
      ...tags,
    };
    const entries = Object.entries(all).map(([tag, value]) => {
      const entry = Buffer.alloc(12);
      entry.writeUInt16LE(Number(tag), 0);
      const type = typeof value === 'number' ? SHORT : typeof value === 'bigint' ? LONG : BYTE;
      entry.writeUInt16LE(type, 2);
      entry.writeUInt32LE(value instanceof Uint8Array ? value.length : 1, 4);
      if (value instanceof Uint8Array) Buffer.from(value).copy(entry, 8, 0, 4);
      else if (typeof value === 'number') entry.writeUInt16LE(value, 8);
      else entry.writeUInt32LE(Number(value), 8);
      return entry;
    });
    const directory = Buffer.alloc(2 + 12 * entries.length + 4);
    directory.writeUInt16LE(entries.length, 0);
    Buffer.concat(entries).copy(directory, 2);
    pointer.part.writeUInt32LE(length, pointer.at);
    parts.push(directory);
    pointer = { part: directory, at: directory.length - 4 };
    length += directory.length;
  }
  return Buffer.concat(parts);
}
