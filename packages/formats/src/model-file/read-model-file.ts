/** From a model file of any format that Mien reads to a model. */
import { createModel, loadModel, MienError, type Model } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import type * as Formats from '../index.js';
import type { ImportedModel, ParseOnnxOptions } from '../index.js';
import { contractOfPaper, parseContract, type ModelContract } from './model-contract.js';

export interface ModelFile {
  /** Its name, with or without folders: says the format, and is what messages call it. */
  readonly path: string;
  readonly bytes: Uint8Array;
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

type Reader = (
  formats: typeof Formats,
  bytes: Uint8Array,
  source: string,
  options: ParseOnnxOptions,
) => ImportedModel | Promise<ImportedModel>;

const readKerasHdf5: Reader = (formats, bytes, source) => formats.parseKerasHdf5(bytes, source);

const READERS = {
  '.hdf5': readKerasHdf5,
  '.h5': readKerasHdf5,
  '.keras': (formats, bytes, source) => formats.parseKerasArchive(bytes, source),
  '.onnx': (formats, bytes, source, options) => formats.parseOnnx(bytes, source, options),
  '.tflite': (formats, bytes, source) => formats.parseTflite(bytes, source),
  '.safetensors': (formats, bytes, source) => formats.parseModelSafetensors(bytes, source),
} as const satisfies Record<string, Reader>;

/** A model file's format, by its name. */
export type ModelExtension = keyof typeof READERS;
export const MODEL_EXTENSIONS = Object.keys(READERS) as readonly ModelExtension[];

/** `undefined` for a name that says no format. */
export function extensionOf(path: string): ModelExtension | undefined {
  const name = path.toLowerCase();
  return MODEL_EXTENSIONS.find((extension) => name.endsWith(extension));
}

export function isOnnx(path: string): boolean {
  return extensionOf(path) === '.onnx';
}

/** A safetensors file is the length of its header in eight bytes, and then the header: a JSON object. */
function mayBeSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b;
}

/**
 * Reads a model file by the format that its name says, as it is; one whose name says none may be safetensors.
 *
 * @throws MienError `MODEL_INVALID` when it is damaged or no model, `UNSUPPORTED`
 */
export async function importModelFile(
  { path, bytes }: Pick<ModelFile, 'path' | 'bytes'>,
  options: ParseOnnxOptions = {},
): Promise<ImportedModel> {
  // Loaded when it is needed: it brings libraries of megabytes along.
  const formats = await import('../index.js');
  const extension = extensionOf(path);
  if (extension === undefined && !mayBeSafetensors(bytes)) {
    const endings = MODEL_EXTENSIONS.join(', ');
    throw new MienError('MODEL_INVALID', `${path}: is no model file; name one that ends in ${endings}`);
  }
  return READERS[extension ?? '.safetensors'](formats, bytes, path, options);
}

/**
 * Reads a model file by the format that its name says.
 *
 * @throws MienError `MODEL_INVALID` when it is damaged or nothing says what its outputs mean, `UNSUPPORTED`
 */
export async function readModelFile(file: ModelFile): Promise<Model> {
  const { path, bytes, manifest, contract } = file;
  const id = toModelId(path);
  if (manifest !== undefined) {
    if ((extensionOf(path) ?? '.safetensors') === '.safetensors') {
      return withContract(await loadModel({ manifest, weights: bytes, source: path, id }), contract);
    }
    const { graph, weights } = await importModelFile(file);
    return withContract(await createModel({ manifest, bytes, graph, weights, source: path, id }), contract);
  }
  const imported = await importModelFile(file);
  const { graph, weights } = imported;
  const whole = await findContract(file, imported);
  const { outputShape } = describeGraph(graph);
  checkContract(whole, path, outputShape.join('×'), file.contractHints);
  if (contract.labels !== undefined) checkGivenLabels(contract.labels, outputShape[0] ?? 0, id);
  return createModel({ manifest, bytes, graph, weights, source: path, id, ...whole });
}

/**
 * Labels, input range and crop of a model: from the person, its manifest or the file itself, a manifest
 * beside it, the paper's code.
 *
 * @param imported what the file says; without a graph where that cannot be read
 * @throws MienError `MODEL_INVALID` for a broken manifest, or one of another file
 */
export async function findContract(
  { path, bytes, manifest, contract, findContractBeside }: ModelFile,
  imported: Pick<ImportedModel, 'labels' | 'inputRange' | 'crop'> & Partial<Pick<ImportedModel, 'graph'>>,
): Promise<ModelContract> {
  if (manifest !== undefined) return { ...(await parseContract(manifest, path, bytes)), ...contract };
  const { labels, inputRange, crop, graph } = imported;
  const own = {
    ...(labels === undefined ? {} : { labels }),
    ...(inputRange === undefined ? {} : { inputRange }),
    ...(crop === undefined ? {} : { crop }),
  };
  const isWhole = labels !== undefined && inputRange !== undefined;
  const beside = isWhole ? {} : await findContractBeside?.();
  const known = isWhole || graph === undefined ? {} : contractOfPaper(graph);
  return { ...known, ...beside, ...own, ...contract };
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

/** The model, with the person's labels and range in place of those of its file or manifest. */
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
