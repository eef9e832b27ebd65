/** `mien inspect`: prints the layers of a model file. */
import { basename } from 'node:path';
import { MienError, outputsOfGraph, parseManifest } from '@mien/core';
import type { ImportedModel, OnnxOutline } from '@mien/formats';
import {
  detectFormat,
  findContract,
  importModelFile,
  isOnnx,
  MODEL_EXTENSIONS,
  type ModelFormat,
  type ModelSettings,
  summarizeNetwork,
  toContract,
} from '@mien/formats/model-file';
import { locateModel, type LocatedModel } from '@mien/node/models';
import { readTrainingState } from '@mien/node/training';
import { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { inputSizeOption, type InputSize } from '../models/input-size-option.js';
import type { InspectedModel } from '../models/inspected-model.js';
import { toModelText } from '../models/print-model.js';
import { addContractOptions } from '../options/contract-options.js';
import { reportFormatOption, toJson, type ReportFormat } from '../options/report-format.js';
import { createTerminal } from '../terminal/terminal.js';

interface InspectOptions extends ModelSettings {
  readonly inputSize?: InputSize;
  readonly format: ReportFormat;
}

const FORMAT_NAMES: Readonly<Record<ModelFormat, string>> = {
  '.hdf5': 'Keras 1 or 2',
  '.h5': 'Keras 1 or 2',
  '.keras': 'Keras 3',
  '.onnx': 'ONNX',
  '.tflite': 'TFLite',
  '.safetensors': 'safetensors',
  '.json': 'TensorFlow.js or Keras JSON',
};
/** Input size assumed for a network that takes any size, unless --input-size is given: the usual one of detectors. */
const USUAL_SIZE: InputSize = { width: 320, height: 320 };

const HELP = `
MODEL is a file (${MODEL_EXTENSIONS.join(', ')}, TensorFlow.js' model.json, Keras' to_json with its weights),
a folder with a manifest, or the id of an installed model. It may be a classifier or a detector. MACs are multiply-accumulate operations for one picture.

Examples:
  $ mien inspect mini-xception
  $ mien inspect runs/paper/last.hdf5
  $ mien inspect yunet.onnx --input-size 640,480
  $ mien inspect model.tflite --format json`;

export function createInspectCommand(context: CommandContext): Command {
  const command = new Command('inspect')
    .description("print a model's layers, shapes, parameters and cost")
    .argument('<model>', 'model file, folder or installed id')
    .addOption(inputSizeOption())
    .addOption(reportFormatOption())
    .addHelpText('after', HELP)
    .action(async (model: string, options: InspectOptions) => {
      const inspected = await inspect(await locateModel(model), options);
      context.stdout.write(
        options.format === 'json'
          ? toJson(inspected)
          : toModelText(inspected, createTerminal(context.stdout)),
      );
    });
  return addContractOptions(command);
}

async function inspect(located: LocatedModel, options: InspectOptions): Promise<InspectedModel> {
  const { path, bytes } = located;
  const manifest = located.manifest === undefined ? null : parseManifest(located.manifest, path);
  const format = detectFormat(bytes, path);
  const base = { path, sizeBytes: bytes.length, manifest };
  if (manifest?.kind === 'detector' && format === undefined) {
    return {
      ...NOTHING_KNOWN,
      ...base,
      unreadable: `${basename(path)} is not a network; it belongs to the detector ${manifest.id}`,
    };
  }
  const outline = isOnnx(located) ? (await import('@mien/formats')).outlineOnnx(bytes, path) : undefined;
  const isSizeOpen = outline?.isSizeOpen ?? false;
  const inputSize = options.inputSize ?? (isSizeOpen ? USUAL_SIZE : undefined);
  const { inputLayout } = toContract(options);
  const read = await importModelFile(located, {
    ...(inputSize && { inputSize }),
    ...(inputLayout && { inputLayout }),
  }).catch((error: unknown) => {
    if (outline === undefined || !(error instanceof MienError) || error.code !== 'UNSUPPORTED') throw error;
    return { ...knownOf(outline), unreadable: error.message };
  });
  const { contract, notices } = await findContract({ ...located, contract: toContract(options) }, read);
  const { labels, inputRange, normalization, crop } = contract;
  const network = 'graph' in read ? read : undefined;
  const outputs = contract.outputs ?? (network && outputsOfGraph(network.graph));
  const training = await readTrainingState(path, read);
  return {
    ...NOTHING_KNOWN,
    ...base,
    format: FORMAT_NAMES[format ?? '.safetensors'],
    producer: producerOf(read.metadata, outline),
    metadata: Object.fromEntries(Object.entries(read.metadata).filter(([key]) => !SHOWN_APART.includes(key))),
    labels: labels ?? null,
    inputRange: inputRange ?? null,
    normalization: normalization ?? null,
    outputs: outputs ?? null,
    notices,
    crop: crop ?? null,
    isSizeOpen,
    ...(network === undefined ? { outline: outline ?? null } : { network: summarizeNetwork(network.graph) }),
    unreadable: 'unreadable' in read ? read.unreadable : null,
    optimizer: optimizerOf(network),
    training: training === undefined ? null : { recipe: training.recipe, progress: training.progress },
  };
}

/** Metadata that is printed in its own place. */
const SHOWN_APART: readonly string[] = ['training', 'kerasVersion', 'description'];

const NOTHING_KNOWN = {
  format: 'unknown',
  producer: null,
  metadata: {},
  labels: null,
  inputRange: null,
  normalization: null,
  outputs: null,
  notices: [],
  crop: null,
  network: null,
  unreadable: null,
  isSizeOpen: false,
  outline: null,
  optimizer: null,
  training: null,
} as const;

/** What is known of a network that cannot be read. */
function knownOf({ metadata, labels, inputRange, normalization, crop, outputKind }: OnnxOutline) {
  return {
    metadata,
    ...(labels && { labels }),
    ...(inputRange && { inputRange }),
    ...(normalization && { normalization }),
    ...(crop && { crop }),
    ...(outputKind && { outputs: outputKind }),
  };
}

function producerOf(
  metadata: Readonly<Record<string, string>>,
  outline: OnnxOutline | undefined,
): string | null {
  const { kerasVersion, description } = metadata;
  if (outline !== undefined) return outline.producer === '' ? null : outline.producer;
  return kerasVersion === undefined ? (description ?? null) : `Keras ${kerasVersion}`;
}

function optimizerOf(model: ImportedModel | undefined): InspectedModel['optimizer'] {
  if (model?.optimizer === undefined) return null;
  const { kind, step, learningRate } = model.optimizer;
  return { kind, step, learningRate: learningRate ?? null };
}
