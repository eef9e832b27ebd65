/** `mien analyze`: pictures, videos, cameras in; faces and expressions out. */
import { DETECTORS, isDetectorName } from '@mien/node/models';
import { MAX_PIXELS } from '@mien/node/pictures';
import { FORMATS } from '@mien/results';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { AnalyzeRequest } from '../analysis/analyze-request.js';
import { analyzeSources } from '../analysis/analyze-sources.js';
import type { CommandContext } from '../command-context.js';
import { addContractOptions, CONTRACT_HELP } from '../options/contract-options.js';
import { modelOption, ONNX_RUNTIME_HELP } from '../options/model-option.js';
import { intervalOption, timeOption } from '../options/time-option.js';
import { wholeNumber } from '../options/whole-number.js';

const MAX_JOBS = 64;

const HELP = `
A source is a picture (JPEG, PNG, WebP, GIF, TIFF, AVIF; at most ${MAX_PIXELS / 1e6} megapixels), a video (whatever the
installed ffmpeg decodes), an animated GIF or WebP, a folder (with those below it), a pattern in quotes, camera:0, an
address (rtsp, http, https), or - for standard input. Pictures are turned upright, as their EXIF note or the phone's
says, and boxes are in pixels of the upright picture. Transparent parts count as white.
A report is one page that needs no network, to be opened in a browser: results/<name>.report.html of a video,
results/pictures.report.html of all pictures. It holds small pictures of faces: hand it on as you would hand on those.
Times are such as 250ms, 90s, 1:30. Without --every each frame is looked at.
${CONTRACT_HELP}
${ONNX_RUNTIME_HELP}

Examples:
  $ mien analyze portrait.jpg
  $ mien analyze a.jpg b.png --format json
  $ mien analyze group.jpg --detector haar --scale-factor 1.1
  $ mien analyze portrait.jpg --annotate out.png
  $ mien analyze *.jpg --annotate annotated/        one picture each, <name>-annotated.png
  $ mien analyze talk.mp4 --every 200ms --from 1:30 --to 2:00
  $ mien analyze talk.mp4 --format vtt --out .      subtitles: talk.mp4.vtt
  $ mien analyze talk.mp4 --annotate seen.mp4       the video with faces drawn in
  $ mien analyze footage/ --format csv --out results --jobs 4 --resume
  $ mien analyze talk.mp4 --every 200ms --out results --plot --report
                                                    also talk.mp4.timeline.svg, .png and talk.mp4.report.html
  $ mien analyze camera:0 --every 500ms --format ndjson`;

export function createAnalyzeCommand(context: CommandContext): Command {
  const command = new Command('analyze')
    .description('find the faces in pictures and videos and read their expressions')
    .argument('<sources...>', 'pictures, videos, folders, camera:0, addresses, or -')
    .addOption(modelOption())
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
      wholeNumber(0, 1000),
    )
    .option('--every <time>', 'of videos: look at one frame of every interval of this length', intervalOption)
    .option('--from <time>', 'of videos: where to begin', timeOption)
    .option('--to <time>', 'of videos: where to end', timeOption)
    .option(
      '--react <time>',
      'of videos: how soon a change of expression is shown (default: 300ms)',
      timeOption,
    )
    .addOption(new Option('--format <name>', 'how results are printed').choices(FORMATS).default('table'))
    .option('--out <folder>', 'write one file per source, <source file name>.<format>, instead of printing')
    .option('--plot', 'with --out: draw a timeline of every video, who showed what when, as .svg and .png')
    .option(
      '--report',
      'with --out: write a page about every video, and one about all pictures; pictures of faces are in them',
    )
    .option('--resume', 'with --out: go on with work that was interrupted')
    .option('--jobs <count>', 'sources that are worked on at the same time', wholeNumber(1, MAX_JOBS), 1)
    .option(
      '--annotate <file>',
      'write a copy of the picture or video with its faces drawn in; a folder for several',
    )
    .addHelpText('after', HELP)
    .action((sources: string[], options: Omit<AnalyzeRequest, 'names'>) =>
      analyzeSources(context, { ...options, names: sources }),
    );
  return addContractOptions(command);
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
