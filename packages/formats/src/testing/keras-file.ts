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
  const input = { class_name: 'InputLayer', config: { name: 'input', batch_input_shape: [null, ...inputShape] } };
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
    const entries = Object.entries(weights).map(([key, tensor]) => [key.includes('/') ? key : `${name}/${key}:0`, tensor] as const);
    layer.texts(
      'weight_names',
      entries.map(([path]) => path),
    );
    for (const [path, tensor] of entries) layer.tensor(path, tensor);
  }
}

/** The message that says "float32, little-endian", and the same for big-endian. */
const LITTLE = [0x11, 0x20, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0];
const BIG = LITTLE.with(1, 0x21);

/** The same HDF5 file with these arrays stored in the other order of bytes, as some machines write it. */
export function toBigEndian(file: Uint8Array, tensors: readonly Tensor[]): Uint8Array {
  const bytes = new Uint8Array(file);
  for (let at = indexOf(bytes, LITTLE, 0); at >= 0; at = indexOf(bytes, LITTLE, at + 1)) bytes.set(BIG, at);
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
