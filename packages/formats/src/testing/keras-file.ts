/** Writes small Keras files for tests from a bare list of layers, as Keras 2 does. */
import type { Tensor } from '@mien/core/nn';
import { toHdf5, type Hdf5Writer } from '../hdf5/hdf5-writer.js';

export interface TestLayer {
  readonly className: string;
  readonly name: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** By Keras' names, in its order. */
  readonly weights?: Readonly<Record<string, Tensor>>;
}

/** A model of layers in a row for pictures of `[height, width, channels]`. */
export function sequentialConfig(inputShape: readonly number[], layers: readonly TestLayer[]): object {
  const input = {
    class_name: 'InputLayer',
    config: { name: 'input', batch_input_shape: [null, ...inputShape] },
  };
  return {
    class_name: 'Sequential',
    config: { name: 'net', layers: [input, ...layers.map(toDescription)] },
  };
}

function toDescription({ className, name, config }: TestLayer): object {
  return { class_name: className, config: { name, ...config } };
}

export function toKerasFile(config: object, layers: readonly TestLayer[]): Promise<Uint8Array> {
  return toHdf5(2 ** 20, 'test', (root) => {
    root.text('keras_version', '2.13.1');
    root.text('backend', 'tensorflow');
    root.text('model_config', JSON.stringify(config));
    writeLayers(root.group('model_weights'), layers);
  });
}

/** What `save_weights` leaves. */
export function toWeightsFile(layers: readonly TestLayer[]): Promise<Uint8Array> {
  return toHdf5(2 ** 20, 'test', (root) => {
    root.text('keras_version', '2.13.1');
    root.text('backend', 'tensorflow');
    writeLayers(root, layers);
  });
}

function writeLayers(group: Hdf5Writer, layers: readonly TestLayer[]): void {
  group.texts(
    'layer_names',
    layers.map(({ name }) => name),
  );
  for (const { name, weights = {} } of layers) {
    const layer = group.group(name);
    const entries = Object.entries(weights).map(
      ([key, tensor]) => [key.includes('/') ? key : `${name}/${key}:0`, tensor] as const,
    );
    layer.texts(
      'weight_names',
      entries.map(([path]) => path),
    );
    for (const [path, tensor] of entries) layer.tensor(path, tensor);
  }
}

/** What says "float32, little-endian" in an object's header; the second byte says the order. */
const FLOAT32 = [0x11, 0x20, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0];
const HEADER = [0x4f, 0x48, 0x44, 0x52]; // OHDR

/** The same HDF5 file with these arrays stored in the other order of bytes, as some machines write it. */
export function toBigEndian(file: Uint8Array, tensors: readonly Tensor[]): Uint8Array {
  const bytes = new Uint8Array(file);
  const view = new DataView(bytes.buffer);
  for (let at = indexOf(bytes, FLOAT32, 0); at >= 0; at = indexOf(bytes, FLOAT32, at + 1)) {
    bytes[at + 1] = 0x21;
    let header = -1;
    for (
      let next = indexOf(bytes, HEADER, 0);
      next >= 0 && next < at;
      next = indexOf(bytes, HEADER, next + 1)
    )
      header = next;
    // Signature, version, flags; then times and limits where the flags say so, and the size of what follows.
    const flags = bytes[header + 5]!;
    const sizeAt = header + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
    const sizeBytes = 1 << (flags & 3);
    const size = [...bytes.subarray(sizeAt, sizeAt + sizeBytes)].reduceRight(
      (sum, byte) => sum * 256 + byte,
      0,
    );
    const end = sizeAt + sizeBytes + size;
    view.setUint32(end, lookup3(bytes.subarray(header, end)), true);
  }
  for (const { data } of tensors) {
    const stored = [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
    const at = indexOf(bytes, stored, 0);
    if (at < 0) throw new RangeError('the array is not in the file as it is');
    for (let number = 0; number < stored.length; number += 4) {
      bytes.set(stored.slice(number, number + 4).reverse(), at + number);
    }
  }
  return bytes;
}

function indexOf(bytes: Uint8Array, part: readonly number[], from: number): number {
  for (let at = bytes.indexOf(part[0]!, from); at >= 0; at = bytes.indexOf(part[0]!, at + 1)) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

/** The checksum of HDF5's headers. Ref: Bob Jenkins 2006, lookup3.c, `hashlittle`. */
function lookup3(bytes: Uint8Array): number {
  let left = bytes.length;
  let at = 0;
  let a = (0xdeadbeef + left) | 0;
  let b = a;
  let c = a;
  const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
  const word = (from: number): number =>
    [3, 2, 1, 0].reduce((sum, index) => (sum << 8) | (bytes[at + from + index] ?? 0), 0);
  const take = (): void => {
    a = (a + word(0)) | 0;
    b = (b + word(4)) | 0;
    c = (c + word(8)) | 0;
  };
  for (; left > 12; left -= 12, at += 12) {
    take();
    a = (a - c) ^ rotated(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotated(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotated(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotated(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotated(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotated(b, 4);
    b = (b + a) | 0;
  }
  if (left === 0) return c >>> 0;
  take();
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  c = ((c ^ b) - rotated(b, 24)) | 0;
  return c >>> 0;
}
