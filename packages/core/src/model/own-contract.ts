/** A model in one safetensors file: what its metadata says of input and outputs, beside the network and its weights. */
import { MienError } from '../errors.js';
import { isRecord } from '../is-record.js';
import type { Graph } from '../nn/graph.js';
import type { Weights } from '../nn/tensor.js';
import { parseNormalization, parseRange, type InputNormalization } from './input-contract.js';
import { FER2013_CROP, parseCrop, parseLabels, type CropGeometry } from './manifest.js';
import { parseOutputs, type OutputKind } from './network-outputs.js';
import { toSafetensors, type Safetensors, type SafetensorsDtype } from './safetensors.js';

/** What a file's metadata has to hold if there is no manifest. */
export interface OwnContract {
  readonly labels: readonly string[];
  /** Values that the samples 0 and 255 are mapped to. */
  readonly inputRange: readonly [low: number, high: number];
  /** Default: none. */
  readonly normalization?: InputNormalization;
  /** Default: as they are recognised. */
  readonly outputs?: OutputKind;
  /** Default {@link FER2013_CROP}. */
  readonly crop?: CropGeometry;
}

export interface ModelFileContents extends OwnContract {
  readonly graph: Graph;
  readonly weights: Weights;
  /** Further metadata, such as the epoch. The names of the fields above are reserved. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Default `F32`. */
  readonly dtype?: SafetensorsDtype;
}

/** Writes a model as one safetensors file that {@link loadModel} reads without a manifest. */
export function toModelFile({
  graph,
  weights,
  labels,
  inputRange,
  normalization,
  outputs,
  crop = FER2013_CROP,
  metadata,
  dtype,
}: ModelFileContents): Uint8Array {
  const own = {
    graph: JSON.stringify(graph),
    labels: JSON.stringify(labels),
    inputRange: JSON.stringify(inputRange),
    ...(normalization && { normalization: JSON.stringify(normalization) }),
    ...(outputs && { outputs: JSON.stringify(outputs) }),
    crop: JSON.stringify(crop),
  };
  return toSafetensors(weights, { ...metadata, ...own }, dtype);
}

/** @throws MienError `MODEL_INVALID` */
export function readOwnContract(file: Safetensors, source: string): OwnContract {
  return {
    labels: parseLabels(readJson(file, 'labels', source), source),
    inputRange: parseRange(readJson(file, 'inputRange', source), source),
    ...(file.metadata['normalization'] === undefined
      ? {}
      : { normalization: readNormalization(file, source) }),
    ...(file.metadata['outputs'] === undefined
      ? {}
      : { outputs: parseOutputs(readJson(file, 'outputs', source), source) }),
    ...(file.metadata['crop'] === undefined
      ? {}
      : { crop: parseCrop(readJson(file, 'crop', source), source) }),
  };
}

function readNormalization(file: Safetensors, source: string): InputNormalization {
  const value = readJson(file, 'normalization', source);
  if (!isRecord(value)) throw invalid(source, 'its metadata "normalization" must be an object');
  const channels = [value['mean'], value['std']].find(Array.isArray)?.length ?? 3;
  return parseNormalization(value, channels, source);
}

/** Parses JSON in the metadata of a file that Mien wrote. */
export function readJson(file: Safetensors, key: string, source: string): unknown {
  const text = file.metadata[key];
  if (text === undefined) {
    throw invalid(
      source,
      `its metadata has no "${key}"; it was not written by Mien, or needs its manifest.json`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw invalid(source, `its metadata "${key}" is not JSON`, cause);
  }
}

function invalid(source: string, what: string, cause?: unknown): MienError {
  return new MienError('MODEL_INVALID', `${source}: ${what}`, { cause });
}
