/**
 * CK+: sequences of frames from a neutral face to the peak of an expression; whole photographs of 640×490.
 *
 *   cohn-kanade-images/S005/001/S005_001_00000011.png       frames of person S005's sequence 001
 *   Emotion/S005/001/S005_001_00000011_emotion.txt          "   3.0000000e+00": the label of its last frame
 *
 * 327 of the 593 sequences have a label; the others are excluded. The last frame is used, optionally several last frames,
 * and the first frame as neutral. Contempt is not one of the seven labels: it is excluded unless a label map names it.
 *
 * Ref: Lucey et al. 2010, "The Extended Cohn-Kanade Dataset (CK+)".
 */
import { MienError } from '@mien/core';
import { quote } from '../../data/quote.js';
import { readTextFile } from '../unreadable.js';
import { reportUnreadable, type Plan, type PlannedPicture, type ReadEvents } from './plan.js';
import { isPictureName, type FoundFile, type Tree } from './walk-folder.js';

const LABELS = ['neutral', 'anger', 'contempt', 'disgust', 'fear', 'happy', 'sadness', 'surprise'] as const;
const IMAGE_FOLDERS = ['cohn-kanade-images', 'extended-cohn-kanade-images'];
const LABEL_FILE = /_emotion\.txt$/i;
const MAX_LABEL_BYTES = 1024;

export interface CkPlusOptions {
  /** Number of last frames of a sequence to use. Default 1, the peak. */
  readonly peakFrames?: number;
  /** Whether to use the first frame of each labelled sequence as neutral. Default false. */
  readonly neutralFrames?: boolean;
}

/** Whether the folder has the layout of CK+. */
export function isCkPlus({ folders }: Tree): boolean {
  return folders.some((parts) => IMAGE_FOLDERS.includes(parts.at(-1)?.toLowerCase() ?? ''));
}

/** @throws MienError `INPUT_INVALID` without frames or labels, or for an invalid label file without `events.onUnreadable` */
export async function planCkPlus(
  { files }: Tree,
  root: string,
  { peakFrames = 1, neutralFrames = false }: CkPlusOptions,
  events: ReadEvents,
): Promise<Plan> {
  const frames = new Map<string, FoundFile[]>();
  const labels = new Map<string, FoundFile>();
  for (const file of files) {
    const [subject, sequence, name] = file.parts.slice(-3);
    if (subject === undefined || sequence === undefined || name === undefined) continue;
    const key = `${subject}/${sequence}`;
    if (LABEL_FILE.test(name)) labels.set(key, file);
    else if (isPictureName(name)) frames.set(key, [...(frames.get(key) ?? []), file]);
  }
  if (frames.size === 0 || labels.size === 0) {
    const missing = frames.size === 0 ? 'frames (cohn-kanade-images/S005/001/….png)' : 'labels (Emotion/S005/001/…_emotion.txt)'; // prettier-ignore
    throw new MienError(
      'INPUT_INVALID',
      `${root}: no ${missing} of CK+ found; unpack both archives into one folder`,
    );
  }

  for (const [key, { parts }] of labels) {
    if (!frames.has(key)) events.onLeftOut?.(parts.join('/'), 'label of a sequence without frames');
  }
  const pictures: PlannedPicture[] = [];
  for (const [key, sequence] of frames) {
    const labelFile = labels.get(key);
    const last = sequence.slice(-peakFrames);
    if (labelFile === undefined) {
      for (const { parts } of last) events.onLeftOut?.(parts.join('/'), 'its sequence has no label');
      continue;
    }
    let label: string;
    try {
      label = await readLabel(labelFile);
    } catch (error) {
      if (!(error instanceof MienError)) throw error;
      reportUnreadable(events, labelFile.parts.join('/'), error);
      continue;
    }
    const [subject] = key.split('/');
    const add = ({ path, parts }: FoundFile, label: string): void => {
      pictures.push({ path, source: parts.join('/'), label, ...(subject === undefined ? {} : { subject }) });
    };
    for (const frame of last) add(frame, label);
    const [first] = sequence;
    if (neutralFrames && first !== undefined && !last.includes(first)) add(first, 'neutral');
  }
  return { pictures, wholePhotographs: true };
}

async function readLabel({ path }: FoundFile): Promise<string> {
  const advice = 'expected one number from 0 to 7';
  const text = (await readTextFile(path, MAX_LABEL_BYTES, advice)).trim();
  const label = text === '' ? undefined : LABELS[Number(text)];
  if (label === undefined) throw new MienError('INPUT_INVALID', `${path}: holds ${quote(text)}; ${advice}`);
  return label;
}
