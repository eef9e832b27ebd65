/** What the commands that read a collection have in common: options, help, and the collection itself. */
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
import { wholeNumber } from '../options/whole-number.js';
import { createCountProgress } from '../terminal/count-progress.js';

/** Options of {@link addDatasetOptions}. */
export interface DatasetOptions {
  readonly layout?: Layout;
  readonly ferplus?: string;
  readonly labelMap?: string;
  readonly size?: number;
  readonly peakFrames?: number;
  readonly neutralFrames?: boolean;
}

const MAX_SIZE = 512;
const MAX_PEAK_FRAMES = 100;

export const DATASET_HELP = `
Data is FER2013's CSV (emotion,pixels,Usage), plain or gzipped, or a folder of one of these layouts (known by its
looks, or told by --layout):
  folders  <label>/….jpg or <split>/<label>/….jpg, splits named train, val or validation, test
  ck+      cohn-kanade-images/S005/001/….png and Emotion/S005/001/…_emotion.txt
  jaffe    KA.AN1.39.tiff
  kdef     AF01ANS.JPG, those seen from the front
  raf-db   EmoLabel/list_patition_label.txt and Image/aligned/, or train/<number>/ and test/<number>/
In CK+, JAFFE and KDEF the largest face is cut out of each picture; people are split into train (70 %), validation and
test (15 % each), nobody into two. Labels are matched by name (anger is angry, happiness is happy, …).`.trim();

/** @param defaultSize what `--size` is where it is left out, in words */
export function addDatasetOptions(command: Command, defaultSize = '48'): Command {
  return command
    .addOption(
      new Option('--layout <name>', 'how the data is laid out (default: as it looks)').choices(LAYOUTS),
    )
    .option('--ferplus <file>', "FER+'s fer2013new.csv: labels from ten votes a picture of FER2013")
    .option('--label-map <file>', 'JSON of names of labels, such as {"anger": "angry", "contempt": null}')
    .option(
      '--size <pixels>',
      `side that pictures of folders are resized to (default: ${defaultSize})`,
      wholeNumber(8, MAX_SIZE),
    )
    .option(
      '--peak-frames <count>',
      'last frames of a CK+ sequence to take (default: 1)',
      wholeNumber(1, MAX_PEAK_FRAMES),
    )
    .option('--neutral-frames', 'take the first frame of a CK+ sequence as neutral');
}

/**
 * Reads the collection at `path`, with progress; says in one line what was left out.
 *
 * @param defaultSize side of pictures of folders in pixels, unless `--size` says it: what the network reads, so that
 *   they are resized once and none is shrunk to be enlarged again
 */
export async function openDataset(
  context: Pick<CommandContext, 'stderr'>,
  path: string,
  options: DatasetOptions,
  defaultSize?: number,
): Promise<Dataset> {
  const reasons = new Map<string, number>();
  const events = {
    onLeftOut: (_: string, reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1),
  };
  const dataset = await readCollection(context, path, { ...options, defaultSize }, events);
  if (reasons.size > 0) {
    const list = [...reasons].map(([reason, count]) => `${count} (${reason})`).join(', ');
    context.stderr.write(`left out of ${path}: ${list}; mien data check names them\n`);
  }
  return dataset;
}

/** Reads the collection at `path`, with progress; everything else is told to `events`. */
export async function readCollection(
  { stderr }: Pick<CommandContext, 'stderr'>,
  path: string,
  options: DatasetOptions & Pick<ReadDatasetOptions, 'defaultSize'>,
  events: ReadEvents,
): Promise<Dataset> {
  const { ferplus, labelMap, layout, size, defaultSize, peakFrames, neutralFrames } = options;
  const progress = createCountProgress(stderr, 'reading pictures');
  try {
    // Only what was given: absent and undefined are two things.
    const given = Object.entries({ layout, ferPlus: ferplus, size, defaultSize, peakFrames, neutralFrames });
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
  // As analyze finds faces: a network is to learn from what it will see.
  createDetector: () => createDetector(DETECTORS[0]),
};
