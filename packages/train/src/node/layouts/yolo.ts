/**
 * Collections of detectors, as tools for YOLO write them: pictures, and for each a text file of boxes with their labels.
 *
 *   data.yaml                  names of the labels, in the order of their numbers
 *   train/images/a.jpg         (or images/train/a.jpg)
 *   train/labels/a.txt         "3 0.5 0.5 1 1": label, centre, width and height as shares of the picture
 *
 * Each box is a face. Ref: https://docs.ultralytics.com/datasets/detect/
 */
import { readFile } from 'node:fs/promises';
import { MienError } from '@mien/core';
import { quote } from '../../data/quote.js';
import { readTextFile } from '../unreadable.js';
import { toSplit } from './class-folders.js';
import { reportUnreadable, type Plan, type PlannedPicture, type ReadEvents } from './plan.js';
import { isPictureName, type FoundFile, type Tree } from './walk-folder.js';

const IMAGES = 'images';
const LABELS = 'labels';
const NAMES = /^data[^/]*\.ya?ml$/i;
const MAX_TEXT_BYTES = 1_048_576;
const MAX_NAMES = 1000;
/** What remains of a polygon is the box around it. */
const MIN_NUMBERS = 5;

/** Whether pictures in `images` have text files of the same names in `labels`. */
export function isYolo(tree: Tree): boolean {
  const pictures = tree.files.filter(isPicture);
  if (pictures.length === 0) return false;
  const texts = textsOf(tree);
  return pictures.some((picture) => texts.has(textPathOf(picture)));
}

/** @throws MienError when labels have no names, or for an unreadable file without `events.onUnreadable` */
export async function planYolo(tree: Tree, root: string, events: ReadEvents): Promise<Plan> {
  const names = await readNames(tree, root);
  const texts = textsOf(tree);
  const pictures: PlannedPicture[] = [];
  for (const picture of tree.files.filter(isPicture)) {
    const source = picture.parts.join('/');
    const text = texts.get(textPathOf(picture));
    if (text === undefined) {
      events.onLeftOut?.(source, 'without a file of labels');
      continue;
    }
    try {
      const boxes = parseBoxes(
        await readTextFile(text.path, MAX_TEXT_BYTES, 'correct or remove it'),
        text.path,
        names,
      );
      if (boxes.length === 0) events.onLeftOut?.(source, 'without a face in its file of labels');
      const split = picture.parts
        .slice(0, -1)
        .map(toSplit)
        .find((found) => found !== undefined);
      boxes.forEach(({ label, box }, index) => {
        pictures.push({
          path: picture.path,
          source: index === 0 ? source : `${source}#${index + 1}`,
          label,
          box,
          ...(split === undefined ? {} : { split }),
        });
      });
    } catch (error) {
      if (!(error instanceof MienError)) throw error;
      reportUnreadable(events, text.parts.join('/'), error);
    }
  }
  return { pictures, wholePhotographs: false };
}

function isPicture({ parts }: FoundFile): boolean {
  return isPictureName(parts.at(-1) ?? '') && parts.slice(0, -1).includes(IMAGES);
}

function textsOf({ files }: Tree): ReadonlyMap<string, FoundFile> {
  return new Map(
    files
      .filter(({ parts }) => /\.txt$/i.test(parts.at(-1) ?? ''))
      .map((file) => [file.parts.join('/'), file]),
  );
}

/** `train/images/a.jpg` → `train/labels/a.txt` */
function textPathOf({ parts }: FoundFile): string {
  const at = parts.lastIndexOf(IMAGES);
  const name = (parts.at(-1) ?? '').replace(/\.[^.]*$/, '.txt');
  return [...parts.slice(0, at), LABELS, ...parts.slice(at + 1, -1), name].join('/');
}

function parseBoxes(
  text: string,
  path: string,
  names: readonly string[],
): { label: string; box: NonNullable<PlannedPicture['box']> }[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return [];
    const fail = (what: string): MienError =>
      new MienError('INPUT_INVALID', `${path}: line ${index + 1} is ${quote(line.slice(0, 80))}; ${what}`);
    const [number = NaN, ...places] = line.trim().split(/\s+/).map(Number);
    const label = names[number];
    if (label === undefined) throw fail(`expected a label from 0 to ${names.length - 1} first`);
    if (places.length + 1 < MIN_NUMBERS || !places.every((place) => place >= -0.5 && place <= 1.5)) {
      throw fail('expected centre, width and height as shares of the picture');
    }
    if (places.length + 1 > MIN_NUMBERS && places.length % 2 === 0)
      return [{ label, box: aroundPolygon(places) }];
    const [x = 0, y = 0, width = 0, height = 0] = places;
    if (!(width > 0 && height > 0)) throw fail('expected a width and a height above 0');
    return [{ label, box: { x: x - width / 2, y: y - height / 2, width, height } }];
  });
}

function aroundPolygon(places: readonly number[]) {
  const xs = places.filter((_, at) => at % 2 === 0);
  const ys = places.filter((_, at) => at % 2 === 1);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** `names: [a, b]`, `names: {0: a, 1: b}`, or a line for each below `names:`. */
async function readNames({ files }: Tree, root: string): Promise<readonly string[]> {
  const file = files.find(({ parts }) => NAMES.test(parts.at(-1) ?? ''));
  const classes = files.find(({ parts }) => parts.at(-1) === 'classes.txt');
  const found = file ?? classes;
  if (found === undefined) {
    throw new MienError('INPUT_INVALID', `${root}: its labels are numbers in .txt files, and no data.yaml says what they are; add one with names: [angry, disgust, …]`); // prettier-ignore
  }
  const text = (await readFile(found.path, 'utf8')).slice(0, MAX_TEXT_BYTES);
  const names =
    file === undefined ? text.split(/\r?\n/).filter((line) => line.trim() !== '') : parseNames(text);
  if (names.length === 0 || names.length > MAX_NAMES) {
    throw new MienError('INPUT_INVALID', `${found.path}: expected names: [angry, disgust, …]; correct it`);
  }
  return names;
}

function parseNames(yaml: string): string[] {
  const clean = (name: string): string =>
    name
      .trim()
      .replace(/^(['"])(.*)\1$/, '$2')
      .trim();
  const inline = /^names\s*:\s*[[{]([^\]}]*)[\]}]/m.exec(yaml)?.[1];
  if (inline !== undefined) {
    return inline
      .split(',')
      .map((name) => clean(name.replace(/^\s*\d+\s*:/, '')))
      .filter((name) => name !== '');
  }
  const lines = yaml.split(/\r?\n/);
  const start = lines.findIndex((line) => /^names\s*:\s*(#.*)?$/.test(line));
  if (start === -1) return [];
  const names: string[] = [];
  for (const line of lines.slice(start + 1)) {
    const entry = /^\s*(?:-\s+|\d+\s*:\s*)(.+)$/.exec(line)?.[1];
    if (entry === undefined) break;
    names.push(clean(entry));
  }
  return names;
}
