/**
 * Mien's own model files (`toModelFile` of @mien/core) as one format among the others: the graph and what else is known
 * as metadata, weights by name, and further tensors, such as an optimiser's, beside them.
 */
import { MienError, parseSafetensors, toSafetensors } from '@mien/core';
import { checkWeights, describeGraph, parseGraph, type Graph, type Tensor } from '@mien/core/nn';
import { checkHalves, type WeightType } from '../float16.js';
import type { ExportableModel, ImportedModel } from '../imported-model.js';
import { parseOwnMetadata, toOwnMetadata } from '../own-metadata.js';

/**
 * Reads a safetensors file that carries its graph.
 *
 * @param source what error messages name, such as the file
 * @throws MienError `MODEL_INVALID` for a damaged file, or one of another tool, whose weights say no network
 */
export function parseModelSafetensors(bytes: Uint8Array, source: string): ImportedModel {
  const file = parseSafetensors(bytes, source);
  const { graph: text, ...entries } = file.metadata;
  const graph = parseGraph(readGraph(text, source), source);
  const own = namesOf(graph);
  const pick = (isOwn: boolean): Map<string, Tensor> =>
    new Map([...file.tensors].filter(([name]) => own.has(name) === isOwn));
  const weights = pick(true);
  try {
    checkWeights(graph, weights);
  } catch (cause) {
    if (!(cause instanceof MienError)) throw cause;
    throw new MienError(cause.code, `${source}: ${cause.message}`, { cause });
  }
  return { graph, weights, ...parseOwnMetadata(entries), furtherTensors: pick(false) };
}

/**
 * Writes a model as safetensors; an optimiser's state is left out.
 *
 * @throws MienError `MODEL_INVALID` when graph and weights do not belong together, `UNSUPPORTED` for a weight that is
 *   too large for float16
 */
export function toModelSafetensors(model: ExportableModel, dtype: WeightType = 'F32'): Uint8Array {
  const { graph, furtherTensors = [] } = model;
  checkWeights(graph, model.weights);
  const own = namesOf(graph);
  const weights = new Map([...model.weights].filter(([name]) => own.has(name)));
  const tensors = new Map([...weights, ...furtherTensors]);
  if (dtype === 'F16') checkHalves(tensors);
  return toSafetensors(tensors, { ...toOwnMetadata(model), graph: JSON.stringify(graph) }, dtype);
}

function namesOf(graph: Graph): ReadonlySet<string> {
  const described = [...describeGraph(graph).layers.values()];
  return new Set(described.flatMap(({ weights }) => weights.map(({ name }) => name)));
}

function readGraph(text: string | undefined, source: string): unknown {
  if (text === undefined) {
    throw new MienError(
      'MODEL_INVALID',
      `${source}: its metadata has no "graph"; it was not written by Mien, or needs its manifest.json`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new MienError('MODEL_INVALID', `${source}: its metadata "graph" is not JSON`, { cause });
  }
}
