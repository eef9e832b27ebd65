/**
 * Makes a model from bytes. A model is a network's graph, its weights, and the manifest that says how to feed the network
 * and how to read its output. There are three kinds of sources:
 *
 *   an installed model   manifest.json beside weights.safetensors; the manifest holds the checksum of the weights
 *   a model file         one safetensors file with everything in its metadata ({@link toModelFile})
 *   another format       parsed by the caller, with or without a manifest ({@link createModel})
 *
 * In safetensors, the graph is JSON in the metadata. This file does no I/O.
 */
import { MienError } from '../errors.js';
import type { Graph } from '../nn/graph.js';
import { describeGraph } from '../nn/describe-graph.js';
import { parseGraph } from '../nn/parse-graph.js';
import type { Weights } from '../nn/tensor.js';
import { checkWeights } from '../nn/weights.js';
import { sha256 } from '../sha256.js';
import {
  FER2013_CROP,
  parseCrop,
  parseLabels,
  parseManifest,
  parseRange,
  type ClassifierManifest,
  type CropGeometry,
} from './manifest.js';
import type { AsyncExternalModel, ExternalModel, Model } from './model.js';
import { parseSafetensors, toSafetensors, type Safetensors, type SafetensorsDtype } from './safetensors.js';

export interface ModelSource {
  /** As `JSON.parse` returns it; `undefined` for a model file without a manifest. */
  readonly manifest: unknown;
  /** Bytes of the safetensors file. */
  readonly weights: Uint8Array;
  /** Name for error messages, such as the file's path. */
  readonly source: string;
  /** Id of a model without a manifest; default `checkpoint`. */
  readonly id?: string;
}

/**
 * Makes a model from its files.
 *
 * @throws MienError `MODEL_INVALID` if the files are damaged or do not belong together, `UNSUPPORTED` for an unknown
 *   number type
 */
export async function loadModel({ manifest: json, weights: bytes, source, id }: ModelSource): Promise<Model> {
  const manifest = await parseContract(json, bytes, source);
  const file = parseSafetensors(bytes, source);
  const graph = parseGraph(readJson(file, 'graph', source), source);
  const contract =
    manifest ?? (await standInManifest(graph, readOwnContract(file, source), bytes, source, id));
  return assemble(contract, graph, file.tensors, source);
}

/** The parts that every model has, whichever engine runs its network. */
interface ContractParts extends Partial<OwnContract> {
  /** As `JSON.parse` returns it; takes precedence over the file's own metadata. `undefined` if there is none. */
  readonly manifest: unknown;
  /** The model file; the manifest's checksum is checked against it. */
  readonly bytes: Uint8Array;
  /** Name for error messages, such as the file's path. */
  readonly source: string;
  /** Id of a model without a manifest; default `checkpoint`. */
  readonly id?: string;
}

/** A model whose file is already parsed. */
export interface ModelParts extends ContractParts {
  readonly graph: Graph;
  readonly weights: Weights;
}

/** A model that another engine reads and runs. */
interface ExternalParts extends ContractParts, Pick<ExternalModel, 'engine'> {
  /** Name of the network and shape of its input. */
  readonly network: Pick<Graph, 'name' | 'inputShape'>;
}

export interface ExternalModelParts extends ExternalParts, Pick<ExternalModel, 'createPredictor'> {}

export interface AsyncExternalModelParts
  extends ExternalParts, Pick<AsyncExternalModel, 'createAsyncPredictor'> {}

/**
 * Makes a model from a graph and weights that were read from a file of any format.
 *
 * @throws MienError `MODEL_INVALID` if the parts do not belong together, or if labels or input range are missing: they
 *   have to come from the manifest or the file
 */
export async function createModel(parts: ModelParts): Promise<Model> {
  const { graph, weights, source } = parts;
  return assemble(await contractOf(parts, graph), graph, weights, source);
}

/**
 * Makes a model from a network that another engine runs synchronously.
 *
 * @throws MienError `MODEL_INVALID` as {@link createModel}
 */
export async function createExternalModel(parts: ExternalModelParts): Promise<ExternalModel> {
  return { ...(await describeExternal(parts)), createPredictor: parts.createPredictor };
}

/**
 * Makes a model from a network that another engine runs asynchronously, for `createAsyncAnalyzer`.
 *
 * @throws MienError `MODEL_INVALID` as {@link createModel}
 */
export async function createAsyncExternalModel(parts: AsyncExternalModelParts): Promise<AsyncExternalModel> {
  return { ...(await describeExternal(parts)), createAsyncPredictor: parts.createAsyncPredictor };
}

async function describeExternal(parts: ExternalParts) {
  const { network, engine, source } = parts;
  const manifest = await contractOf(parts, network);
  checkInput(manifest, network, source);
  return { manifest, labels: manifest.labels, engine };
}

