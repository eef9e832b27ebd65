/**
 * Reads groups, attributes and arrays of an HDF5 file that nothing is known about. Whatever the file claims is looked
 * at before anything is allocated for it, and every call into the library is checked.
 */
import { halfToFloat32, MienError } from '@mien/core';
import { elementCount, type Tensor } from '@mien/core/nn';
import { findEndlessHeap } from './check-global-heaps.js';
import { H5_CLASS, type H5Library, type ValueMetadata } from './h5wasm-types.js';
import { HDF5_PATH, loadHdf5Library } from './load-hdf5-library.js';

const READ_ONLY = 0;
/** The library's own choice of versions. */
const ANY_VERSION = -1;
/** A network's description takes some hundred kilobytes. */
const MAX_TEXT_BYTES = 32 * 2 ** 20;
/** The library decodes a whole chunk at a time. */
const MAX_CHUNK_ELEMENTS = 2 ** 24;
const MAX_RANK = 32;
/** Texts in one attribute, and attributes that one list is split into. */
const MAX_TEXTS = 100_000;

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** Whether bytes begin as an HDF5 file does. */
export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/**
 * Opens an HDF5 file for as long as `read` takes.
 *
 * @param bytes the file; not to be changed meanwhile
 * @param source what messages call the file
 * @throws MienError `MODEL_INVALID` when it is damaged; whatever `read` throws
 */
export async function readHdf5<T>(
  bytes: Uint8Array,
  source: string,
  read: (file: Hdf5Reader) => T,
): Promise<T> {
  const library = await loadHdf5Library();
  const invalid = (what: string, cause?: unknown): MienError =>
    new MienError('MODEL_INVALID', `${source}: not a readable HDF5 file, ${what}; fetch or export it again`, {
      cause: cause ?? (library.diagnosis === '' ? undefined : new Error(library.diagnosis)),
    });
  const endless = findEndlessHeap(bytes);
  if (endless !== undefined) throw invalid(endless);
  return library.run(bytes.length, bytes, () => {
    const file = library.h5.open(HDF5_PATH, READ_ONLY, false, ANY_VERSION, ANY_VERSION);
    if (file < 0n) throw invalid('it cannot be opened (truncated, or another kind of file)');
    try {
      return read(new Hdf5Reader(library.h5, file, invalid));
    } catch (cause) {
      if (cause instanceof MienError) throw cause;
      throw invalid(
        cause instanceof WebAssembly.RuntimeError ? 'it breaks the library' : messageOf(cause),
        cause,
      );
    } finally {
      library.h5.close_file(file);
    }
  });
}

export class Hdf5Reader {
  readonly #h5: H5Library;
  readonly #file: bigint;
  readonly #invalid: (what: string, cause?: unknown) => MienError;
  readonly #attributes = new Map<string, ReadonlySet<string>>();

  constructor(h5: H5Library, file: bigint, invalid: (what: string, cause?: unknown) => MienError) {
    this.#h5 = h5;
    this.#file = file;
    this.#invalid = invalid;
  }

  /** Whether there is a group of this path. */
  hasGroup(path: string): boolean {
    return this.#h5.get_type(this.#file, path) === this.#h5.H5G_GROUP;
  }

  /** Whether there is an array of this path. */
  hasTensor(path: string): boolean {
    return this.#h5.get_type(this.#file, path) === this.#h5.H5G_DATASET;
  }

  /** Names in a group, sorted. */
  names(group: string): string[] {
    return this.#h5.get_names(this.#file, group, false);
  }

