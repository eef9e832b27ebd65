/** `mien analyze`: finds faces in pictures, videos and cameras and reads their expressions. */
import { DEFAULT_MODEL, DETECTORS, isDetectorName } from '@mien/node/models';
import { MAX_PIXELS } from '@mien/node/pictures';
import { OUTPUT_FORMATS } from '@mien/results';
import { FACE_SIDES_PX } from '@mien/core';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { AnalyzeRequest } from '../analysis/analyze-request.js';
import { analyzeSources } from '../analysis/analyze-sources.js';
import type { CommandContext } from '../command-context.js';
import { addContractOptions, CONTRACT_HELP } from '../options/contract-options.js';
import { describeLeastLead } from '../options/least-lead.js';
import { modelOption, ONNX_RUNTIME_HELP } from '../options/model-option.js';
import { addSamplingOptions } from '../options/sampling-options.js';
import { timeOption } from '../options/time-option.js';
import { wholeNumber } from '../options/whole-number.js';

const MAX_JOBS = 64;

/** Reads the manifest of the default model, so only what is shown pays for it. */
function toHelp(): string {
  const lead = describeLeastLead(DEFAULT_MODEL);
  return `
Sources: pictures (JPEG, PNG, WebP, GIF, TIFF, AVIF; at most ${MAX_PIXELS / 1e6} megapixels), videos and anything else that the
installed ffmpeg decodes, animated GIFs, WebPs and PNGs, folders with their subfolders, patterns in quotes, camera:0,
addresses (rtsp, http, https), and - for standard input. Files are recognised by content. Rotated pictures and videos are
turned upright, and boxes are in pixels of the upright picture. Transparent areas are treated as white.

Times have a unit or a colon: 250ms, 90s, 1:30. Without --every, each frame is analysed.

A face is unsure if its picture is poor, or if its expression leads the next one by less than the model's minimum margin${lead === undefined ? '' : `\n(${lead})`}.

A report is a single page for the browser that needs no network: results/<name>.report.html for a video,
results/pictures.report.html for all pictures. It contains small pictures of faces; share it accordingly.
${CONTRACT_HELP}
${ONNX_RUNTIME_HELP}

Examples:
  $ mien analyze portrait.jpg
  $ mien analyze a.jpg b.png --format json
  $ mien analyze group.jpg --detector haar --scale-factor 1.1
  $ mien analyze stadium.jpg --min-face 40           faster: faces from 40 pixels on
  $ mien analyze portrait.jpg --annotate out.png
  $ mien analyze group.jpg --format list            one line for each face
  $ mien analyze *.jpg --annotate annotated/        a copy of each picture, <name>-annotated.png
  $ mien analyze talk.mp4 --every 200ms --from 1:30 --to 2:00
  $ mien analyze talk.mp4 --format vtt --out .      subtitles: talk.mp4.vtt
  $ mien analyze talk.mp4 --annotate seen.mp4       a copy of the video with its faces drawn in
  $ mien analyze videos/ --format csv --out results --jobs 4 --resume
  $ mien analyze talk.mp4 --every 200ms --out results --plot --report
                                                    also talk.mp4.timeline.svg, .png and talk.mp4.report.html
  $ mien analyze camera:0 --every 500ms --format ndjson`;
}

export function createAnalyzeCommand(context: CommandContext): Command {
  const command = addSamplingOptions(
    new Command('analyze')
      .description('find the faces in pictures and videos and read their expressions')
      .argument('<sources...>', 'pictures, videos, folders, camera:0, addresses, or -')
      .addOption(modelOption())
      .option(
        '--detector <id|path>',
        `what finds the faces: ${DETECTORS.join(', ')}, or a YuNet file (.onnx)`,
        parseDetector,
        DETECTORS[0],
      )
      .option(
        '--scale-factor <number>',
        'haar only: growth of the search window from one size to the next (default: 1.3)',
        parseScaleFactor,
      )
      .option(
        '--min-neighbors <count>',
        'haar only: detections that must agree on a face (default: 5)',
        wholeNumber(0, 1000),
      )
      .option(
        '--min-face <pixels>',
        'blazeface only: smallest face to find in pictures, by its longer side; smaller ones take longer (default: 24)',
        wholeNumber(...FACE_SIDES_PX),
      ),
  )
    .option(
      '--response-time <time>',
      'videos only: how soon a change of expression is shown (default: 300ms)',
      timeOption,
    )
    .addOption(
      new Option('--format <name>', 'format of the results').choices(OUTPUT_FORMATS).default('table'),
    )
    .option('--out <folder>', 'write one file per source to this folder instead of printing')
    .option('--plot', 'with --out: draw a timeline of every video as .svg and .png')
    .option(
      '--report',
      'with --out: write a report of every video, and one of all pictures; reports contain pictures of faces',
    )
    .option('--resume', 'with --out: continue an interrupted run')
    .option('--jobs <count>', 'number of sources to analyse at the same time', wholeNumber(1, MAX_JOBS), 1)
    .option(
      '--annotate <file>',
      'write a copy of the picture or video with its faces drawn in; a folder for several sources',
    )
    .addHelpText('after', toHelp)
    .action((sources: string[], options: Omit<AnalyzeRequest, 'names'>) =>
      analyzeSources(context, { ...options, names: sources }),
    );
  return addContractOptions(command);
}

function parseDetector(text: string): string {
  if (isDetectorName(text)) return text;
  throw new InvalidArgumentError(`It must be ${DETECTORS.join(', ')} or the path of a YuNet file (.onnx).`);
}

/** Below 1.01 a search takes minutes; from 10 up it misses every face. */
function parseScaleFactor(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 1.01 && value <= 10)) {
    throw new InvalidArgumentError('It must be a number from 1.01 to 10, such as 1.3.');
  }
  return value;
}
