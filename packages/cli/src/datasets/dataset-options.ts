/** Shared by the commands that read a data set: options, help, and reading it. */
import { MienError, type InputContract } from '@mien/core';
import { createDetector, DETECTORS } from '@mien/node/models';
import { decodePicture } from '@mien/node/pictures';
import type { Dataset } from '@mien/train';
import {
  type Layout,
  LAYOUTS,
  type PictureTools,
  readDataset,
  type ReadDatasetOptions,
  type ReadEvents,
  readLabelMap,
} from '@mien/train/node';
import { type Command, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import { decimal } from '../options/decimal.js';
import { wholeNumber } from '../options/whole-number.js';
import { createCountProgress } from '../terminal/count-progress.js';

/** Options of {@link addDatasetOptions}. */
export interface DatasetOptions {
  readonly layout?: Layout;
  readonly ferplus?: string;
  readonly ferplusShare?: number;
  readonly labelMap?: string;
  readonly size?: number;
  readonly peakFrames?: number;
  readonly neutralFrames?: boolean;
}

const MAX_SIZE = 512;
const MAX_PEAK_FRAMES = 100;

export const DATASET_HELP = `
Data is FER2013's CSV (emotion,pixels,Usage; Kaggle's train.csv without Usage is all Training), plain or gzipped, or a
folder with one of these layouts (recognised, or given by --layout):
  folders  <label>/….jpg or <split>/<label>/….jpg, splits named train, val or validation, test
  ck+      cohn-kanade-images/S005/001/….png and Emotion/S005/001/…_emotion.txt
  jaffe    KA.AN1.39.tiff
  kdef     AF01ANS.JPG, front views only
  raf-db   EmoLabel/list_patition_label.txt and Image/aligned/, or train/<number>/ and test/<number>/
  affectnet  train_class/<number>/….jpg and val_class/<number>/….jpg, by AffectNet's numbers (0 neutral, 1 happy, …)
  yolo     data.yaml, train/images/….jpg and train/labels/….txt, each box a face
From CK+, JAFFE and KDEF, the largest face of each picture is cut out. People are split into train (70 %), validation and
test (15 % each), and each person is in one split only. Labels are matched by name (anger is angry, happiness is happy, …).`.trim();

/** @param defaultSize default of `--size`, in words */
export function addDatasetOptions(command: Command, defaultSize = '48'): Command {
  return command
    .addOption(new Option('--layout <name>', 'layout of the data (default: recognised)').choices(LAYOUTS))
    .option('--ferplus <file>', "FER+'s fer2013new.csv: labels from ten votes per picture of FER2013")
    .option(
      '--ferplus-share <part>',
      "how much of each target is FER+'s votes, such as 0.25; FER2013's labels are the rest, and stay the labels (default: 1)",
      decimal(0, 1),
    )
    .option(
      '--label-map <file>',
      'JSON file that renames labels, such as {"anger": "angry", "contempt": null}',
    )
    .option(
      '--size <pixels>',
      `size to which pictures of folders are resized (default: ${defaultSize})`,
      wholeNumber(8, MAX_SIZE),
    )
    .option(
      '--peak-frames <count>',
      'how many of the last frames of a CK+ sequence to take (default: 1)',
      wholeNumber(1, MAX_PEAK_FRAMES),
    )
    .option('--neutral-frames', 'also take the first frame of each CK+ sequence, as neutral');
}

/**
 * Reads the data set at `path` with progress, and reports in one line what was left out.
 *
 * @param input size in pixels and channels of pictures of folders, without `--size`: those of the network's input, so
 *   that pictures are resized only once, and as `analyze` does it
 */
export async function openDataset(
  context: Pick<CommandContext, 'stderr'>,
  path: string,
  options: DatasetOptions,
  input?: Pick<InputContract, 'width' | 'height' | 'channels'>,
): Promise<Dataset> {
  const reasons = new Map<string, number>();
  const events = {
    onLeftOut: (_: string, reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1),
  };
  const of = input && { defaultSize: { width: input.width, height: input.height }, channels: input.channels };
  const dataset = await readCollection(context, path, { ...options, ...of }, events);
  if (reasons.size > 0) {
    const list = [...reasons].map(([reason, count]) => `${count} (${reason})`).join(', ');
    context.stderr.write(`left out of ${path}: ${list}; mien data check lists them\n`);
  }
  return dataset;
}

/** Reads the data set at `path` with progress. `events` receives everything else. */
export async function readCollection(
  { stderr }: Pick<CommandContext, 'stderr'>,
  path: string,
  options: DatasetOptions & Pick<ReadDatasetOptions, 'defaultSize' | 'channels'>,
  events: ReadEvents,
): Promise<Dataset> {
  const { ferplus, ferplusShare, labelMap, layout, size, defaultSize, channels, peakFrames, neutralFrames } =
    options;
  if (ferplusShare !== undefined && ferplus === undefined) {
    throw new MienError('USAGE', '--ferplus-share: needs the votes; give --ferplus fer2013new.csv as well');
  }
  const progress = createCountProgress(stderr, 'reading pictures');
  try {
    // Only given options: an absent property differs from an undefined one.
    const given = Object.entries({
      layout,
      ferPlus: ferplus,
      ferPlusShare: ferplusShare,
      size,
      defaultSize,
      channels,
      peakFrames,
      neutralFrames,
    });
    return await readDataset(path, {
      ...(Object.fromEntries(given.filter(([, value]) => value !== undefined)) as ReadDatasetOptions),
      ...(labelMap === undefined ? {} : { labelMap: await readLabelMap(labelMap) }),
      ...events,
      onProgress: progress.show,
      tools: TOOLS,
    });
  } finally {
    progress.end();
  }
}

const TOOLS: PictureTools = {
  decodePicture,
  // The default detector of analyze, so that a network learns from the crops that it will read.
  createDetector: () => createDetector(DETECTORS[0]),
};
