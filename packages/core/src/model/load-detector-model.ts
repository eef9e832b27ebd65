/** Loads the network of a detector from `manifest.json` and a safetensors file with graph and weights. */
import { MienError } from '../errors.js';
import type { Graph } from '../nn/graph.js';
import { parseGraph } from '../nn/parse-graph.js';
import type { Weights } from '../nn/tensor.js';
import { checkWeights } from '../nn/weights.js';
import { checkSha256, type ModelSource } from './load-model.js';
import { readJson } from './own-contract.js';
import { parseManifest, type DetectorManifest } from './manifest.js';
import { parseSafetensors } from './safetensors.js';

export interface DetectorModel {
  readonly manifest: DetectorManifest;
  readonly graph: Graph;
  /** Further networks of the detector, by name, with weights among its own. */
  readonly stages: ReadonlyMap<string, Graph>;
  readonly weights: Weights;
}

/** What the metadata of further networks begins with. */
const STAGE = 'graph:';

/**
 * Loads the network of a detector. The detector itself parses its further fields of the manifest.
 *
 * @throws MienError `MODEL_INVALID` if the files are damaged or do not belong together
 */
export async function loadDetectorModel({
  manifest: json,
  weights: bytes,
  source,
}: ModelSource): Promise<DetectorModel> {
  const manifest = parseManifest(json, source);
  if (manifest.kind !== 'detector') {
    throw new MienError(
      'MODEL_INVALID',
      `${source}: ${manifest.id} is a ${manifest.kind} and detects no faces; use a detector`,
    );
  }
  await checkSha256(bytes, manifest.weights.sha256, source);
  const file = parseSafetensors(bytes, source);
  const graph = parseGraph(readJson(file, 'graph', source), source);
  const stages = new Map(
    Object.keys(file.metadata)
      .filter((key) => key.startsWith(STAGE))
      .map((key) => [key.slice(STAGE.length), parseGraph(readJson(file, key, source), source)]),
  );
  try {
    for (const network of [graph, ...stages.values()]) checkWeights(network, file.tensors);
  } catch (cause) {
    if (!(cause instanceof MienError)) throw cause;
    throw new MienError('MODEL_INVALID', `${source}: ${cause.message}`, { cause });
  }
  return { manifest, graph, stages, weights: file.tensors };
}
