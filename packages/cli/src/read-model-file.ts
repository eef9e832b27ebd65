/** From a model file of any format that Mien reads to a model. */
import { basename } from 'node:path';
import { createModel, loadModel, MienError, type Model } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import type { ImportedModel } from '@mien/formats';
import { contractOfPaper, readContractBeside, type ModelContract } from './model-contract.js';

export interface ModelFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** As `JSON.parse` gives it; `undefined` where none was named. */
  readonly manifest: unknown;
  /** Stands above everything else. */
  readonly contract: ModelContract;
}

type Reader = (bytes: Uint8Array, source: string) => Promise<ImportedModel>;

const parseKerasHdf5: Reader = async (...file) => (await import('@mien/formats')).parseKerasHdf5(...file);
const parseKerasArchive: Reader = async (...file) =>
  (await import('@mien/formats')).parseKerasArchive(...file);

const parseOnnx: Reader = async (...file) => (await import('@mien/formats')).parseOnnx(...file);
const parseTflite: Reader = async (...file) => (await import('@mien/formats')).parseTflite(...file);

/** The readers are loaded when they are needed: they bring libraries of megabytes along. */
const READERS: Readonly<Record<string, Reader>> = {
  '.hdf5': parseKerasHdf5,
  '.h5': parseKerasHdf5,
  '.keras': parseKerasArchive,
  '.onnx': parseOnnx,
  '.tflite': parseTflite,
};
const SAFETENSORS = '.safetensors';

/**
 * Reads a model file by the format that its name says; a name that says none is taken for safetensors.
 *
 * @throws MienError `MODEL_INVALID` when it is damaged or nothing says what its outputs mean, `UNSUPPORTED`
 */
export async function readModelFile({ path, bytes, manifest, contract }: ModelFile): Promise<Model> {
  const id = toModelId(path);
  const read = READERS[extensionOf(path)];
  if (read === undefined) {
    return withContract(await loadModel({ manifest, weights: bytes, source: path, id }), contract);
  }
  const imported = await read(bytes, path);
  const parts = { manifest, bytes, graph: imported.graph, weights: imported.weights, source: path, id };
  if (manifest !== undefined) return withContract(await createModel(parts), contract);

  const { labels, inputRange, crop } = imported;
  const own = {
    ...(labels === undefined ? {} : { labels }),
    ...(inputRange === undefined ? {} : { inputRange }),
    ...(crop === undefined ? {} : { crop }),
  };
  const isWhole = labels !== undefined && inputRange !== undefined;
  const beside = isWhole ? {} : await readContractBeside(path, bytes);
  const known = isWhole ? {} : await contractOfPaper(imported.graph);
  const whole: ModelContract = { ...known, ...beside, ...own, ...contract };
  checkContract(whole, parts);
  return createModel({ ...parts, ...whole });
}

/** What results call a model that has no manifest: its file name without the extension. */
function toModelId(path: string): string {
  const name = basename(path);
  const extension = extensionOf(path);
  return extension === '' ? name : name.slice(0, -extension.length);
}

/** Empty for a name that says no format. */
function extensionOf(path: string): string {
  const name = path.toLowerCase();
  return [...Object.keys(READERS), SAFETENSORS].find((extension) => name.endsWith(extension)) ?? '';
}

function checkContract(
  { labels, inputRange }: ModelContract,
  { source, graph }: { readonly source: string; readonly graph: ImportedModel['graph'] },
): void {
  const outputs = describeGraph(graph).outputShape.join('×');
  const missing = [
    ...(labels === undefined ? [`what its ${outputs} outputs mean (--labels a,b,…)`] : []),
    ...(inputRange === undefined ? ['what grey 0 and 255 become at its input (--input-range=-1,1)'] : []),
  ];
  if (missing.length > 0) {
    throw new MienError(
      'MODEL_INVALID',
      `${source}: does not say ${missing.join(' and ')}; say it so, or in ${basename(source)}.json beside it`,
    );
  }
}

/** A model with what a person says about it in the place of what its file or manifest says. */
function withContract(model: Model, contract: ModelContract): Model {
  const { labels = model.labels, inputRange = model.manifest.input.range } = contract;
  if (labels.length !== model.labels.length) {
    throw new MienError(
      'USAGE',
      `${model.manifest.id}: ${labels.length} labels were given for a network of ${model.labels.length} outputs`,
    );
  }
  const input = { ...model.manifest.input, range: inputRange };
  return { ...model, labels, manifest: { ...model.manifest, labels, input } };
}
