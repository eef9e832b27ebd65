/** The part of h5wasm that is used here, below its own classes: those drop the library's return codes. */

/** As `get_attribute_metadata` and `get_dataset_metadata` give it. */
export interface ValueMetadata {
  /** One of {@link H5_CLASS}. */
  readonly type: number;
  /** Bytes of one element. */
  readonly size: number;
  /** `null` for a dataspace that holds nothing. */
  readonly shape: readonly number[] | null;
  /** Number of elements. */
  readonly total_size: number;
  readonly signed: boolean;
  readonly littleEndian: boolean;
  /** A text of any length, held elsewhere in the file. */
  readonly vlen: boolean;
  readonly chunks: readonly number[] | null;
  readonly virtual_sources?: readonly unknown[];
}

/** HDF5's classes of types. */
export const H5_CLASS = { integer: 0, float: 1, string: 3 } as const;

/** Emscripten's module with h5wasm's functions; a failed call returns a negative number or throws a plain Error. */
export interface H5Library {
  /** Replaced whenever the memory grows. */
  readonly HEAPU8: Uint8Array;
  /** What `get_type` says of a group and of a dataset. */
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  _malloc(sizeBytes: number): number;
  _free(pointer: number): void;
  open(path: string, mode: number, trackOrder: boolean, low: number, high: number): bigint;
  close_file(file: bigint): number;
  get_type(file: bigint, path: string): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): ValueMetadata;
  get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
  reclaim_vlen_memory(file: bigint, path: string, name: string, pointer: bigint): number;
  get_dataset_metadata(file: bigint, path: string): ValueMetadata;
  get_dataset_data(
    file: bigint,
    path: string,
    count: null,
    offset: null,
    strides: null,
    pointer: bigint,
  ): number;
}

/** Emscripten's file system in memory. */
export interface MemoryFileSystem {
  getStream(descriptor: number): { stream_ops: Readonly<Record<string, unknown>> };
  createDataFile(
    folder: string,
    name: string,
    bytes: Uint8Array,
    readable: boolean,
    writable: boolean,
    /** Takes the bytes over instead of copying them. */
    own: boolean,
  ): unknown;
  readFile(path: string): Uint8Array;
  unlink(path: string): void;
  analyzePath(path: string): { readonly exists: boolean };
}

/** h5wasm's own classes, for writing. */
export interface H5Group {
  create_group(name: string): H5Group;
  create_dataset(dataset: {
    readonly name: string;
    readonly data: Float32Array | BigInt64Array;
    readonly shape: number[];
    readonly dtype: string;
    /** How far it may grow; `null` for without end. */
    readonly maxshape?: (number | null)[];
    readonly chunks?: number[];
  }): { resize(shape: number[]): number };
  create_attribute(
    name: string,
    data: string | string[] | Float64Array,
    shape: number[],
    dtype: string,
  ): void;
}

export interface H5File extends H5Group {
  close(): number;
}

/** What `import('h5wasm')` gives. */
export interface H5wasm {
  readonly ready: Promise<H5Library>;
  /** Set once the library is ready. */
  readonly FS: MemoryFileSystem | null;
  readonly File: new (path: string, mode: 'w') => H5File;
}
