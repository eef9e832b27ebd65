/** Writes HDF5 files as h5py does: groups, float32 arrays, texts as attributes. */
import { MienError } from '@mien/core';
import type { Tensor } from '@mien/core/nn';
import type { H5File, H5Group } from './h5wasm-types.js';
import { HDF5_PATH, loadHdf5Library } from './load-hdf5-library.js';

/** HDF5 keeps attributes in an object's header, which may not reach 64 KiB. Keras splits lists at the same size. */
const MAX_LIST_BYTES = 64_512;

/**
 * Writes an HDF5 file.
 *
 * @param sizeBytes the approximate size of the file in bytes
 * @param source what messages call the file
 * @throws MienError `OUTPUT_FAILED`
 */
export async function toHdf5(
  sizeBytes: number,
  source: string,
  write: (root: Hdf5Writer) => void,
): Promise<Uint8Array> {
  const library = await loadHdf5Library();
  return library.run(sizeBytes, undefined, () => {
    const file: H5File = new library.File(HDF5_PATH, 'w');
    try {
      write(new Hdf5Writer(file));
    } finally {
      file.close();
    }
    // The classes of h5wasm drop return codes; a failed call has printed why.
    if (library.diagnosis !== '') {
      const cause = new Error(library.diagnosis);
      throw new MienError('OUTPUT_FAILED', `${source}: the HDF5 library could not write it`, { cause });
    }
    return library.fileSystem.readFile(HDF5_PATH);
  });
}

/** A group that is being written; the file itself is one. */
export class Hdf5Writer {
  readonly #group: H5Group;
  readonly #groups = new Map<string, Hdf5Writer>();

  constructor(group: H5Group) {
    this.#group = group;
  }

  /** The group of a name, created if it is missing, with all groups of its path. */
  group(path: string): Hdf5Writer {
    const slash = path.indexOf('/');
    const name = slash < 0 ? path : path.slice(0, slash);
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Hdf5Writer(this.#group.create_group(name));
      this.#groups.set(name, group);
    }
    return slash < 0 ? group : group.group(path.slice(slash + 1));
  }

  /** An array; its name may be a path. */
  tensor(path: string, { shape, data }: Tensor): void {
    const [group, name] = this.#locate(path);
    group.#group.create_dataset({ name, data, shape: [...shape], dtype: '<f' });
  }

  /** A single whole number, int64. */
  whole(path: string, value: number): void {
    const [group, name] = this.#locate(path);
    group.#group.create_dataset({ name, data: BigInt64Array.of(BigInt(value)), shape: [], dtype: '<q' });
  }

  /** A text of any length, marked as ASCII if it is: older versions of h5py pass ASCII to Keras as bytes. */
  text(name: string, text: string): void {
    // eslint-disable-next-line no-control-regex -- the very range that is meant
    this.#group.create_attribute(name, text, [], /^[\x00-\x7f]*$/.test(text) ? 'A' : 'S');
  }

  /** A list of texts, split where it exceeds what one attribute holds, as Keras does it. */
  texts(name: string, texts: readonly string[]): void {
    // Keras' own way of saying: a list of none.
    if (texts.length === 0) {
      this.#group.create_attribute(name, new Float64Array(), [0], '<d');
      return;
    }
    const encoder = new TextEncoder();
    const width = Math.max(1, ...texts.map((text) => encoder.encode(text).length));
    const perPart = Math.floor(MAX_LIST_BYTES / width);
    if (perPart < 1) {
      throw new MienError('UNSUPPORTED', `HDF5: a name of ${width} bytes is too long; shorten it`);
    }
    const parts = Math.ceil(texts.length / perPart);
    for (let part = 0; part < parts; part++) {
      const some = texts.slice(part * perPart, (part + 1) * perPart);
      this.#group.create_attribute(parts > 1 ? `${name}${part}` : name, some, [some.length], `A${width}`);
    }
  }

  #locate(path: string): [group: Hdf5Writer, name: string] {
    const slash = path.lastIndexOf('/');
    return slash < 0 ? [this, path] : [this.group(path.slice(0, slash)), path.slice(slash + 1)];
  }
}
