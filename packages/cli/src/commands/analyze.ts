/** `mien analyze`: pictures in, faces and expressions out. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { createAnalyzer, MienError, type Analyzer, type Frame } from '@mien/core';
import { planAnnotations } from '../annotate/plan-annotations.js';
import { printError, type CommandContext } from '../command-context.js';
import { createDetector, DETECTORS, isDetectorName, type HaarSettings } from '../create-detector.js';
import { decodePicture, MAX_PIXELS } from '../decode-picture.js';
import { toTable } from '../print-table.js';
import { addContractOptions, CONTRACT_HELP, toContract, type ModelContract } from '../model-contract.js';
import { DEFAULT_MODEL, ONNX_RUNTIME_HELP, resolveClassifier } from '../resolve-model.js';
import { createTerminal } from '../terminal.js';
import type { PictureAnalysis } from '../picture-analysis.js';

const FORMATS = ['table', 'json'] as const;

interface AnalyzeOptions extends HaarSettings, ModelContract {
  readonly model: string;
  readonly detector: string;
  readonly format: (typeof FORMATS)[number];
  readonly annotate?: string;
}

const HELP = `
Pictures are JPEG, PNG, WebP, GIF, TIFF or AVIF, of at most ${MAX_PIXELS / 1e6} megapixels. EXIF orientation is applied,
and boxes are in pixels of the upright picture. Transparent parts count as white.
${CONTRACT_HELP}
${ONNX_RUNTIME_HELP}

Examples:
  $ mien analyze portrait.jpg
  $ mien analyze a.jpg b.png --format json
  $ mien analyze group.jpg --detector haar --scale-factor 1.1
  $ mien analyze portrait.jpg --annotate out.png
  $ mien analyze *.jpg --annotate annotated/        one picture each, <name>-annotated.png`;

export function createAnalyzeCommand(context: CommandContext): Command {
  const command = new Command('analyze')
    .description('find the faces in pictures and read their expressions')
    .argument('<pictures...>', 'picture files')
    .option(
      '--model <id|path>',
      'an installed model, a folder with its manifest, or a model file (.hdf5, .h5, .keras, .onnx, .tflite, .safetensors)',
      DEFAULT_MODEL,
    )
    .option(
      '--detector <id|path>',
      `how faces are found: ${DETECTORS.join(', ')}, or a YuNet file (.onnx)`,
      parseDetector,
      DETECTORS[0],
    )
    .option(
      '--scale-factor <number>',
      'of haar: growth of the search window from one size to the next (default: 1.3)',
      parseScaleFactor,
    )
    .option(
      '--min-neighbors <count>',
      'of haar: detections that must agree on a face (default: 5)',
      parseMinNeighbors,
    )
    .addOption(new Option('--format <name>', 'how results are printed').choices(FORMATS).default('table'))
    .option(
      '--annotate <file>',
      'write a copy of the picture with its faces drawn in; a folder for several pictures',
    )
    .addHelpText('after', HELP)
    .action((pictures: string[], options: AnalyzeOptions) => analyze(context, pictures, options));
  return addContractOptions(command);
}

async function analyze(
  context: CommandContext,
  pictures: readonly string[],
  options: AnalyzeOptions,
): Promise<void> {
  const terminal = createTerminal(context.stdout);
  const annotations = await planAnnotations(pictures, options.annotate);
  // The first picture is decoded while the model loads.
  const first = pictures.slice(0, 1).map((picture) => decodePicture(picture));
  for (const frame of first) frame.catch(() => undefined); // Reported in its turn below.
  const analyzer = await openAnalyzer(context, options);
  const results: PictureAnalysis[] = [];
  for (const source of pictures) {
    try {
      const frame = await (first.shift() ?? decodePicture(source));
      const result = { source, ...analyzer.analyzeImage(frame) };
      results.push(result);
      if (options.format === 'table') context.stdout.write(toTable(result, terminal));
      const target = annotations.get(source);
      if (target !== undefined) await annotate(frame, result, target);
    } catch (error) {
      // An unforeseen error is not the end for the other pictures either.
      printError(
        context,
        error instanceof MienError ? error : `${source}: ${String(error)} (a bug; please report it)`,
      );
      context.fail(1);
    }
  }
  // In one piece at the end: what a program reads is whole or absent.
  if (options.format === 'json') context.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
}

async function annotate(frame: Frame, { faces }: PictureAnalysis, path: string): Promise<void> {
  const { writeAnnotatedPicture } = await import('../annotate/write-annotated-picture.js');
  await writeAnnotatedPicture(frame, faces, path);
}

async function openAnalyzer(
  context: CommandContext,
  { model, detector, ...settings }: AnalyzeOptions,
): Promise<Analyzer> {
  const [loadedModel, createdDetector] = await Promise.all([
    resolveClassifier(context, model, toContract(settings)),
    createDetector(detector, settings),
  ]);
  return createAnalyzer({ model: loadedModel, detector: createdDetector });
}

function parseDetector(text: string): string {
  if (isDetectorName(text)) return text;
  throw new InvalidArgumentError(`It must be ${DETECTORS.join(', ')} or the path of a YuNet file (.onnx).`);
}

/** Below 1.01 a search takes minutes, from 10 up it skips every face. */
function parseScaleFactor(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 1.01 && value <= 10)) {
    throw new InvalidArgumentError('It must be a number from 1.01 to 10, such as 1.3.');
  }
  return value;
}

function parseMinNeighbors(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 1000)
    throw new InvalidArgumentError('It must be a whole number from 0 to 1000.');
  return value;
}
