/**
 * A model is a network's graph, its weights, and the manifest that says how to feed and to read it.
 *
 * It comes as bytes, from three kinds of places:
 *   an installed model   manifest.json beside weights.safetensors, whose checksum the manifest holds
 *   a model file         one safetensors file that carries what it needs in its metadata ({@link toModelFile})
 *   a foreign file       already read by someone else, with or without a manifest ({@link createModel})
 * In safetensors the graph travels as JSON in the metadata. Nothing is read or fetched here.
 */
import { MienError } from '../errors.js';
import type { Graph } from '../nn/graph.js';
import { describeGraph } from '../nn/describe-graph.js';
import { parseGraph } from '../nn/parse-graph.js';
import type { Weights } from '../nn/tensor.js';
import { checkWeights } from '../nn/weights.js';
import {
  FER2013_CROP,
  parseCrop,
  parseLabels,
  parseManifest,
  parseRange,
  type ClassifierManifest,
  type CropGeometry,
} from './manifest.js';
import type { ForeignModel } from './predictor.js';
import { parseSafetensors, toSafetensors, type Safetensors, type SafetensorsDtype } from './safetensors.js';

export interface Model {
  readonly manifest: ClassifierManifest;
  /** The manifest's: meaning of the network's outputs, in their order. */
  readonly labels: readonly string[];
  readonly graph: Graph;
  readonly weights: Weights;
}

export interface ModelSource {
  /** As `JSON.parse` gives it; `undefined` for a checkpoint that stands alone. */
  readonly manifest: unknown;
  /** The safetensors file. */
  readonly weights: Uint8Array;
  /** What error messages name, such as the file's path. */
  readonly source: string;
  /** Id of a model without a manifest; default `checkpoint`. */
  readonly id?: string;
}

/**
 * Makes a model of its files.
 *
 * @throws MienError `MODEL_INVALID` when the files are damaged or do not belong together, `UNSUPPORTED` for a
 *   number type that cannot be read.
 */
export async function loadModel({ manifest: json, weights: bytes, source, id }: ModelSource): Promise<Model> {
  const manifest = await parseContract(json, bytes, source);
  const file = parseSafetensors(bytes, source);
  const graph = parseGraph(readJson(file, 'graph', source), source);
  const contract =
    manifest ?? (await standInManifest(graph, readOwnContract(file, source), bytes, source, id));
  return assemble(contract, graph, file.tensors, source);
}

/** What makes a file a model, whoever computes its network. */
interface ContractParts extends Partial<OwnContract> {
  /** As `JSON.parse` gives it; `undefined` for a file that stands alone. Stands above what the file says itself. */
  readonly manifest: unknown;
  /** The file that the network was read from: the manifest's checksum is of these bytes. */
  readonly bytes: Uint8Array;
  /** What error messages name, such as the file's path. */
  readonly source: string;
  /** Id of a model without a manifest; default `checkpoint`. */
  readonly id?: string;
}

/** A model whose file was read already. */
export interface ModelParts extends ContractParts {
  readonly graph: Graph;
  readonly weights: Weights;
}

/** A model whose file somebody else reads and computes. */
export interface ForeignModelParts extends ContractParts, Pick<ForeignModel, 'engine' | 'createPredictor'> {
  /** What the file calls its network, and the picture that this takes. */
  readonly network: Pick<Graph, 'name' | 'inputShape'>;
}

/**
 * Makes a model of a graph and weights that were read from a file of any format.
 *
 * @throws MienError `MODEL_INVALID` when the parts do not belong together, or when neither a manifest nor the file says
 *   what the outputs mean and how pictures are fed
 */
export async function createModel(parts: ModelParts): Promise<Model> {
  const { graph, weights, source } = parts;
  return assemble(await contractOf(parts, graph), graph, weights, source);
}

/**
 * Gives a network that another engine computes the contract of a model.
 *
 * @throws MienError `MODEL_INVALID` as {@link createModel}
 */
export async function createForeignModel(parts: ForeignModelParts): Promise<ForeignModel> {
  const { network, engine, createPredictor, source } = parts;
  const manifest = await contractOf(parts, network);
  checkInput(manifest, network, source);
  return { manifest, labels: manifest.labels, engine, createPredictor };
}

async function contractOf(
  parts: ContractParts,
  network: Pick<Graph, 'name' | 'inputShape'>,
): Promise<ClassifierManifest> {
  const { bytes, labels, inputRange, crop, source, id } = parts;
  const manifest = await parseContract(parts.manifest, bytes, source);
  if (manifest !== undefined) return manifest;
  if (labels === undefined) throw invalid(source, 'does not say what its outputs mean; give their labels');
  if (inputRange === undefined) throw invalid(source, 'does not say what range its input has; give it');
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
    throw invalid(source, `${manifest.id} is a ${manifest.kind} and reads no expressions; name a classifier`);
  }
  await checkSha256(bytes, manifest.weights.sha256, source);
  return manifest;
}

function assemble(manifest: ClassifierManifest, graph: Graph, weights: Weights, source: string): Model {
  checkAgreement(manifest, graph, weights, source);
  return { manifest, labels: manifest.labels, graph, weights };
}

/** What a file must say about itself to be used without a manifest. */
interface OwnContract {
  readonly labels: readonly string[];
  /** What the samples 0 and 255 become. */
  readonly inputRange: readonly [low: number, high: number];
  /** Default: as FER2013 shows a face. */
  readonly crop?: CropGeometry;
}

export interface ModelFileContents extends OwnContract {
  readonly graph: Graph;
  readonly weights: Weights;
  /** Further metadata, such as the epoch; the keys of the fields above are taken. */
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

/** The manifest of a file that carries one in pieces. */
async function standInManifest(
  { name, inputShape }: Pick<Graph, 'name' | 'inputShape'>,
  { labels, inputRange, crop = FER2013_CROP }: OwnContract,
  bytes: Uint8Array,
  source: string,
  id = 'checkpoint',
): Promise<ClassifierManifest> {
  const [height, width, channels] = inputShape;
  if (channels !== 1 && channels !== 3) {
    throw invalid(source, `its network takes ${channels} channels; pictures have 1 (grey) or 3 (RGB)`);
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

/** Manifest, graph and weights must be of one model; later stages rely on it. */
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

/** JSON out of the metadata of a file that Mien wrote. */
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

/** Refuses other bytes than those that a manifest was written for. */
export async function checkSha256(bytes: Uint8Array, expected: string, source: string): Promise<void> {
  const actual = await sha256(bytes);
  if (actual !== undefined && actual !== expected) {
    throw invalid(
      source,
      `the weights' sha256 is ${actual}, the manifest's is ${expected}; the file is damaged or another version, install it again`,
    );
  }
}

/** In lower-case hexadecimal; `undefined` where the runtime offers no digest: a page that was not served over HTTPS. */
export async function sha256(bytes: Uint8Array): Promise<string | undefined> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  if (subtle === undefined) return undefined;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function invalid(source: string, what: string, cause?: unknown): MienError {
  return new MienError('MODEL_INVALID', `${source}: ${what}`, { cause });
}
