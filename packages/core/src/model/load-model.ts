/**
 * Makes a model from bytes. A model is a network's graph, its weights, and the manifest that says how to feed the network
 * and how to read its output. There are three kinds of sources:
 *
 *   an installed model   manifest.json beside weights.safetensors; the manifest holds the checksum of the weights
 *   a model file         one safetensors file with everything in its metadata (`toModelFile`)
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
import { parseNormalization, parseRange } from './input-contract.js';
import { FER2013_CROP, parseCrop, parseLabels, parseManifest, type ClassifierManifest } from './manifest.js';
import type { AsyncExternalModel, ExternalModel, Model } from './model.js';
import { outputsOfGraph, parseOutputs, withSoftmax } from './network-outputs.js';
import { readJson, readOwnContract, type OwnContract } from './own-contract.js';
import { parseSafetensors } from './safetensors.js';

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
  /** What was assumed when the file was read, in lines for people. */
  readonly notices?: readonly string[];
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
  const { graph, weights, source, notices } = parts;
  return assemble(await contractOf(parts, graph), graph, weights, source, notices);
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
  const { network, engine, source, notices } = parts;
  const manifest = await contractOf(parts, network);
  checkInput(manifest, network, source);
  checkClasses(manifest.labels, source);
  const told = [...(notices ?? []), ...(manifest.outputs === 'sigmoids' ? [SIGMOIDS_NOTICE] : [])];
  return { manifest, labels: manifest.labels, engine, ...(told.length > 0 && { notices: told }) };
}

async function contractOf(
  parts: ContractParts,
  network: Pick<Graph, 'name' | 'inputShape'>,
): Promise<ClassifierManifest> {
  const { bytes, labels, inputRange, normalization, outputs, crop, source, id } = parts;
  const manifest = await parseContract(parts.manifest, bytes, source);
  const steps = normalization && parseNormalization({ ...normalization }, network.inputShape[2], source);
  const kind = outputs === undefined ? undefined : parseOutputs(outputs, source);
  if (manifest !== undefined) {
    // If the manifest does not state them, the caller may.
    return { ...manifest, input: { ...manifest.input, ...steps }, ...(kind && { outputs: kind }) };
  }
  if (labels === undefined) throw invalid(source, 'does not say what its outputs mean; give labels');
  if (inputRange === undefined) throw invalid(source, 'does not say the range of its input; give inputRange');
  const own = {
    labels: parseLabels(labels, source),
    inputRange: parseRange(inputRange, source),
    ...(steps && { normalization: steps }),
    ...(kind && { outputs: kind }),
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

const SIGMOIDS_NOTICE =
  'its outputs are a sigmoid for each label, not probabilities of one choice; they are divided by their sum';
const SOFTMAX_NOTICE = 'its outputs are no probabilities yet (logits); their softmax is taken';

function assemble(
  stated: ClassifierManifest,
  graph: Graph,
  weights: Weights,
  source: string,
  notices: readonly string[] = [],
): Model {
  checkAgreement(stated, graph, weights, source);
  checkClasses(stated.labels, source);
  const { outputs: given, ...rest } = stated;
  const outputs = given ?? outputsOfGraph(graph);
  const told = (notice: string) => [...notices, notice];
  switch (outputs) {
    case 'logits':
    case 'log-probabilities':
      // From here on the softmax is a part of the network, which can be trained on and written as such.
      return toModel(rest, withSoftmax(graph), weights, given === undefined ? told(SOFTMAX_NOTICE) : notices);
    case 'sigmoids':
      return toModel({ ...rest, outputs }, graph, weights, told(SIGMOIDS_NOTICE));
    case 'probabilities':
    case undefined:
      return toModel(given === undefined ? rest : stated, graph, weights, notices);
    default:
      return outputs satisfies never;
  }
}

function toModel(
  manifest: ClassifierManifest,
  graph: Graph,
  weights: Weights,
  notices: readonly string[],
): Model {
  return { manifest, labels: manifest.labels, graph, weights, ...(notices.length > 0 && { notices }) };
}

/** One number is no choice between expressions. */
function checkClasses(labels: readonly string[], source: string): void {
  if (labels.length >= 2) return;
  throw invalid(source, `has one output (${labels.join()}), which says yes or no; a classifier has one for each of its labels`); // prettier-ignore
}

/** Makes a manifest from a file's own metadata. */
async function standInManifest(
  { name, inputShape }: Pick<Graph, 'name' | 'inputShape'>,
  { labels, inputRange, normalization, outputs, crop = FER2013_CROP }: OwnContract,
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
    input: { width, height, channels, range: inputRange, ...normalization },
    crop,
    ...(outputs && { outputs }),
    weights: { file: source, sha256: (await sha256(bytes)) ?? '' },
    licence: 'NOASSERTION',
    provenance: {},
    metrics: {},
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