async function contractOf(
  parts: ContractParts,
  network: Pick<Graph, 'name' | 'inputShape'>,
): Promise<ClassifierManifest> {
  const { bytes, labels, inputRange, crop, source, id } = parts;
  const manifest = await parseContract(parts.manifest, bytes, source);
  if (manifest !== undefined) return manifest;
  if (labels === undefined) throw invalid(source, 'does not say what its outputs mean; give labels');
  if (inputRange === undefined) throw invalid(source, 'does not say the range of its input; give inputRange');
  const own = {
    labels: parseLabels(labels, source),
    inputRange: parseRange(inputRange, source),
    ...(crop === undefined ? {} : { crop: parseCrop(crop, source) }),
  };
  return standInManifest(network, own, bytes, source, id);
}

async function parseContract(
  json: unknown,
  bytes: Uint8Array,
  source: string,
): Promise<ClassifierManifest | undefined> {
  if (json === undefined) return undefined;
  const manifest = parseManifest(json, source);
  if (manifest.kind !== 'classifier') {
    throw invalid(
      source,
      `${manifest.id} is a ${manifest.kind} and reads no expressions; use a classifier, or use it as the detector`,
    );
  }
  await checkSha256(bytes, manifest.weights.sha256, source);
  return manifest;
}

function assemble(manifest: ClassifierManifest, graph: Graph, weights: Weights, source: string): Model {
  checkAgreement(manifest, graph, weights, source);
  return { manifest, labels: manifest.labels, graph, weights };
}

/** What a file's metadata has to hold if there is no manifest. */
interface OwnContract {
  readonly labels: readonly string[];
  /** Values that the samples 0 and 255 are mapped to. */
  readonly inputRange: readonly [low: number, high: number];
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
  crop = FER2013_CROP,
  metadata,
  dtype,
}: ModelFileContents): Uint8Array {
  const own = {
    graph: JSON.stringify(graph),
    labels: JSON.stringify(labels),
    inputRange: JSON.stringify(inputRange),
    crop: JSON.stringify(crop),
  };
  return toSafetensors(weights, { ...metadata, ...own }, dtype);
}

/** Makes a manifest from a file's own metadata. */
async function standInManifest(
  { name, inputShape }: Pick<Graph, 'name' | 'inputShape'>,
  { labels, inputRange, crop = FER2013_CROP }: OwnContract,
  bytes: Uint8Array,
  source: string,
  id = 'checkpoint',
): Promise<ClassifierManifest> {
  const [height, width, channels] = inputShape;
  if (channels !== 1 && channels !== 3) {
    throw invalid(source, `its network takes ${channels} channels; a picture has 1 (grey) or 3 (RGB)`);
  }
  return {
    id,
    name,
    kind: 'classifier',
    labels,
    input: { width, height, channels, range: inputRange },
    crop,
    weights: { file: source, sha256: (await sha256(bytes)) ?? '' },
    licence: 'NOASSERTION',
    provenance: {},
    metrics: {},
  };
}

function readOwnContract(file: Safetensors, source: string): OwnContract {
  return {
    labels: parseLabels(readJson(file, 'labels', source), source),
    inputRange: parseRange(readJson(file, 'inputRange', source), source),
    ...(file.metadata['crop'] === undefined
      ? {}
      : { crop: parseCrop(readJson(file, 'crop', source), source) }),
  };
}

/** Manifest, graph and weights have to match; later stages rely on it. */
function checkAgreement(manifest: ClassifierManifest, graph: Graph, weights: Weights, source: string): void {
  try {
    checkWeights(graph, weights);
  } catch (cause) {
    if (!(cause instanceof MienError)) throw cause;
    throw invalid(source, cause.message, cause);
  }
  const { labels } = manifest;
  checkInput(manifest, graph, source);
  const { outputShape } = describeGraph(graph);
  if (outputShape.length !== 1 || outputShape[0] !== labels.length) {
    throw invalid(
      source,
      `${labels.length} labels were given for a network whose output is [${outputShape.join(', ')}]`,
    );
  }
}

function checkInput(
  { input }: ClassifierManifest,
  { inputShape }: Pick<Graph, 'inputShape'>,
  source: string,
): void {
  const stated = [input.height, input.width, input.channels];
  if (inputShape.some((side, axis) => side !== stated[axis])) {
    throw invalid(
      source,
      `the manifest's input is ${stated.join('×')} and the network's is ${inputShape.join('×')}`,
    );
  }
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

/**
 * Checks that a manifest belongs to a file. Does nothing where the runtime cannot compute the digest ({@link sha256}).
 *
 * @throws MienError `MODEL_INVALID`
 */
export async function checkSha256(bytes: Uint8Array, expected: string, source: string): Promise<void> {
  const actual = await sha256(bytes);
  if (actual !== undefined && actual !== expected) {
    throw invalid(
      source,
      `the weights' sha256 is ${actual}, the manifest's is ${expected}; the file is damaged or another version, install it again`,
    );
  }
}

function invalid(source: string, what: string, cause?: unknown): MienError {
  return new MienError('MODEL_INVALID', `${source}: ${what}`, { cause });
}
