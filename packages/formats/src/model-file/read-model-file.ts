/** From a model file of any format that Mien reads to a model. */
import { createModel, loadModel, MienError, type Model } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import type { ImportedModel, ParseOnnxOptions } from '../index.js';
import { contractOfPaper } from './contract-of-paper.js';
import { detectFormat, extensionOf } from './detect-format.js';
import { importModelFile, type FileWithNeighbours } from './import-model-file.js';
import { parseContract, type ModelContract } from './model-contract.js';

export interface ModelFile extends FileWithNeighbours {
  /** As `JSON.parse` gives it; `undefined` where none was named. */
  readonly manifest: unknown;
  /** What the person says; takes precedence over everything else. */
  readonly contract: ModelContract;
  /** Looks for a manifest beside the file, where files have neighbours; asked only when the file itself says too little. */
  readonly findContractBeside?: () => Promise<ModelContract>;
  /** How to state the contract, for messages. Default: the options of the command. */
  readonly contractHints?: ContractHints;
}

export interface ContractHints {
  readonly labels: string;
  readonly inputRange: string;
}

const COMMAND_HINTS: ContractHints = { labels: '--labels a,b,…', inputRange: '--input-range=-1,1' };

/** Whether a file is ONNX, by its bytes. */
export function isOnnx({ path, bytes }: Pick<ModelFile, 'path' | 'bytes'>): boolean {
  return detectFormat(bytes, path) === '.onnx';
}

/**
 * Reads a model file by its bytes.
 *
 * @throws MienError `MODEL_INVALID` when it is damaged or nothing says what its outputs mean, `UNSUPPORTED`
 */
export async function readModelFile(file: ModelFile): Promise<Model> {
  const { path, bytes, manifest, contract } = file;
  const id = toModelId(path);
  if (manifest !== undefined && detectFormat(bytes, path) === '.safetensors') {
    const stated = await withStated(manifest, contract, path, bytes);
    return withContract(await loadModel({ manifest: stated, weights: bytes, source: path, id }), contract);
  }
  const options = await importOptionsOf(file);
  const imported = await importModelFile(file, options);
  const { graph, weights } = imported;
  if (manifest !== undefined) {
    const stated = await withStated(manifest, contract, path, bytes);
    const model = await createModel({ manifest: stated, bytes, graph, weights, source: path, id });
    return withContract(model, contract);
  }
  const { contract: whole, notices } = await findContract(file, imported);
  const { outputShape } = describeGraph(graph);
  checkContract(whole, path, outputShape.join('×'), file.contractHints);
  if (contract.labels !== undefined) checkGivenLabels(contract.labels, outputShape[0] ?? 0, id);
  return createModel({ manifest, bytes, graph, weights, source: path, id, ...whole, notices });
}

/** How the network is to be read: the layout of its input, from the person or the manifest. */
async function importOptionsOf(file: ModelFile): Promise<ParseOnnxOptions> {
  const { path, bytes, manifest, contract, findContractBeside } = file;
  const stated =
    contract.inputLayout ??
    (manifest === undefined ? await findContractBeside?.() : await parseContract(manifest, path, bytes))
      ?.inputLayout;
  return stated === undefined ? {} : { inputLayout: stated };
}

/** A manifest with what a person says beyond labels and range, which the network is made with. */
async function withStated(
  manifest: unknown,
  { normalization, outputs }: ModelContract,
  path: string,
  bytes: Uint8Array,
): Promise<unknown> {
  await parseContract(manifest, path, bytes);
  const { input, ...rest } = manifest as Record<string, unknown>;
  return {
    ...rest,
    ...(input === undefined ? {} : { input: { ...(input as object), ...normalization } }),
    ...(outputs && { outputs }),
  };
}

/** A contract, and what of it is an assumption, in lines for people. */
export interface FoundContract {
  readonly contract: ModelContract;
  readonly notices: readonly string[];
}

/**
 * Labels, input and crop of a model: from the person, its manifest or the file itself, a manifest beside it, the paper's
 * code.
 *
 * @param imported what the file says; without a graph where that cannot be read
 * @throws MienError `MODEL_INVALID` for a broken manifest, or one of another file
 */
export async function findContract(
  { path, bytes, manifest, contract, findContractBeside }: ModelFile,
  imported: Pick<ImportedModel, 'labels' | 'inputRange' | 'normalization' | 'outputs' | 'crop'> &
    Partial<Pick<ImportedModel, 'graph'>>,
): Promise<FoundContract> {
  if (manifest !== undefined) {
    return { contract: { ...(await parseContract(manifest, path, bytes)), ...contract }, notices: [] };
  }
  const { labels, inputRange, normalization, outputs, crop, graph } = imported;
  const own = {
    ...(labels === undefined ? {} : { labels }),
    ...(inputRange === undefined ? {} : { inputRange }),
    ...(normalization === undefined ? {} : { normalization }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(crop === undefined ? {} : { crop }),
  };
  const isWhole = labels !== undefined && inputRange !== undefined;
  const beside = isWhole ? {} : ((await findContractBeside?.()) ?? {});
  const stated = { ...beside, ...own, ...contract };
  const paper = isWhole || graph === undefined ? undefined : contractOfPaper(graph, basename(path));
  if (paper === undefined) return { contract: stated, notices: [] };
  const { labels: paperLabels, inputRange: paperRange } = paper;
  const assumed = [
    ...(stated.labels === undefined ? [`its labels (${paperLabels.join(', ')}; --labels)`] : []),
    ...(stated.inputRange === undefined ? [`its input range (${paperRange.join(', ')}; --input-range)`] : []),
  ];
  const notice = `does not say ${assumed.join(' and ')}: assumed, since its network is ${paper.network}`;
  return {
    contract: { labels: paperLabels, inputRange: paperRange, ...stated },
    notices: assumed.length > 0 && !paper.isNamed ? [notice] : [],
  };
}

/** The file name of a path with `/` (or, from Windows, `\\`). */
function basename(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** What results call a model that has no manifest: its file name without the extension. */
export function toModelId(path: string): string {
  const name = basename(path);
  return name.slice(0, name.length - (extensionOf(path)?.length ?? 0));
}

/**
 * @param outputs how many there are, for people
 * @throws MienError `MODEL_INVALID` that says how to supply what is missing
 */
export function checkContract(
  { labels, inputRange }: ModelContract,
  source: string,
  outputs: string,
  hints: ContractHints = COMMAND_HINTS,
): void {
  const missing = [
    ...(labels === undefined ? [`what its ${outputs} outputs mean (${hints.labels})`] : []),
    ...(inputRange === undefined ? [`what grey 0 and 255 become at its input (${hints.inputRange})`] : []),
  ];
  if (missing.length > 0) {
    throw new MienError(
      'MODEL_INVALID',
      `${source}: does not say ${missing.join(' and ')}; say it so, or in ${basename(source)}.json beside it`,
    );
  }
}

/** The model, with the person's labels and range in place of those of its manifest. */
function withContract(model: Model, contract: ModelContract): Model {
  const { labels = model.labels, inputRange = model.manifest.input.range } = contract;
  checkGivenLabels(labels, model.labels.length, model.manifest.id);
  const input = { ...model.manifest.input, range: inputRange };
  return { ...model, labels, manifest: { ...model.manifest, labels, input } };
}

/** @throws MienError `USAGE` when a person's labels are not as many as the network has outputs */
export function checkGivenLabels(labels: readonly string[], outputs: number, id: string): void {
  if (labels.length === outputs) return;
  throw new MienError(
    'USAGE',
    `${id}: ${labels.length} labels were given for a network of ${outputs} outputs`,
  );
}
