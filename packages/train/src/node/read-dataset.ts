/**
 * Reads any supported collection: a file is FER2013's CSV, a folder is read by its layout.
 *
 *   path → layout (given or detected) → plan: files with labels → decode and crop → dataset
 */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { MienError } from '@mien/core';
import type { Dataset } from '../data/dataset.js';
import { FER2013_SIDE } from '../data/fer2013/fer2013.js';
import { isExpression, resolveLabel, type LabelMap } from '../data/label-map.js';
import { quote } from '../data/quote.js';
import { isAffectNet, planAffectNet } from './layouts/affectnet.js';
import { isCkPlus, planCkPlus, type CkPlusOptions } from './layouts/ck-plus.js';
import { planClassFolders } from './layouts/class-folders.js';
import { isJaffeName, planJaffe } from './layouts/jaffe.js';
import { isKdefName, planKdef } from './layouts/kdef.js';
import type { Plan, ReadEvents } from './layouts/plan.js';
import { isRafDb, planRafDb } from './layouts/raf-db.js';
import { isPictureName, walkFolder, type Tree } from './layouts/walk-folder.js';
import { isYolo, planYolo } from './layouts/yolo.js';
import { readFer2013 } from './read-fer2013.js';
import { readFerPlusVotes } from './read-ferplus.js';
import { readPictures, type PictureSize, type PictureTools } from './read-pictures.js';
import { toUnreadable } from './unreadable.js';

export const LAYOUTS = ['fer2013', 'folders', 'ck+', 'jaffe', 'kdef', 'raf-db', 'affectnet', 'yolo'] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface ReadDatasetOptions extends ReadEvents, CkPlusOptions {
  /** Default: detected. */
  readonly layout?: Layout;
  /** FER+'s `fer2013new.csv`; only with FER2013's CSV. */
  readonly ferPlus?: string;
  /**
   * How much of each target is FER+'s votes, 0 to 1. Below 1 the rest is FER2013's label, which also stays the label
   * that accuracy is measured on. Default 1.
   */
  readonly ferPlusShare?: number;
  /** Maps label names; `null` excludes a label. Only with folders. */
  readonly labelMap?: LabelMap;
  /** Width and height of the pictures in the dataset in pixels. Only with folders. */
  readonly size?: number;
  /** Default of `size`, such as the size of a network's input; default 48. */
  readonly defaultSize?: number | PictureSize | undefined;
  /** 3 reads pictures of folders in colour, for a network that does; default 1, grey. */
  readonly channels?: 1 | 3 | undefined;
  /** Required for folders. */
  readonly tools?: PictureTools;
}

const DEFAULT_SIZE = 48;
/** Contempt of CK+ and AffectNet is not one of our labels; a label map can include it. */
const WITHOUT_CONTEMPT: LabelMap = { contempt: null };
/** Share of file names that must match a layout; published collections have some misnamed files. */
const MIN_MATCHING = 0.9;

/**
 * Reads a collection of labelled faces.
 *
 * @param path FER2013's CSV, plain or gzipped, or a folder of pictures
 * @throws MienError naming the file, row or option that is wrong
 *
 * @example
 * const { count, labelNames } = await readDataset('fer2013.csv.gz', { ferPlus: 'fer2013new.csv' });
 */
export async function readDataset(path: string, options: ReadDatasetOptions = {}): Promise<Dataset> {
  const { ferPlus, ferPlusShare } = options;
  if (ferPlusShare !== undefined && ferPlus === undefined) {
    throw new MienError('USAGE', `${path}: a share of FER+'s votes needs them; give fer2013new.csv as well`);
  }
  if (ferPlusShare !== undefined && !(ferPlusShare >= 0 && ferPlusShare <= 1)) {
    throw new MienError('USAGE', `${path}: the share of FER+'s votes must be 0 to 1, got ${ferPlusShare}`);
  }
  const isAFolder = await isFolder(path);
  const layout = options.layout ?? (isAFolder ? undefined : 'fer2013');
  if (layout === 'fer2013') return readCsv(path, options);
  if (isAFolder) return readFolder(path, layout, options);
  throw new MienError('INPUT_INVALID', `${path}: is a file, but the layout ${layout ?? ''} is for folders; give the folder`); // prettier-ignore
}

/**
 * Checks that there is a file or folder at a path, before {@link readDataset} reads it.
 *
 * @throws MienError `INPUT_UNREADABLE`
 */
export async function checkDatasetPath(path: string): Promise<void> {
  await isFolder(path);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw toUnreadable(path, cause, "give FER2013's CSV (plain or .gz) or a folder of pictures");
  }
}

async function readCsv(path: string, options: ReadDatasetOptions): Promise<Dataset> {
  const { ferPlus, ferPlusShare, labelMap, size } = options;
  if (labelMap !== undefined) {
    throw new MienError('USAGE', `${path}: a label map is only for folders of pictures; FER2013's labels are numbers with a fixed meaning`); // prettier-ignore
  }
  if (size !== undefined && size !== FER2013_SIDE) {
    throw new MienError('USAGE', `${path}: FER2013's pictures are ${FER2013_SIDE}×${FER2013_SIDE}; a size is only for folders of pictures`); // prettier-ignore
  }
  const dataset = await readFer2013(path, (progress) => options.onProgress?.(progress));
  return ferPlus === undefined ? dataset : readFerPlusVotes(dataset, ferPlus, ferPlusShare);
}

