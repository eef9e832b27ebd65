/** `mien convert`: converts model files between formats. */
import { MienError } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import type { ImportedModel } from '@mien/formats';
import {
  checkGivenLabels,
  findContract,
  HALF_EXTENSIONS,
  importModelFile,
  isOnnx,
  MODEL_EXTENSIONS,
  type ModelContract,
  type ModelSettings,
  TARGETS,
  toContract,
  toModelId,
  toTarget,
} from '@mien/formats/model-file';
import { type LocatedModel, locateModel } from '@mien/node/models';
import { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { type InputSize, inputSizeOption } from '../models/input-size-option.js';
import { toExportable } from '../models/to-exportable.js';
import {
  refuseToOverwrite,
  toDifference,
  toWeightType,
  writeModel,
  type WrittenModel,
} from '../models/write-model.js';
import { addContractOptions, CONTRACT_HELP } from '../options/contract-options.js';
import { type ReportFormat, reportFormatOption, toJson } from '../options/report-format.js';
import { toCount, toSize } from '../terminal/print-columns.js';

interface ConvertOptions extends ModelSettings {
  readonly float16?: boolean;
  readonly graphModel?: boolean;
  readonly force?: boolean;
  readonly inputSize?: InputSize;
  readonly format: ReportFormat;
}

const HELP = `
IN is a file (${MODEL_EXTENSIONS.join(', ')}), a folder with a manifest, or the id of an installed model.
The name of OUT decides its format: .hdf5 and .h5 are Keras 2, .keras is Keras 3; also .onnx, .tflite and .safetensors.
model.json is TensorFlow.js, whose weights are written beside it (group1-shard1of1.bin): layers (tf.loadLayersModel), or with
--graph-model operators (tf.loadGraphModel), which run faster and cannot be trained on.

The metadata of OUT includes labels, input range and crop. Before OUT is written, the converted model is read back and must
give the same outputs. The training state is kept from Keras to Keras files and from safetensors to safetensors.
${CONTRACT_HELP}

Examples:
  $ mien convert mini-xception mini-xception.onnx
  $ mien convert runs/paper/last.hdf5 model.keras
  $ mien convert mini-xception mini-xception.tflite --float16
  $ mien convert nano web/model.json --graph-model
  $ mien convert theirs.h5 theirs.onnx --labels angry,happy --input-range=-1,1`;

export function createConvertCommand(context: CommandContext): Command {
  const command = new Command('convert')
    .description('convert a model to another format')
    .argument('<in>', 'model file, folder or installed id')
    .argument('<out>', `file to write: ${MODEL_EXTENSIONS.join(', ')} or model.json`)
    .option('--float16', `store weights in float16, which halves the file (${HALF_EXTENSIONS})`)
    .option('--graph-model', 'write model.json as operators (tf.loadGraphModel) instead of layers')
    .option('--force', 'overwrite an existing file')
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
  const dtype = toWeightType(output, target, options.float16 === true);
  const asGraph = options.graphModel === true;
  if (asGraph && target !== '.json') {
    throw new MienError('USAGE', `${output}: --graph-model is for model.json of TensorFlow.js`);
  }
  const located = await locateModel(input);
  const [inputs, force] = [[located.path], options.force === true];
  await refuseToOverwrite(output, inputs, force);

  if (options.inputSize === undefined) await refuseOpenSize(located);
  const stated = toContract(options);
  const imported = await importModelFile(located, {
    ...(options.inputSize && { inputSize: options.inputSize }),
    ...(stated.inputLayout && { inputLayout: stated.inputLayout }),
  });
  const { contract, notices } = await findContract({ ...located, contract: stated }, imported);
  checkLabels(imported, contract, toModelId(located.path));
  const { model, leftOut, changes } = await toExportable(located, imported, contract, { target, dtype });
  const written = await writeModel(model, output, { target, dtype, asGraph, inputs, force });

  const report: Report = {
    input,
    output,
    format: TARGETS[target].name,
    dtype: dtype === 'F16' ? 'float16' : 'float32',
    parameters: describeGraph(model.graph).parameterCount,
    layers: model.graph.layers.length,
    inputShape: model.graph.inputShape,
    labels: contract.labels ?? null,
    inputRange: contract.inputRange ?? null,
    notices,
    leftOut,
    changes,
    ...written,
  };
  context.stdout.write(options.format === 'json' ? toJson(report) : toText(report));
}

/** What `--format json` prints. */
interface Report extends WrittenModel {
  readonly input: string;
  readonly output: string;
  readonly format: string;
  readonly dtype: 'float32' | 'float16';
  readonly parameters: number;
  readonly layers: number;
  readonly inputShape: readonly number[];
  readonly labels: readonly string[] | null;
  readonly inputRange: readonly number[] | null;
  /** What is assumed of IN. */
  readonly notices: readonly string[];
  readonly leftOut: readonly string[];
  /** What the weights of OUT do that a manifest did for IN. */
  readonly changes: readonly string[];
}

/** @throws MienError `USAGE` for an ONNX file that takes pictures of any size: other formats need a fixed size */
async function refuseOpenSize(located: LocatedModel): Promise<void> {
  const { path, bytes } = located;
  if (!isOnnx(located)) return;
  const { outlineOnnx } = await import('@mien/formats');
  if (!outlineOnnx(bytes, path).isSizeOpen) return;
  throw new MienError(
    'USAGE',
    `${path}: takes pictures of any size; choose one, such as --input-size 320,320`,
  );
}

/** Only given labels are checked: the outputs of a detector have none. */
function checkLabels({ graph }: ImportedModel, { labels }: ModelContract, id: string): void {
  const [outputs = 0] = describeGraph(graph).outputShape;
  if (labels !== undefined) checkGivenLabels(labels, outputs, id);
}

function toText(report: Report): string {
  const { output, format, dtype, sizeBytes, parameters, layers, inputShape, labels, inputRange } = report;
  const unknown = 'unknown (see --labels and --input-range)';
  const { rewrites, leftOut, changes, maxDifference } = report;
  const nameColumns = Math.max(0, ...rewrites.map(({ layer }) => layer.length));
  const changed = rewrites.length === 1 ? '1 layer changes' : `${rewrites.length} layers change`;
  return [
    `${output}  ${format}, ${dtype}, ${toSize(sizeBytes)}`,
    `  ${toCount(parameters)} parameters in ${layers} layers; ${toDifference(maxDifference)}`,
    `  input   ${inputShape.join('×')}, ${inputRange === null ? `range ${unknown}` : inputRange.join('…')}`,
    `  labels  ${labels === null ? unknown : labels.join(', ')}`,
    ...report.notices.map((notice) => `  note    ${notice}`),
    ...(report.beside.length === 0 ? [] : [`  beside  ${report.beside.join(', ')}`]),
    ...(rewrites.length === 0 ? [] : [`  ${changed} form:`]),
    ...rewrites.map(({ layer, form }) => `    ${layer.padEnd(nameColumns)}  ${form}`),
    ...changes.map((what) => `  note    ${what}`),
    ...leftOut.map((what) => `  left out: ${what}`),
    '',
  ].join('\n');
}
