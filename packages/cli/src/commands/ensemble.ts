/** `mien ensemble`: joins models into one that averages them. */
import { isDeepStrictEqual } from 'node:util';
import { MienError, type Model, normalizationOf } from '@mien/core';
import { createEnsemble, describeGraph } from '@mien/core/nn';
import type { ExportableModel } from '@mien/formats';
import { HALF_EXTENSIONS, MODEL_EXTENSIONS, TARGETS, toModelId, toTarget } from '@mien/formats/model-file';
import { locateModel, resolveModel } from '@mien/node/models';
import { Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../command-context.js';
import {
  refuseToOverwrite,
  toDifference,
  toWeightType,
  writeModel,
  type WrittenModel,
} from '../models/write-model.js';
import { type ReportFormat, reportFormatOption, toJson } from '../options/report-format.js';
import { toCount, toSize } from '../terminal/print-columns.js';

interface EnsembleOptions {
  readonly out: string;
  readonly shares?: readonly number[];
  readonly float16?: boolean;
  readonly force?: boolean;
  readonly format: ReportFormat;
}

const HELP = `
Each MODEL is an installed id, a folder with a manifest, or a file (${MODEL_EXTENSIONS.join(', ')}).
Networks that were trained apart are wrong in different ways, so that their mean is usually right more often than the best of
them. It costs what they cost together. OUT is one network as any other: evaluate it, convert it, train on from it.

The mean is that of the logits, weighted by --shares, after each was divided by the temperature of its manifest. All models
must have the same labels and be fed alike: size, channels, range and crop.

Examples:
  $ mien ensemble base nano --out both.safetensors
  $ mien ensemble runs/seed-1/last.hdf5 runs/seed-2/last.hdf5 runs/seed-3/last.hdf5 --out three.hdf5
  $ mien ensemble base nano --shares 0.6,0.4 --out both.onnx
  $ mien evaluate --model both.safetensors --data fer2013.csv --held-out 0.1`;

export function createEnsembleCommand(context: CommandContext): Command {
  return new Command('ensemble')
    .description('join models into one that averages them')
    .argument('<models...>', 'two models or more')
    .requiredOption('--out <file>', `file to write: ${MODEL_EXTENSIONS.join(', ')} or model.json`)
    .option('--shares <numbers>', 'weights of the mean, one a model: 0.6,0.4 (default: equal)', parseShares)
    .option('--float16', `store weights in float16, which halves the file (${HALF_EXTENSIONS})`)
    .option('--force', 'overwrite an existing file')
    .addOption(reportFormatOption())
    .addHelpText('after', HELP)
    .action((models: string[], options: EnsembleOptions) => ensemble(context, models, options));
}

/** What `--format json` prints. */
interface Report extends WrittenModel {
  readonly members: readonly Member[];
  readonly output: string;
  readonly format: string;
  readonly dtype: 'float32' | 'float16';
  readonly parameters: number;
  /** Multiply-accumulates for one picture. */
  readonly macs: number;
  readonly labels: readonly string[];
  readonly inputRange: readonly number[];
  readonly notices: readonly string[];
}

interface Member {
  /** As it was given. */
  readonly model: string;
  /** 0…1; all add up to 1. */
  readonly share: number;
  readonly temperature: number;
}

async function ensemble(
  context: CommandContext,
  names: readonly string[],
  { out, shares = names.map(() => 1), float16 = false, force = false, format }: EnsembleOptions,
): Promise<void> {
  if (names.length < 2) {
    throw new MienError('USAGE', `ensemble takes two models or more, got ${names.join(', ')}; name another`);
  }
  if (shares.length !== names.length) {
    throw new MienError(
      'USAGE',
      `--shares must hold a number for each of the ${names.length} models, got ${shares.length}`,
    );
  }
  const target = toTarget(out);
  const dtype = toWeightType(out, target, float16);
  const located = await Promise.all(names.map((name) => locateModel(name, 'classifier')));
  const inputs = located.map(({ path }) => path);
  await refuseToOverwrite(out, inputs, force);

  const notices: string[] = [];
  const models = await Promise.all(names.map((name) => resolveModel(name, {}, (line) => notices.push(line))));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const members = names.map((model, index): Member => ({
    model,
    share: shares[index]! / total,
    temperature: temperatureOf(models[index]!),
  }));
  const { model, leftOut } = join(toModelId(out), models, members);
  const written = await writeModel(model, out, { target, dtype, inputs, force });
  const { parameterCount, macs } = describeGraph(model.graph);
  const report: Report = {
    members,
    output: out,
    format: TARGETS[target].name,
    dtype: float16 ? 'float16' : 'float32',
    parameters: parameterCount,
    macs,
    labels: model.labels ?? [],
    inputRange: model.inputRange ?? [],
    notices: [...notices, ...leftOut],
    ...written,
  };
  context.stdout.write(format === 'json' ? toJson(report) : toText(report));
}

/** @throws MienError `USAGE` when two models read other labels, or are fed in another way */
function checkFit(first: Model, other: Model, names: string): void {
  const stepsOf = ({ input }: Model['manifest']) =>
    normalizationOf({ ...input, detail: undefined, exposure: undefined });
  const parts: readonly [string, (model: Model) => unknown][] = [
    ['labels', ({ labels }) => [...labels].sort()],
    ['input sizes', ({ graph }) => graph.inputShape],
    ['input ranges', ({ manifest }) => manifest.input.range],
    ['normalisations', ({ manifest }) => stepsOf(manifest)],
    ['crops', ({ manifest }) => manifest.crop],
  ];
  for (const [what, partOf] of parts) {
    const [expected, got] = [partOf(first), partOf(other)];
    if (isDeepStrictEqual(got, expected)) continue;
    throw new MienError(
      'USAGE',
      `ensemble: ${names} have different ${what} (${JSON.stringify(got)} and ${JSON.stringify(expected)}); an ensemble reads the same labels and feeds all its models alike`,
    );
  }
}

/** @throws MienError `USAGE` when the models do not fit together */
function join(
  id: string,
  models: readonly Model[],
  members: readonly Member[],
): { readonly model: ExportableModel; readonly leftOut: readonly string[] } {
  const [first] = models as readonly [Model, ...Model[]];
  models.forEach((model, index) => {
    checkFit(first, model, `${members[index]!.model} and ${members[0]!.model}`);
  });
  const { labels } = first;
  const { input, crop, licence } = first.manifest;
  const { graph, weights } = createEnsemble(
    id,
    models.map((model, index) => ({
      graph: model.graph,
      weights: model.weights,
      share: members[index]!.share,
      temperature: members[index]!.temperature,
      outputOf: labels.map((label) => model.labels.indexOf(label)),
    })),
  );
  const differing = (['detail', 'exposure'] as const).filter(
    (step) => !models.every(({ manifest }) => isDeepStrictEqual(manifest.input[step], input[step])),
  );
  const sameLicence = models.every(({ manifest }) => manifest.licence === licence);
  const normalization = normalizationOf({
    ...input,
    ...Object.fromEntries(differing.map((step) => [step, undefined])),
  });
  return {
    model: {
      graph,
      weights,
      labels,
      inputRange: input.range,
      ...(normalization && { normalization }),
      crop,
      metadata: {
        ensemble: JSON.stringify(members),
        // The licence stays with the weights.
        ...(sameLicence && { licence }),
      },
    },
    leftOut: differing.map((step) => `the models differ in input.${step}, which is left out`),
  };
}

function temperatureOf({ manifest }: Model): number {
  return manifest.calibration?.temperature ?? 1;
}

function parseShares(text: string): readonly number[] {
  const shares = text.split(',').map(Number);
  if (!shares.every((share) => share > 0 && Number.isFinite(share))) {
    throw new InvalidArgumentError('It must be numbers above 0, one a model, such as 0.6,0.4.');
  }
  return shares;
}

function toText(report: Report): string {
  const { output, format, dtype, sizeBytes, parameters, macs, labels, maxDifference } = report;
  return [
    `${output}  ${format}, ${dtype}, ${toSize(sizeBytes)}`,
    `  ${toCount(parameters)} parameters, ${(macs / 1e6).toFixed(1)} million multiply-accumulates a face; ${toDifference(maxDifference)}`,
    ...report.members.map(({ model, share }) => `  ${`${(100 * share).toFixed(0)} %`.padEnd(6)}  ${model}`),
    `  labels  ${labels.join(', ')}`,
    ...report.notices.map((notice) => `  note    ${notice}`),
    ...(report.beside.length === 0 ? [] : [`  beside  ${report.beside.join(', ')}`]),
    '',
  ].join('\n');
}
