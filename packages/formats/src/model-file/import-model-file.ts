/** Reads the network of a model file, whatever its format, together with the files that belong to it. */
import { isRecord, MienError } from '@mien/core';
import { printable } from '../import/printable.js';
import type * as Formats from '../index.js';
import type { ImportedModel, ParseOnnxOptions } from '../index.js';
import { requireFormat, type ModelFormat } from './detect-format.js';

/** A model file, and how to reach those beside it. */
export interface FileWithNeighbours {
  /** Its name, with or without folders: what messages call it. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /**
   * Reads another file of the same folder by its name, where files have neighbours: weights that are stored apart.
   * `undefined` where there is none. Names come from the model file: they have no separators, and never begin with a dot.
   */
  readonly readBeside?: (name: string) => Promise<Uint8Array | undefined>;
  /** Names of the files in the same folder. */
  readonly listBeside?: () => Promise<readonly string[]>;
}

/** Of files of weights beside a description. */
const WEIGHTS_ENDING = /\.(h5|hdf5)$/i;

interface ReaderInput {
  readonly formats: typeof Formats;
  readonly file: FileWithNeighbours;
  readonly options: ParseOnnxOptions;
}
type Reader = (input: ReaderInput) => ImportedModel | Promise<ImportedModel>;

const readKerasHdf5: Reader = async ({ formats, file }) => {
  const { bytes, path } = file;
  if (!(await formats.holdsWeightsOnly(bytes, path))) return formats.parseKerasHdf5(bytes, path);
  const description = await findDescription(file);
  // Without one, the reader says what is missing.
  if (description === undefined) return formats.parseKerasHdf5(bytes, path);
  return formats.parseKerasPair(description, bytes, path);
};

const READERS: Readonly<Record<ModelFormat, Reader>> = {
  '.hdf5': readKerasHdf5,
  '.h5': readKerasHdf5,
  '.keras': ({ formats, file: { bytes, path } }) => formats.parseKerasArchive(bytes, path),
  '.onnx': async ({ formats, file, options }) => {
    const externalData = await readExternalData(formats, file);
    return formats.parseOnnx(file.bytes, file.path, { ...options, externalData });
  },
  '.tflite': ({ formats, file: { bytes, path }, options }) => formats.parseTflite(bytes, path, options),
  '.safetensors': ({ formats, file: { bytes, path } }) => formats.parseModelSafetensors(bytes, path),
  '.json': async ({ formats, file }) => {
    const value = parseJson(file.bytes, file.path);
    if (formats.isTensorflowJs(value)) {
      const shards = await readNeighbours(file, formats.listShards(value, file.path), 'its weights lie in');
      return formats.parseTensorflowJs(value, shards, file.path);
    }
    if (isKerasDescription(value)) return readPair(formats, file, value);
    throw new MienError('MODEL_INVALID', `${file.path}: is JSON, but neither a network of Keras (to_json) nor a model.json of TensorFlow.js`); // prettier-ignore
  },
};

/**
 * Reads a model file by its bytes, as it is.
 *
 * @throws MienError `MODEL_INVALID` when it is damaged or no model, `NOT_FOUND` for a file that belongs to it and is not
 *   there, `UNSUPPORTED`
 */
export async function importModelFile(
  file: FileWithNeighbours,
  options: ParseOnnxOptions = {},
): Promise<ImportedModel> {
  const format = requireFormat(file.bytes, file.path);
  // Loaded when it is needed: it brings libraries of megabytes along.
  const formats = await import('../index.js');
  return READERS[format]({ formats, file, options });
}

/** The files that hold an ONNX file's weights, by name. */
function readExternalData(
  formats: typeof Formats,
  file: FileWithNeighbours,
): Promise<ReadonlyMap<string, Uint8Array>> {
  return readNeighbours(
    file,
    formats.listExternalData(file.bytes, file.path),
    'its weights lie in another file,',
  );
}

/** @throws MienError `NOT_FOUND` for a file that is not there */
async function readNeighbours(
  { path, readBeside }: FileWithNeighbours,
  names: readonly string[],
  what: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const name of names) {
    const data = isPlainName(name) ? await readBeside?.(name) : undefined;
    if (data === undefined) {
      throw new MienError('NOT_FOUND', `${path}: ${what} ${printable(name)}, which is not beside it; put both into one folder, or save the model with its weights inside`); // prettier-ignore
    }
    found.set(name, data);
  }
  return found;
}

/** What `to_json` gives, and every Keras model's own description. */
function isKerasDescription(value: unknown): boolean {
  return isRecord(value) && typeof value['class_name'] === 'string' && 'config' in value;
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new MienError('MODEL_INVALID', `${path}: is not JSON; fetch or save it again`, { cause });
  }
}

/** Without folders and endings: `weights.h5` and `weights.json` go together, as do `model_weights.h5` and `model.json`. */
function stemOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return name.replace(/(\.weights)?\.[^.]*$/i, '').toLowerCase();
}

/** Whether two files seem to be one model, by their names; the only two of a folder are in any case. */
function goTogether(a: string, b: string): boolean {
  const [first, second] = [stemOf(a), stemOf(b)];
  const bare = (stem: string): string =>
    stem.replace(/[-_. ]?(weights?|model|architecture|arch|json|best)/g, '');
  return first === second || bare(first) === bare(second);
}

async function listMatching(file: FileWithNeighbours, ending: RegExp): Promise<readonly string[]> {
  const names = await listEnding(file, ending);
  const matching = names.filter((name) => goTogether(name, file.path));
  const exact = matching.filter((name) => stemOf(name) === stemOf(file.path));
  return exact.length > 0 ? exact : matching.length > 0 ? matching : names.length === 1 ? names : [];
}

async function listEnding(file: FileWithNeighbours, ending: RegExp): Promise<readonly string[]> {
  return ((await file.listBeside?.()) ?? []).filter((name) => ending.test(name) && isPlainName(name));
}

/** The description beside a file of weights. */
async function findDescription(file: FileWithNeighbours): Promise<unknown> {
  for (const name of await listMatching(file, /\.json$/i)) {
    const bytes = await file.readBeside?.(name);
    const value =
      bytes === undefined
        ? undefined
        : await Promise.resolve(bytes)
            .then((found) => parseJson(found, name))
            .catch(() => undefined);
    if (isKerasDescription(value)) return value;
  }
  return undefined;
}

/** A description and the file of weights beside it. */
async function readPair(
  formats: typeof Formats,
  file: FileWithNeighbours,
  description: unknown,
): Promise<ImportedModel> {
  const [name, ...others] = await listMatching(file, WEIGHTS_ENDING);
  if (name === undefined || others.length > 0) {
    const all = await listEnding(file, WEIGHTS_ENDING);
    const what =
      all.length === 0
        ? 'no file of weights (.h5) is'
        : `several files of weights (${all.slice(0, 5).map(printable).join(', ')}) are`;
    throw new MienError('NOT_FOUND', `${file.path}: describes a network of Keras, and ${what} beside it; name the file of weights instead`); // prettier-ignore
  }
  const bytes = await file.readBeside?.(name);
  if (bytes === undefined)
    throw new MienError('NOT_FOUND', `${file.path}: ${printable(name)} is not beside it any more`);
  return formats.parseKerasPair(description, bytes, name);
}

/** Whether a name that a file gives is that of a neighbour, so that a hostile one cannot name any other file. */
export function isPlainName(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !/[/\\:\0]/.test(name);
}
