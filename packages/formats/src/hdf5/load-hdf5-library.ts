/**
 * The HDF5 library: NIST's build of the reference implementation for WebAssembly, several megabytes that are loaded
 * when the first such file is read or written.
 *
 * The reference implementation trusts its files more than we may. Three things keep a hostile one from harming the
 * process: the library sees no file system but one in memory that holds the one file; its memory may not grow beyond a
 * limit, however large a size the file claims (of 600 mutated checkpoints, some made it take 2 GB and 6 seconds to say
 * no; under the limit none does); and its complaints, which it prints, are collected instead.
 */
import { MienError } from '@mien/core';
import type { H5File, H5Library, H5wasm, MemoryFileSystem } from './h5wasm-types.js';

/** Memory that the library may use beyond twice the size of the file, which it may copy while it converts or writes. */
const WORKING_BYTES = 96 * 2 ** 20;
const PAGE_BYTES = 65_536;
const STDERR = 2;
const MAX_DIAGNOSIS_LENGTH = 4000;
const FOLDER = '/';
const FILE_NAME = 'model.h5';

/** The one file of the library's file system. */
export const HDF5_PATH = FOLDER + FILE_NAME;

let loading: Promise<Hdf5Library> | undefined;

/** Loads the library; later calls give the same one, as the module behind it exists once in a process. */
export function loadHdf5Library(): Promise<Hdf5Library> {
  loading ??= (async () => {
    const h5wasm = (await import('h5wasm')) as unknown as H5wasm;
    const h5 = await h5wasm.ready;
    if (h5wasm.FS === null) throw new Error('h5wasm has no file system after it has loaded');
    return new Hdf5Library(h5, h5wasm.FS, h5wasm.File);
  })();
  return loading;
}

export class Hdf5Library {
  #diagnosis = '';
  #broken = false;

  constructor(
    readonly h5: H5Library,
    readonly fileSystem: MemoryFileSystem,
    readonly File: new (path: string, mode: 'w') => H5File,
  ) {
    const stderr = fileSystem.getStream(STDERR);
    const decoder = new TextDecoder();
    const write = (_stream: unknown, buffer: Uint8Array, offset: number, length: number): number => {
      if (this.#diagnosis.length < MAX_DIAGNOSIS_LENGTH) {
        this.#diagnosis += decoder.decode(buffer.slice(offset, offset + length));
      }
      return length;
    };
    stderr.stream_ops = { ...stderr.stream_ops, write };
  }

  /** Messages of the library since the current {@link run} began. */
  get diagnosis(): string {
    return this.#diagnosis;
  }

  /**
   * Runs synchronous work on the library.
   *
   * @param sizeBytes of the file that is read or written
   * @param bytes becomes the library's file; absent where the work writes one
   * @throws MienError `UNSUPPORTED` after an earlier file has broken the library
   */
  run<T>(sizeBytes: number, bytes: Uint8Array | undefined, work: () => T): T {
    if (this.#broken) {
      throw new MienError(
        'UNSUPPORTED',
        'HDF5: the library broke down on an earlier, damaged file; start the program again',
      );
    }
    this.#diagnosis = '';
    if (bytes !== undefined) this.fileSystem.createDataFile(FOLDER, FILE_NAME, bytes, true, true, true);
    try {
      return withMemoryLimit(WORKING_BYTES + 2 * sizeBytes, work);
    } catch (cause) {
      // After a trap the library's state is undefined, so it cannot be used for another file.
      if (cause instanceof WebAssembly.RuntimeError) this.#broken = true;
      throw cause;
    } finally {
      if (this.fileSystem.analyzePath(HDF5_PATH).exists) this.fileSystem.unlink(HDF5_PATH);
    }
  }
}

/**
 * Refuses WebAssembly memory beyond a limit while `work` runs: the allocation fails as on a full machine.
 *
 * The library's memory is private to it and its maximum is compiled in (2 GiB), so what is replaced is the method that
 * grows memories. The work is synchronous, so that no other code of this thread can meet the replacement.
 */
function withMemoryLimit<T>(limitBytes: number, work: () => T): T {
  const { prototype } = WebAssembly.Memory;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
  const { grow } = prototype;
  prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (this.buffer.byteLength + pages * PAGE_BYTES > limitBytes) {
      throw new RangeError(`the HDF5 library is given no more than ${limitBytes} bytes`);
    }
    return grow.call(this, pages);
  };
  try {
    return work();
  } finally {
    prototype.grow = grow;
  }
}
