/**
 * RAF-DB's single-label part: faces from the Internet, aligned, 100×100, in a published train and test split.
 *
 *   EmoLabel/list_patition_label.txt          "train_00001.jpg 5" (the publishers' spelling)
 *   Image/aligned/train_00001_aligned.jpg
 *
 * or, as it is often repacked: train/5/train_00001_aligned.jpg.
 *
 * Ref: Li, Deng, Du 2017, "Reliable Crowdsourcing and Deep Locality-Preserving Learning for Expression Recognition in
 * the Wild".
 */
import { dirname, join } from 'node:path';
import { MienError } from '@mien/core';
import { quote } from '../../data/quote.js';
import { readTextFile } from '../unreadable.js';
import { planClassFolders } from './class-folders.js';
import { reportUnreadable, type Plan, type PlannedPicture, type ReadEvents } from './plan.js';
import { isPictureName, type FoundFile, type Tree } from './walk-folder.js';

/** Numbered from 1. */
const LABELS = ['surprise', 'fear', 'disgust', 'happy', 'sad', 'angry', 'neutral'] as const;
const LIST = 'list_patition_label.txt';
const LINE = /^((train|test)_\d+)\.jpg\s+(\d+)$/;
const NAME = /^(train|test)_\d+(_aligned)?\.(jpe?g|png)$/i;
const MAX_LIST_BYTES = 16_777_216;

const toLabel = (number: string | undefined): string | undefined => LABELS[Number(number) - 1];

function findList({ files }: Tree): FoundFile | undefined {
  return files.find(({ parts }) => parts.at(-1) === LIST);
}

/** Whether the folder has either layout of RAF-DB. */
export function isRafDb(tree: Tree): boolean {
  if (findList(tree) !== undefined) return true;
  const pictures = tree.files.filter(({ parts }) => isPictureName(parts.at(-1) ?? ''));
  return (
    pictures.length > 0 &&
    pictures.every(({ parts }) => NAME.test(parts.at(-1) ?? '') && toLabel(parts.at(-2)) !== undefined)
  );
}

/** @throws MienError when the list cannot be read, or for an invalid line without `events.onUnreadable` */
export async function planRafDb(tree: Tree, events: ReadEvents): Promise<Plan> {
  const list = findList(tree);
  return list === undefined ? planNumberedFolders(tree, events) : planList(list, events);
}

async function planList({ path, parts }: FoundFile, events: ReadEvents): Promise<Plan> {
  const text = await readTextFile(path, MAX_LIST_BYTES, "give RAF-DB's own list");
  const root = dirname(dirname(path));
  const above = parts.slice(0, -2);
  const pictures: PlannedPicture[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [, name, split, number] = LINE.exec(line.trim()) ?? [];
    const label = toLabel(number);
    if (name === undefined || split === undefined || label === undefined) {
      const problem = `line ${index + 1} is ${quote(line)}; expected train_00001.jpg and a number from 1 to ${LABELS.length}`;
      reportUnreadable(events, parts.join('/'), new MienError('INPUT_INVALID', `${path}: ${problem}`));
      continue;
    }
    const place = ['Image', 'aligned', `${name}_aligned.jpg`];
    pictures.push({ path: join(root, ...place), source: [...above, ...place].join('/'), label, split });
  }
  return { pictures, wholePhotographs: false };
}

function planNumberedFolders(tree: Tree, events: ReadEvents): Plan {
  const { pictures, ...plan } = planClassFolders(tree, events);
  return {
    ...plan,
    pictures: pictures.flatMap((picture) => {
      const label = toLabel(picture.label);
      if (label === undefined)
        events.onLeftOut?.(picture.source, `not in a folder named 1 to ${LABELS.length}`);
      return label === undefined ? [] : [{ ...picture, label }];
    }),
  };
}
