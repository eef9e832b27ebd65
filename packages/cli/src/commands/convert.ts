/** `mien convert`: a model of any format as a file of any other. */
import { realpath, stat } from 'node:fs/promises';
import { MienError, parseManifest } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import type { ExportableModel, ImportedModel, WeightType } from '@mien/formats';
import {
  checkGivenLabels,
  exportModel,
  extensionOf,
  findContract,
  HALF_EXTENSIONS,
  importModelFile,
  isOnnx,
  measureDifference,
  MODEL_EXTENSIONS,
  type ModelContract,
  type ModelExtension,
  TARGETS,
  toContract,
  toModelId,
  toTarget,
} from '@mien/formats/model-file';
import { type LocatedModel, locateModel } from '@mien/node/models';
import { writeFileWhole } from '@mien/train/write-file';
import { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { type InputSize, inputSizeOption } from '../models/input-size-option.js';
import { addContractOptions, CONTRACT_HELP } from '../options/contract-options.js';
import { type ReportFormat, reportFormatOption, toJson } from '../options/report-format.js';
import { toCount, toSize } from '../terminal/print-columns.js';

/** Formats that keep a training state in the same places. */
const TRAINING_FORMATS: readonly (readonly ModelExtension[])[] = [
  ['.hdf5', '.h5', '.keras'],
  ['.safetensors'],
];
const TRAINING_LEFT_OUT =
  'the training state, which goes along in float32 from Keras to Keras files and from safetensors to safetensors';
/** In metadata of a checkpoint: what only `mien train` can use, and only with the tensors that belong to it. */
const TRAINING = 'training';

interface ConvertOptions extends ModelContract {
  readonly float16?: boolean;
  readonly force?: boolean;
  readonly inputSize?: InputSize;
  readonly format: ReportFormat;
}

const HELP = `
IN is a file (${MODEL_EXTENSIONS.join(', ')}), a folder with its manifest, or an installed model's id.
OUT's format follows from its name: .hdf5 and .h5 are Keras 2, .keras is Keras 3, then .onnx, .tflite and .safetensors.

Labels, input range and crop go along, in the file's metadata. What was written is read back and must give the same
outputs before OUT is written, whole or not at all. A training state goes along from Keras to Keras files, and from
safetensors to safetensors.
${CONTRACT_HELP}

Examples:
  $ mien convert mini-xception mini-xception.onnx
  $ mien convert runs/paper/last.hdf5 model.keras
  $ mien convert mini-xception mini-xception.tflite --float16
  $ mien convert theirs.h5 theirs.onnx --labels angry,happy --input-range=-1,1`;

export function createConvertCommand(context: CommandContext): Command {
  const command = new Command('convert')
    .description("turn a model into another tool's format")
    .argument('<in>', 'model file, folder or installed id')
    .argument('<out>', `file to write: ${MODEL_EXTENSIONS.join(', ')}`)
    .option('--float16', `weights as halves, half as large (${HALF_EXTENSIONS})`)
    .option('--force', 'write over an existing file')
    .addOption(inputSizeOption())
    .addOption(reportFormatOption())
    .addHelpText('after', HELP)
    .action((input: string, output: string, options: ConvertOptions) =>
      convert(context, input, output, options),
    );
  return addContractOptions(command);
}

async function convert(
  context: CommandContext,
  input: string,
  output: string,
  options: ConvertOptions,
): Promise<void> {
  const target = toTarget(output);
  const dtype: WeightType = options.float16 === true ? 'F16' : 'F32';
  if (dtype === 'F16' && !TARGETS[target].holdsHalves) {
    throw new MienError('USAGE', `${output}: --float16 is for ${HALF_EXTENSIONS}; Keras files hold float32`);
  }
  const located = await locateModel(input);
  await refuseToOverwrite(located.path, output, options.force === true);

  if (options.inputSize === undefined) await refuseOpenSize(located);
  const imported = await importModelFile(located, options.inputSize && { inputSize: options.inputSize });
  const contract = await findContract({ ...located, contract: toContract(options) }, imported);
  checkLabels(imported, contract, toModelId(located.path));
  const { model, leftOut } = toExportable(located, imported, contract, { target, dtype });
  const rewrites = new Map<string, string>();
  const bytes = await exportModel(model, target, {
    dtype,
    onRewrite: (layer, form) => rewrites.set(layer, form),
  });
  const maxDifference = await measureDifference(model, { path: output, bytes, dtype });
  await writeFileWhole(output, bytes);

  const report: Report = {
    input,
    output,
    format: TARGETS[target].name,
    dtype: dtype === 'F16' ? 'float16' : 'float32',
    sizeBytes: bytes.length,
    parameters: describeGraph(model.graph).parameterCount,
    layers: model.graph.layers.length,
    inputShape: model.graph.inputShape,
    labels: contract.labels ?? null,
    inputRange: contract.inputRange ?? null,
    rewrites: Array.from(rewrites, ([layer, form]) => ({ layer, form })),
    leftOut,
    maxDifference,
  };
  context.stdout.write(options.format === 'json' ? toJson(report) : toText(report));
}

/** What `--format json` prints. */
interface Report {
  readonly input: string;
  readonly output: string;
  readonly format: string;
  readonly dtype: 'float32' | 'float16';
  readonly sizeBytes: number;
  readonly parameters: number;
  readonly layers: number;
  readonly inputShape: readonly number[];
  readonly labels: readonly string[] | null;
  readonly inputRange: readonly number[] | null;
  /** Layers that the format has another form for. */
  readonly rewrites: readonly { readonly layer: string; readonly form: string }[];
  readonly leftOut: readonly string[];
  /** Of an output, between the model and what was written. */
  readonly maxDifference: number;
}

/** @throws MienError `USAGE` */
async function refuseToOverwrite(input: string, output: string, isForced: boolean): Promise<void> {
  const found = await stat(output).catch(() => undefined);
  if (found === undefined) return;
  if (found.isDirectory()) throw new MienError('USAGE', `${output}: is a folder; name a file in it`);
  if ((await realpath(output)) === (await realpath(input))) {
    throw new MienError('USAGE', `${output}: is the model that is converted; give OUT another name`);
  }
  if (!isForced) {
    throw new MienError('USAGE', `${output}: exists already; give another name, or --force to write over it`);
  }
}

/** The model as the target is to have it, and what it has no place for. */
function toExportable(
  { path, manifest }: LocatedModel,
  { graph, weights, metadata, optimizer, furtherTensors }: ImportedModel,
  { labels, inputRange, crop }: ModelContract,
  { target, dtype }: { readonly target: ModelExtension; readonly dtype: WeightType },
): { readonly model: ExportableModel; readonly leftOut: readonly string[] } {
  const source = extensionOf(path) ?? '.safetensors';
  // The licence goes where the weights go.
  const licence = manifest === undefined ? undefined : parseManifest(manifest, path).licence;
  const { [TRAINING]: training, ...texts } = metadata;
  const known = {
    graph,
    weights,
    ...(labels && { labels }),
    ...(inputRange && { inputRange }),
    ...(crop && { crop }),
    metadata: { ...texts, ...(licence === undefined ? {} : { licence }) },
  };
  const hasTraining = optimizer !== undefined || training !== undefined;
  if (!hasTraining) return { model: known, leftOut: [] };
  const isKept =
    dtype === 'F32' && TRAINING_FORMATS.some((same) => same.includes(target) && same.includes(source));
  if (!isKept) return { model: known, leftOut: [TRAINING_LEFT_OUT] };
  return {
    model: {
      ...known,
      metadata: { ...known.metadata, ...(training === undefined ? {} : { [TRAINING]: training }) },
      ...(optimizer && { optimizer }),
      ...(furtherTensors && { furtherTensors }),
    },
    leftOut: [],
  };
}

/** @throws MienError `USAGE` for an ONNX file that takes pictures of any size: other formats want one */
async function refuseOpenSize({ path, bytes }: LocatedModel): Promise<void> {
  if (!isOnnx(path)) return;
  const { outlineOnnx } = await import('@mien/formats');
  if (!outlineOnnx(bytes, path).isSizeOpen) return;
  throw new MienError(
    'USAGE',
    `${path}: leaves the size of pictures open; say which, such as --input-size 320,320`,
  );
}

/** A detector has outputs that no labels are for. */
function checkLabels({ graph }: ImportedModel, { labels }: ModelContract, id: string): void {
  const [outputs = 0] = describeGraph(graph).outputShape;
  if (labels !== undefined) checkGivenLabels(labels, outputs, id);
}

function toText(report: Report): string {
  const { output, format, dtype, sizeBytes, parameters, layers, inputShape, labels, inputRange } = report;
  const unknown = 'not known (see --labels and --input-range)';
  const { rewrites, leftOut, maxDifference } = report;
  const difference =
    maxDifference === 0
      ? 'read back, its outputs are the same'
      : `read back, its outputs are the same within ${maxDifference.toPrecision(1)}`;
  const nameColumns = Math.max(0, ...rewrites.map(({ layer }) => layer.length));
  const changed = rewrites.length === 1 ? '1 layer changes' : `${rewrites.length} layers change`;
  return [
    `${output}  ${format}, ${dtype}, ${toSize(sizeBytes)}`,
    `  ${toCount(parameters)} parameters in ${layers} layers; ${difference}`,
    `  input   ${inputShape.join('×')}, ${inputRange === null ? `range ${unknown}` : inputRange.join('…')}`,
    `  labels  ${labels === null ? unknown : labels.join(', ')}`,
    ...(rewrites.length === 0 ? [] : [`  ${changed} form:`]),
    ...rewrites.map(({ layer, form }) => `    ${layer.padEnd(nameColumns)}  ${form}`),
    ...leftOut.map((what) => `  left out: ${what}`),
    '',
  ].join('\n');
}
