/** From a model to the bytes of a file of any format that Mien writes, with the proof that they are the same model. */
import { MienError } from '@mien/core';
import { createNetwork, elementCount, type Graph, type Weights } from '@mien/core/nn';
import type { ExportableModel, ExportOptions, WeightType } from '../index.js';
import {
  extensionOf,
  JSON_EXTENSION,
  MODEL_EXTENSIONS,
  type ModelExtension,
  type ModelFormat,
} from './detect-format.js';
import { importModelFile } from './import-model-file.js';

/** The name of a format, and whether it stores float16 weights. */
interface TargetFormat {
  readonly name: string;
  readonly holdsHalves: boolean;
}

const KERAS_2: TargetFormat = { name: 'Keras 2', holdsHalves: false };

export const TARGETS = {
  '.hdf5': KERAS_2,
  '.h5': KERAS_2,
  '.keras': { name: 'Keras 3', holdsHalves: false },
  '.onnx': { name: 'ONNX', holdsHalves: true },
  '.tflite': { name: 'TFLite', holdsHalves: true },
  '.safetensors': { name: 'safetensors', holdsHalves: true },
  '.json': { name: 'TensorFlow.js', holdsHalves: true },
} as const satisfies Record<ModelFormat, TargetFormat>;

/** Formats whose weights may be halves, for people. */
export const HALF_EXTENSIONS = `${MODEL_EXTENSIONS.filter((extension) => TARGETS[extension].holdsHalves).join(', ')} and model.json`;

/** @throws MienError `USAGE` for a name that says no format */
export function toTarget(path: string): ModelFormat {
  const extension = path.toLowerCase().endsWith(JSON_EXTENSION) ? JSON_EXTENSION : extensionOf(path);
  if (extension !== undefined) return extension;
  const choices = [...MODEL_EXTENSIONS, JSON_EXTENSION].join(', ');
  throw new MienError('USAGE', `${path}: its name says no format; end it with one of ${choices}`);
}

/**
 * The bytes of a file.
 *
 * @throws MienError `UNSUPPORTED` in one line that names a layer which the format cannot express, and why
 */
export async function exportModel(
  model: ExportableModel,
  target: ModelExtension,
  { dtype, ...options }: ExportOptions & { readonly dtype: WeightType },
): Promise<Uint8Array> {
  const formats = await import('../index.js');
  switch (target) {
    case '.hdf5':
    case '.h5':
      return formats.toKerasHdf5(model, options);
    case '.keras':
      return formats.toKerasArchive(model, options);
    case '.onnx':
      return formats.toOnnx(model, { dtype, ...options });
    case '.tflite':
      return formats.toTflite(model, { dtype, ...options });
    case '.safetensors':
      return formats.toModelSafetensors(model, dtype);
    default:
      return target satisfies never;
  }
}

export interface ExportedFiles {
  /** Of the main file. */
  readonly bytes: Uint8Array;
  /** Files that have to lie beside it, by the names that it gives them. */
  readonly beside: ReadonlyMap<string, Uint8Array>;
}

export interface ExportFilesOptions extends ExportOptions {
  readonly dtype: WeightType;
  /** For TensorFlow.js: operators (graph-model) instead of layers. Default false. */
  readonly asGraph?: boolean;
}

/**
 * The bytes of a model's files: one for most formats.
 *
 * @throws MienError as {@link exportModel}
 */
export async function exportFiles(
  model: ExportableModel,
  target: ModelFormat,
  { asGraph = false, ...options }: ExportFilesOptions,
): Promise<ExportedFiles> {
  if (target !== JSON_EXTENSION)
    return { bytes: await exportModel(model, target, options), beside: new Map() };
  const { toTensorflowJs, toTensorflowJsGraph } = await import('../index.js');
  const { json, shards } = (asGraph ? toTensorflowJsGraph : toTensorflowJs)(model, options);
  return { bytes: json, beside: shards };
}

/** Differences of outputs that rounding explains, as part of the largest output; halves keep 11 bits of a weight. */
const TOLERANCES = { F32: 1e-4, F16: 0.1 } as const satisfies Record<WeightType, number>;

interface WrittenFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly beside?: ReadonlyMap<string, Uint8Array>;
  readonly dtype: WeightType;
}

/**
 * Reads the written file back and runs both networks on one synthetic picture.
 *
 * @returns the largest difference of an output
 * @throws MienError `UNSUPPORTED` when the file would not be the same model; nothing should be written then
 */
export async function measureDifference(
  { graph, weights }: ExportableModel,
  { path, bytes, beside, dtype }: WrittenFile,
): Promise<number> {
  const readBeside = (name: string) => Promise.resolve(beside?.get(name));
  const written = await importModelFile({ path, bytes, readBeside });
  const picture = makePicture(graph);
  const [before, after] = [
    await run(graph, weights, picture),
    await run(written.graph, written.weights, picture),
  ];
  let difference = before.length === after.length ? 0 : Infinity;
  let largest = 0;
  before.forEach((output, index) => {
    const other = after[index];
    if (other?.length !== output.length) difference = Infinity;
    output.forEach((value, at) => {
      largest = Math.max(largest, Math.abs(value));
      difference = Math.max(difference, Math.abs(value - (other?.[at] ?? Infinity)));
    });
  });
  if (!(difference <= TOLERANCES[dtype] * Math.max(1, largest))) {
    throw new MienError(
      'UNSUPPORTED',
      `${path}: read back, its outputs differ by ${difference.toPrecision(2)}, so it was not written; ` +
        (dtype === 'F16' ? 'leave out --float16' : 'this is a bug in mien; please report it'),
    );
  }
  return difference;
}

async function run(graph: Graph, weights: Weights, picture: Float32Array): Promise<Float32Array[]> {
  return (await createNetwork(graph, weights)).run(picture, 1);
}

/** Spread over -1…1, and of no regular pattern. */
function makePicture({ inputShape }: Graph): Float32Array {
  return Float32Array.from({ length: elementCount(inputShape) }, (_, index) =>
    Math.sin(index * index * 0.37 + index),
  );
}
