/**
 * What a foreign model file does not say: the meaning of its outputs, and how pictures are fed to it.
 *
 * The first that says it counts: the person (`--labels`, `--input-range`), the file itself (those that Mien wrote), a
 * manifest beside it, and for the checkpoints of the paper's own code what that code did.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { MienError, type CropGeometry } from '@mien/core';
import { describeGraph, miniXception, type Graph } from '@mien/core/nn';
import { isNoSuchFile, readFileBytes } from '../files/read-file.js';

export interface ModelContract {
  /** Meaning of the outputs, in their order. */
  readonly labels?: readonly string[];
  /** What the samples 0 and 255 become. */
  readonly inputRange?: readonly [low: number, high: number];
  readonly crop?: CropGeometry;
}

export const MANIFEST = 'manifest.json';
export const MAX_MANIFEST_BYTES = 2 ** 20;
const MAX_LABELS = 1000;

/** For the help of every command that takes a model. */
export const CONTRACT_HELP = `
A Keras, ONNX or TFLite file that mien did not write does not say what its outputs mean: give --labels and --input-range, or put
{"labels": […], "input": {"range": [-1, 1]}} into FILE.json beside it. Checkpoints of the paper's own code
(fer2013_mini_XCEPTION.….hdf5) are known and need neither.`;

/** Options of every command that takes a model; their values are a {@link ModelContract}. */
export function addContractOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--labels <names>',
        "what the model's outputs mean, in their order: angry,happy,…",
      ).argParser(parseLabelsOption),
    )
    .addOption(
      new Option('--input-range <low,high>', 'what grey 0 and 255 become at its input: -1,1').argParser(
        parseRangeOption,
      ),
    );
}

/** What a person has said by these options. */
export function toContract({ labels, inputRange }: ModelContract): ModelContract {
  return { ...(labels === undefined ? {} : { labels }), ...(inputRange === undefined ? {} : { inputRange }) };
}

/**
 * What a JSON file beside a model says of it: `<file>.json`, or the folder's manifest.json where it names the file. Of a
 * manifest, `labels`, `input.range` and `crop` are read, so that a file of only these will do.
 *
 * @throws MienError `MODEL_INVALID` when it says something else, or is the manifest of other bytes
 */
export async function readContractBeside(path: string, bytes: Uint8Array): Promise<ModelContract> {
  const own = `${path}.json`;
  const ownManifest = await readJson(own);
  if (ownManifest !== undefined) return parseContract(ownManifest, own, bytes);
  const shared = join(dirname(path), MANIFEST);
  const manifest = await readJson(shared).catch((error: unknown) => {
    // Some other tool's manifest.json is none of our business.
    if (error instanceof MienError && error.code === 'MODEL_INVALID') return undefined;
    throw error;
  });
  const weights = isRecord(manifest) ? manifest['weights'] : undefined;
  const isOurs = isRecord(weights) && weights['file'] === basename(path);
  return isOurs ? parseContract(manifest, shared, bytes) : {};
}

/**
 * The contract of the checkpoints that the paper's training script left (`fer2013_mini_XCEPTION.102-0.66.hdf5` and its
 * like), which stands in that script and not in the files: the labels in FER2013's order, grey 0…255 as −1…1.
 *
 * They are known by their network: mini_Xception, layer for layer and name for name, for grey pictures and as many
 * classes as FER2013 has labels. Of any other network nothing is assumed.
 *
 * Ref: https://github.com/oarriaga/face_classification, `src/train_emotion_classifier.py`
 */
export async function contractOfPaper(graph: Graph): Promise<ModelContract> {
  const { FER2013_LABELS } = await import('@mien/train');
  const [height, width] = graph.inputShape;
  let paper: Graph;
  try {
    paper = miniXception({ inputShape: [height, width, 1], classes: FER2013_LABELS.length });
  } catch (error) {
    if (error instanceof MienError) return {}; // Too small a picture for this network: it is another one.
    throw error;
  }
  return signatureOf(graph) === signatureOf(paper) ? { labels: FER2013_LABELS, inputRange: [-1, 1] } : {};
}

/** Names, kinds, connections and shapes of all layers, whatever their order. */
function signatureOf(graph: Graph): string {
  const { layers } = describeGraph(graph);
  const lines = graph.layers.map(({ name, kind, inputs }) => {
    const shape = layers.get(name)?.outputShape.join('×') ?? '';
    return `${name} ${kind} ${[...inputs].sort().join(',')} ${shape}`;
  });
  return lines.sort().join('\n');
}

function parseLabelsOption(text: string): readonly string[] {
  const labels = text.split(',').map((label) => label.trim());
  if (labels.includes('') || new Set(labels).size !== labels.length || labels.length > MAX_LABELS) {
    throw new InvalidArgumentError('It must be names that differ, joined by commas.');
  }
  return labels;
}

function parseRangeOption(text: string): readonly [number, number] {
  const parts = text.split(',');
  const [low = NaN, high = NaN] = parts.map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (parts.length !== 2 || !Number.isFinite(low) || !Number.isFinite(high) || low === high) {
    throw new InvalidArgumentError('It must be two different numbers joined by a comma, such as -1,1.');
  }
  return [low, high];
}

/**
 * What a manifest says. The values are looked at closely when a model is made of them; here only their form.
 *
 * @throws MienError `MODEL_INVALID`, also when it is the manifest of other bytes
 */
export function parseContract(value: unknown, source: string, bytes: Uint8Array): ModelContract {
  const invalid = (what: string): MienError => new MienError('MODEL_INVALID', `${source}: ${what}`);
  if (!isRecord(value)) throw invalid('must hold labels and input.range as a manifest does');
  const { labels, input, crop, weights } = value;
  const range = isRecord(input) ? input['range'] : undefined;
  const expected = isRecord(weights) ? weights['sha256'] : undefined;
  if (typeof expected === 'string' && expected !== createHash('sha256').update(bytes).digest('hex')) {
    throw invalid(
      "the weights' sha256 is another than that of the file beside it; one of them is of another version",
    );
  }
  if (
    labels !== undefined &&
    !(Array.isArray(labels) && labels.every((label) => typeof label === 'string'))
  ) {
    throw invalid('labels must be a list of names');
  }
  const isRange = Array.isArray(range) && range.length === 2 && range.every((end) => typeof end === 'number');
  if (range !== undefined && !isRange) throw invalid('input.range must be two numbers');
  if (crop !== undefined && !isRecord(crop)) throw invalid('crop must hold scale, offsetX and offsetY');
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(range === undefined ? {} : { inputRange: range as [number, number] }),
    ...(crop === undefined ? {} : { crop: crop as unknown as CropGeometry }),
  };
}

/** `undefined` where there is no such file. */
async function readJson(path: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readFileBytes(path, MAX_MANIFEST_BYTES);
  } catch (error) {
    if (isNoSuchFile(error)) return undefined;
    throw error;
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (cause) {
    throw new MienError('MODEL_INVALID', `${path}: is not JSON; correct it or take it away`, { cause });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