  hasAttribute(path: string, name: string): boolean {
    let names = this.#attributes.get(path);
    if (names === undefined) {
      const exists = path === '/' || this.#h5.get_type(this.#file, path) >= 0;
      names = new Set(exists ? this.#h5.get_attribute_names(this.#file, path) : []);
      this.#attributes.set(path, names);
    }
    return names.has(name);
  }

  /** A single text; `undefined` where there is no such attribute. */
  text(path: string, name: string): string | undefined {
    if (!this.hasAttribute(path, name)) return undefined;
    const [text, ...more] = this.#textsOf(path, name);
    if (text === undefined || more.length > 0)
      throw this.#invalid(`attribute ${name} of ${path} is no single text`);
    return text;
  }

  /**
   * A list of texts; `undefined` where there is none. A list that exceeds what one attribute may hold is written by
   * Keras as several, `name0`, `name1`, ….
   */
  texts(path: string, name: string): readonly string[] | undefined {
    if (this.hasAttribute(path, name)) return this.#textsOf(path, name);
    if (!this.hasAttribute(path, `${name}0`)) return undefined;
    const parts: string[] = [];
    for (let part = 0; part < MAX_TEXTS && this.hasAttribute(path, `${name}${part}`); part++) {
      for (const text of this.#textsOf(path, `${name}${part}`)) parts.push(text);
    }
    return parts;
  }

  /** Shape of an array; empty for a single number. */
  shape(path: string): readonly number[] {
    return this.#describe(path).shape ?? [];
  }

  /**
   * An array as float32: of float16 and float32 the same values, of float64 and integers the nearest ones.
   *
   * @param shape what is expected; it bounds what is read
   */
  tensor(path: string, shape: readonly number[]): Tensor {
    const metadata = this.#describe(path);
    const found = metadata.shape ?? [];
    if (found.join() !== shape.join()) {
      throw this.#invalid(`${path} must be [${shape.join(', ')}], got [${found.join(', ')}]`);
    }
    const count = elementCount(shape);
    const chunkElements = elementCount(metadata.chunks ?? []);
    if (metadata.total_size !== count || chunkElements > Math.max(MAX_CHUNK_ELEMENTS, count)) {
      throw this.#invalid(`${path} is stored in pieces of ${chunkElements} numbers, which are too many`);
    }
    const bytes = this.#read(count * metadata.size, (pointer) =>
      this.#h5.get_dataset_data(this.#file, path, null, null, null, pointer),
    );
    if (bytes === undefined) throw this.#invalid(`the numbers of ${path} cannot be read`);
    return { shape: [...shape], data: this.#decode(bytes, metadata, path) };
  }

  #describe(path: string): ValueMetadata {
    if (!this.hasTensor(path)) throw this.#invalid(`it has no array ${path}`);
    const metadata = this.#h5.get_dataset_metadata(this.#file, path);
    if ((metadata.shape?.length ?? 0) > MAX_RANK) throw this.#invalid(`${path} has too many dimensions`);
    return metadata;
  }

  #decode(bytes: Uint8Array<ArrayBuffer>, { type, size, signed }: ValueMetadata, path: string): Float32Array {
    // The library gives numbers in the machine's order of bytes, which in WebAssembly is little-endian, whatever the file's.
    if (type === H5_CLASS.float && size === 4) return new Float32Array(bytes.buffer);
    const view = new DataView(bytes.buffer);
    const isLittle = true;
    const readers: Record<string, ((at: number) => number) | undefined> = {
      [`${H5_CLASS.float}/2`]: (at) => halfToFloat32(view.getUint16(at, isLittle)),
      [`${H5_CLASS.float}/4`]: (at) => view.getFloat32(at, isLittle),
      [`${H5_CLASS.float}/8`]: (at) => view.getFloat64(at, isLittle),
      [`${H5_CLASS.integer}/4`]: (at) =>
        signed ? view.getInt32(at, isLittle) : view.getUint32(at, isLittle),
      [`${H5_CLASS.integer}/8`]: (at) =>
        Number(signed ? view.getBigInt64(at, isLittle) : view.getBigUint64(at, isLittle)),
    };
    const read = readers[`${type}/${size}`];
    if (read === undefined) {
      throw new MienError(
        'UNSUPPORTED',
        `${path}: holds elements of ${size} bytes (HDF5 class ${type}), readable are float16, float32, float64, int32 and int64; convert it first`,
      );
    }
    return Float32Array.from({ length: bytes.length / size }, (_, index) => read(index * size));
  }

  #textsOf(path: string, name: string): string[] {
    const where = `attribute ${name} of ${path}`;
    const metadata = this.#h5.get_attribute_metadata(this.#file, path, name);
    const { size, total_size: count } = metadata;
    // Keras writes a list of no texts as no numbers.
    if (count === 0) return [];
    if (metadata.type !== H5_CLASS.string) throw this.#invalid(`${where} is no text`);
    if (!(count <= MAX_TEXTS && count * size <= MAX_TEXT_BYTES)) throw this.#invalid(`${where} is too large`);
    const texts: Uint8Array[] = [];
    const bytes = this.#read(count * size, (pointer) => {
      const status = this.#h5.get_attribute_data(this.#file, path, name, pointer);
      if (status < 0 || !metadata.vlen) return status;
      // The elements are pointers to texts that end with a zero; they must be copied before they are given back.
      const pointers = new DataView(this.#h5.HEAPU8.buffer, Number(pointer), count * size);
      for (let index = 0; index < count; index++) {
        texts.push(this.#copyText(pointers.getUint32(index * size, true), where));
      }
      this.#h5.reclaim_vlen_memory(this.#file, path, name, pointer);
      return status;
    });
    if (bytes === undefined) throw this.#invalid(`${where} cannot be read`);
    if (!metadata.vlen) {
      for (let index = 0; index < count; index++) {
        const text = bytes.subarray(index * size, (index + 1) * size);
        const end = text.indexOf(0);
        texts.push(end < 0 ? text : text.subarray(0, end));
      }
    }
    const decoder = new TextDecoder('utf-8', { fatal: true });
    return texts.map((text) => {
      try {
        return decoder.decode(text);
      } catch (cause) {
        throw this.#invalid(`${where} is not UTF-8`, cause);
      }
    });
  }

  #copyText(pointer: number, where: string): Uint8Array {
    if (pointer === 0) return new Uint8Array();
    const heap = this.#h5.HEAPU8;
    const end = heap.indexOf(0, pointer);
    if (end < 0 || end - pointer > MAX_TEXT_BYTES) throw this.#invalid(`${where} is too large`);
    return heap.slice(pointer, end);
  }

  /** The bytes that `fill` leaves at a pointer; `undefined` when it fails. */
  #read(sizeBytes: number, fill: (pointer: bigint) => number): Uint8Array<ArrayBuffer> | undefined {
    if (sizeBytes === 0) return new Uint8Array();
    const pointer = this.#h5._malloc(sizeBytes);
    if (pointer === 0) throw this.#invalid(`${sizeBytes} bytes at a time are too many`);
    try {
      const status = fill(BigInt(pointer));
      return status < 0 ? undefined : new Uint8Array(this.#h5.HEAPU8.subarray(pointer, pointer + sizeBytes));
    } finally {
      this.#h5._free(pointer);
    }
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
