/**
 * What Keras has no place for, in attributes and a group of the root that Keras and h5py pass over:
 *
 *   mien_labels, mien_input_range, mien_crop   JSON: how to feed the network and to read it
 *   mien_normalization, mien_outputs           JSON: the same
 *   mien_layer_order                           JSON: our order of the layers, which Keras' may differ from
 *   mien_metadata                              JSON: further texts by key
 *   mien_tensors/…                             further tensors by path, listed in its attribute tensor_names
 *
 * Single texts of any length are stored outside an object's header, so the 64 KiB of a header do not bound them.
 */
import { isRecord, MienError, OUTPUT_KINDS, type CropGeometry } from '@mien/core';
import type { Tensor } from '@mien/core/nn';
import type { Hdf5Reader } from '../hdf5/hdf5-reader.js';
import type { Hdf5Writer } from '../hdf5/hdf5-writer.js';
import type { ExportableModel, ImportedModel } from '../imported-model.js';
import { isNormalization, isOutputKind } from '../own-metadata.js';
import { parseJson, show } from './json-fields.js';

const ROOT = '/';
const TENSORS = 'mien_tensors';
const TENSOR_NAMES = 'tensor_names';
const MAX_LABELS = 1000;

export function writeExtras(root: Hdf5Writer, model: ExportableModel): void {
  const { graph, labels, inputRange, normalization, outputs, crop, metadata } = model;
  const { furtherTensors = new Map<string, Tensor>() } = model;
  const values = {
    mien_labels: labels,
    mien_input_range: inputRange,
    mien_normalization: normalization,
    mien_outputs: outputs,
    mien_crop: crop,
    mien_layer_order: graph.layers.map(({ name }) => name),
    mien_metadata: metadata,
  };
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) root.text(name, toAsciiJson(value));
  }
  if (furtherTensors.size === 0) return;
  const group = root.group(TENSORS);
  group.texts(TENSOR_NAMES, [...furtherTensors.keys()]);
  for (const [name, tensor] of furtherTensors) group.tensor(name, tensor);
}

type Extras = Pick<
  ImportedModel,
  'labels' | 'inputRange' | 'normalization' | 'outputs' | 'crop' | 'furtherTensors'
> & {
  readonly metadata: Readonly<Record<string, string>>;
  /** `undefined` in a file that Mien did not write. */
  readonly layerOrder: readonly string[] | undefined;
};

/**
 * @param budgetBytes what further tensors may take together
 * @throws MienError `MODEL_INVALID`
 */
export function readExtras(file: Hdf5Reader, source: string, budgetBytes: number): Extras {
  const read = <T>(
    name: string,
    isValid: (value: unknown) => value is T,
    expected: string,
  ): T | undefined => {
    const text = file.text(ROOT, name);
    if (text === undefined) return undefined;
    const value = parseJson(text, `${source}: ${name}`);
    if (!isValid(value)) {
      throw new MienError('MODEL_INVALID', `${source}: ${name} must be ${expected}, got ${show(value)}`);
    }
    return value;
  };
  const labels = read('mien_labels', isLabels, `a list of 1 to ${MAX_LABELS} texts`);
  const inputRange = read('mien_input_range', isRange, 'two numbers');
  const normalization = read(
    'mien_normalization',
    isNormalization,
    'detail, exposure, mean, std or channelOrder',
  );
  const outputs = read('mien_outputs', isOutputKind, OUTPUT_KINDS.join(', '));
  const crop = read('mien_crop', isCrop, 'scale, offsetX and offsetY');
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(inputRange === undefined ? {} : { inputRange }),
    ...(normalization === undefined ? {} : { normalization }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(crop === undefined ? {} : { crop }),
    layerOrder: read('mien_layer_order', isTexts, 'a list of texts'),
    metadata: read('mien_metadata', isTextRecord, 'texts by key') ?? {},
    furtherTensors: readTensors(file, source, budgetBytes),
  };
}

/** JSON in ASCII, which every version of h5py gives back alike. */
export function toAsciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function readTensors(file: Hdf5Reader, source: string, budgetBytes: number): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  if (!file.hasGroup(`/${TENSORS}`)) return tensors;
  let left = budgetBytes;
  for (const name of file.texts(`/${TENSORS}`, TENSOR_NAMES) ?? []) {
    const path = `/${TENSORS}/${name}`;
    const shape = file.shape(path);
    left -= shape.reduce((product, side) => product * side, Float32Array.BYTES_PER_ELEMENT);
    if (!(left >= 0)) {
      throw new MienError('MODEL_INVALID', `${source}: ${path} claims more numbers than the file can hold`);
    }
    tensors.set(name, file.tensor(path, shape));
  }
  return tensors;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isLabels(value: unknown): value is readonly string[] {
  return isTexts(value) && value.length > 0 && value.length <= MAX_LABELS;
}

function isRange(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((item) => Number.isFinite(item));
}

function isCrop(value: unknown): value is CropGeometry {
  return isRecord(value) && ['scale', 'offsetX', 'offsetY'].every((key) => Number.isFinite(value[key]));
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((item) => typeof item === 'string');
}
