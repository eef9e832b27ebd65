/**
 * Pictures in folders named after their labels:
 *
 *   root/<label>/….jpg   or   root/<split>/<label>/….jpg
 *
 * with any folders below the label, and any number of single folders above (as archives unpack). CK+ is often repacked
 * like this; its file names still contain the person, so that it can be split by person.
 */
import type { Plan, PlannedPicture, ReadEvents } from './plan.js';
import { isPictureName, type FoundFile, type Tree } from './walk-folder.js';
import { toOurName } from '../../data/label-map.js';
import { FER2013_LABELS } from '@mien/core';

/** Folder names of splits, in lower case. */
const SPLIT_FOLDERS: Readonly<Record<string, string>> = {
  train: 'train',
  training: 'train',
  train_set: 'train',
  train_class: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  val_set: 'validation',
  val_class: 'validation',
  dev: 'validation',
  publictest: 'validation',
  test: 'test',
  testing: 'test',
  test_set: 'test',
  test_class: 'test',
  privatetest: 'test',
};

/** A frame of CK+ (see ck-plus.ts): the person, the sequence, the frame. */
const CK_PLUS_FRAME = /^(S\d{3})_\d{3}_\d+\.\w+$/i;

/** `undefined` for other folders. */
export function toSplit(folder: string): string | undefined {
  const name = folder.toLowerCase();
  return Object.hasOwn(SPLIT_FOLDERS, name) ? SPLIT_FOLDERS[name] : undefined;
}

export function planClassFolders({ files, folders }: Tree, events: ReadEvents): Plan {
  const found = files.filter(({ parts }) => isPictureName(parts.at(-1) ?? ''));
  const above = countWrappers(found);
  const hasSplits = found.some(
    ({ parts }) => parts.length > above + 2 && toSplit(parts[above] ?? '') !== undefined,
  );
  const labelDepth = above + (hasSplits ? 1 : 0);

  const pictures: PlannedPicture[] = [];
  const filled = new Set<string>();
  for (const { path, parts } of found) {
    const source = parts.join('/');
    const split = hasSplits ? toSplit(parts[above] ?? '') : undefined;
    const label = parts[labelDepth];
    if (hasSplits && split === undefined) {
      events.onLeftOut?.(source, 'not in the folder of a split');
    } else if (label === undefined || parts.length <= labelDepth + 1) {
      events.onLeftOut?.(source, 'not in the folder of a label');
    } else {
      filled.add(parts.slice(0, labelDepth + 1).join('/'));
      const subject = CK_PLUS_FRAME.exec(parts.at(-1) ?? '')?.[1];
      pictures.push({
        path,
        source,
        label,
        ...(split === undefined ? {} : { split }),
        ...(subject === undefined ? {} : { subject }),
      });
    }
  }
  for (const parts of folders) {
    const source = parts.join('/');
    const isClass =
      parts.length === labelDepth + 1 && (!hasSplits || toSplit(parts[above] ?? '') !== undefined);
    if (isClass && !filled.has(source)) events.onLeftOut?.(`${source}/`, 'folder without pictures');
  }
  return { pictures, wholePhotographs: false };
}

/** Number of nested single folders above the splits and labels. */
function countWrappers(found: readonly FoundFile[]): number {
  for (let depth = 0; ; depth++) {
    const [first] = found;
    const name = first?.parts[depth];
    if (name === undefined || toSplit(name) !== undefined) return depth;
    if (FER2013_LABELS.some((label) => label === toOurName(name))) return depth;
    if (!found.every(({ parts }) => parts[depth] === name && parts.length > depth + 2)) return depth;
  }
}
