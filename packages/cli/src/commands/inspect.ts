/** `mien inspect`: what a model file holds, layer by layer. */
import { basename } from 'node:path';
import { MienError, parseManifest } from '@mien/core';
import type { ImportedModel, OnnxOutline } from '@mien/formats';
import {
  extensionOf,
  findContract,
  importModelFile,
  isOnnx,
  MODEL_EXTENSIONS,
  type ModelContract,
  type ModelExtension,
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

interface InspectOptions extends ModelContract {
  readonly inputSize?: InputSize;
  readonly format: ReportFormat;
}

const FORMAT_NAMES: Readonly<Record<ModelExtension, string>> = {
  '.hdf5': 'Keras 1 or 2',
  '.h5': 'Keras 1 or 2',
  '.keras': 'Keras 3',
  '.onnx': 'ONNX',
  '.tflite': 'TFLite',
  '.safetensors': 'safetensors',
};
/** What a network of open size is described for, unless --input-size says so: the usual one of detectors. */
const USUAL_SIZE: InputSize = { width: 320, height: 320 };

const HELP = `
MODEL is a file (${MODEL_EXTENSIONS.join(', ')}), a folder with its manifest, or an installed model's id;
classifiers and detectors alike. MACs are multiply-accumulate operations for one picture.

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
  const extension = extensionOf(path);
  const base = { path, sizeBytes: bytes.length, manifest };
  if (manifest?.kind === 'detector' && extension === undefined) {
    return {
      ...NOTHING_KNOWN,
      ...base,
      unreadable: `${basename(path)} is no network; it belongs to the detector ${manifest.id}`,
    };
  }
  const outline = isOnnx(path) ? (await import('@mien/formats')).outlineOnnx(bytes, path) : undefined;
  const isSizeOpen = outline?.isSizeOpen ?? false;
  const inputSize = options.inputSize ?? (isSizeOpen ? USUAL_SIZE : undefined);
  const read = await importModelFile(located, inputSize && { inputSize }).catch((error: unknown) => {
    if (outline === undefined || !(error instanceof MienError) || error.code !== 'UNSUPPORTED') throw error;
    return { ...outline, unreadable: error.message };
  });
  const { labels, inputRange, crop } = await findContract(
    { ...located, contract: toContract(options) },
    read,
  );
  const network = 'graph' in read ? read : undefined;
  const training = await readTrainingState(path, read);
  return {
    ...NOTHING_KNOWN,
    ...base,
    format: FORMAT_NAMES[extension ?? '.safetensors'],
    producer: producerOf(read.metadata, outline),
    metadata: Object.fromEntries(Object.entries(read.metadata).filter(([key]) => !SHOWN_APART.includes(key))),
    labels: labels ?? null,
    inputRange: inputRange ?? null,
    crop: crop ?? null,
    isSizeOpen,
    ...(network === undefined ? { outline: outline ?? null } : { network: summarizeNetwork(network.graph) }),
    unreadable: 'unreadable' in read ? read.unreadable : null,
    optimizer: optimizerOf(network),
    training: training === undefined ? null : { recipe: training.recipe, progress: training.progress },
  };
}

/** Metadata that has a place of its own in what is printed. */
const SHOWN_APART: readonly string[] = ['training', 'kerasVersion', 'description'];

const NOTHING_KNOWN = {
  format: 'unknown',
  producer: null,
  metadata: {},
  labels: null,
  inputRange: null,
  crop: null,
  network: null,
  unreadable: null,
  isSizeOpen: false,
  outline: null,
  optimizer: null,
  training: null,
} as const;

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