async function readFolder(
  root: string,
  layout: Exclude<Layout, 'fer2013'> | undefined,
  options: ReadDatasetOptions,
): Promise<Dataset> {
  const { ferPlus, labelMap, defaultSize = DEFAULT_SIZE, size = defaultSize, channels = 1, tools } = options;
  if (ferPlus !== undefined) {
    throw new MienError('USAGE', `${root}: FER+'s votes are only for FER2013's CSV; give that file`);
  }
  if (tools === undefined) {
    throw new MienError('USAGE', `${root}: reading pictures needs a decoder; pass tools`);
  }
  const tree = await walkFolder(root);
  const chosen = layout ?? detectLayout(tree, root);
  const plan = await planFolder(tree, root, chosen, options);
  if (plan.pictures.length === 0) throw noPictures(root, chosen, tree);
  const map = chosen === 'ck+' || chosen === 'affectnet' ? { ...WITHOUT_CONTEMPT, ...labelMap } : labelMap;
  refuseUnknownLabel(root, plan, map, tree);
  const whole = typeof size === 'number' ? { width: size, height: size } : size;
  return readPictures(
    root,
    plan,
    { size: whole, channels, tools, ...(map === undefined ? {} : { labelMap: map }) },
    options,
  );
}

/** Detects the layout of a folder by its folders and file names. */
function detectLayout(tree: Tree, root: string): Exclude<Layout, 'fer2013'> {
  if (isRafDb(tree)) return 'raf-db';
  if (isAffectNet(tree, basename(root))) return 'affectnet';
  if (isYolo(tree)) return 'yolo';
  if (isCkPlus(tree)) return 'ck+';
  const names = tree.files.map(({ parts }) => parts.at(-1) ?? '').filter(isPictureName);
  const areMostly = (matches: (name: string) => boolean): boolean =>
    names.length > 0 && names.filter(matches).length >= MIN_MATCHING * names.length;
  if (areMostly(isJaffeName)) return 'jaffe';
  return areMostly(isKdefName) ? 'kdef' : 'folders';
}

async function planFolder(
  tree: Tree,
  root: string,
  layout: Exclude<Layout, 'fer2013'>,
  options: ReadDatasetOptions,
): Promise<Plan> {
  switch (layout) {
    case 'folders':
      return planClassFolders(tree, options);
    case 'ck+':
      return planCkPlus(tree, root, options, options);
    case 'jaffe':
      return planJaffe(tree, options);
    case 'kdef':
      return planKdef(tree, options);
    case 'raf-db':
      return planRafDb(tree, options);
    case 'affectnet':
      return planAffectNet(tree, options);
    case 'yolo':
      return planYolo(tree, root, options);
    default:
      return layout satisfies never;
  }
}

const EXPECTED: Readonly<Record<Exclude<Layout, 'fer2013'>, string>> = {
  folders: '<label>/….jpg or <split>/<label>/….jpg',
  'ck+': 'cohn-kanade-images/S005/001/….png and Emotion/S005/001/…_emotion.txt',
  jaffe: 'pictures named like KA.AN1.39.tiff',
  kdef: 'frontal pictures, named like AF01ANS.JPG',
  'raf-db': 'EmoLabel/list_patition_label.txt and Image/aligned/, or train/<number>/ and test/<number>/',
  affectnet: 'train_class/<number>/….jpg, the numbers 0 to 10',
  yolo: 'data.yaml, train/images/….jpg and train/labels/….txt',
};

/**
 * Refuses pictures that all have one label which is no expression: the name of some folder, while their labels lie in
 * other files.
 *
 * @throws MienError `INPUT_INVALID`
 */
function refuseUnknownLabel(
  root: string,
  { pictures }: Plan,
  map: LabelMap | undefined,
  { files }: Tree,
): void {
  const [label, ...others] = new Set(pictures.map((picture) => resolveLabel(picture.label, map)));
  if (label === undefined || label === null || others.length > 0 || isExpression(label)) return;
  const lists = files.filter(({ parts }) => LISTS.test(parts.at(-1) ?? ''));
  const where =
    lists[0] === undefined
      ? ''
      : `; its labels seem to lie in ${lists.length} other files, such as ${lists[0].parts.join('/')}, which are not read`;
  throw new MienError('INPUT_INVALID', `${root}: all pictures have one label, ${quote(label)}, the name of their folder${where}; put the pictures of each label into a folder of its name`); // prettier-ignore
}

/** Files in which labels may lie. */
const LISTS = /\.(txt|csv|tsv|json|xml|npy|mat|ya?ml|xlsx?)$/i;

function noPictures(root: string, layout: Exclude<Layout, 'fer2013'>, { files }: Tree): MienError {
  const table = files.find(({ parts }) => /\.csv(\.gz)?$/i.test(parts.at(-1) ?? ''));
  const advice = table === undefined ? `expected ${EXPECTED[layout]}` : `give ${table.path} if it is FER2013`;
  return new MienError('INPUT_INVALID', `${root}: no pictures of the layout ${layout} found; ${advice}`);
}
