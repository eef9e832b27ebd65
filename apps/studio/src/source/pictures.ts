/** Pictures: opened, read by every chosen model one after the other, closed. */
import { effect } from '@preact/signals';
import { MienError } from '@mien/web';
import { dependOn } from '../state/depend-on.js';
import { notify } from '../state/notices.js';
import { keepCrops } from '../state/crops.js';
import { beginOpening, isWiped } from '../state/opening.js';
import { readers } from '../state/readers.js';
import { closeScene, openScene, scene, selectedKey, type Picture } from '../state/scene.js';
import { mayReplace } from '../unsaved/may-replace.js';
import { reportReadingProblem } from './report-problem.js';
import { words } from '../words/words.js';
import { findPictureDefect } from './unreadable-picture.js';

/** The pixels of examples/eileen-collins.png. */
const EXAMPLE = new URL('./eileen-collins.webp', import.meta.url).href;
let nextId = 1;

export async function openExample(): Promise<void> {
  const name = 'eileen-collins.webp';
  try {
    const response = await fetch(EXAMPLE);
    await openPictures([new File([await response.blob()], name, { type: 'image/webp' })]);
  } catch (error) {
    // No network, before everything is stored.
    notify(words.peek().problems.other(name, error instanceof Error ? error.message : String(error)));
  }
}

/**
 * Shows pictures in the place of what was shown before, which stays if none of the files is a picture. Files that are none
 * are named when they are read.
 */
export async function openPictures(files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  const opening = beginOpening();
  const pictures = files.map((file): Picture => ({
    id: nextId++,
    name: file.name === '' ? 'pasted.png' : file.name,
    file,
    url: URL.createObjectURL(file),
    results: new Map(),
  }));
  const isPicture = scene.peek().kind === 'empty' || (await isAnyDecoded(pictures));
  if (!isPicture || !(await mayReplace(opening))) {
    for (const { name, url, file } of pictures) {
      URL.revokeObjectURL(url);
      if (isPicture) continue;
      const problem = await describeUndecoded(name, file);
      if (!isWiped(opening)) notify(problem);
    }
    return;
  }
  openScene({ kind: 'pictures', pictures, index: 0 }, () => {
    for (const { url } of picturesNow()) URL.revokeObjectURL(url);
  });
}

/** Whether the browser decodes one of them; it keeps that one for when it is shown. */
async function isAnyDecoded(pictures: readonly Picture[]): Promise<boolean> {
  for (const { url } of pictures) {
    const image = new Image();
    image.src = url;
    const isDecoded = await image.decode().then(
      () => true,
      () => false,
    );
    if (isDecoded) return true;
  }
  return false;
}

export function showPicture(index: number): void {
  const { value } = scene;
  if (value.kind !== 'pictures' || index < 0 || index >= value.pictures.length) return;
  selectedKey.value = undefined;
  scene.value = { ...value, index };
}

/** Reads pictures as they are opened and models as they are chosen: what is shown first, then the others. */
export function followPictures(): () => void {
  let isBusy = false;
  const readNext = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      for (let next = nextTask(); next !== undefined; next = nextTask()) await read(next);
    } finally {
      isBusy = false;
    }
  };
  return effect(() => {
    dependOn(scene, readers);
    void readNext();
  });
}

interface Task {
  readonly picture: Picture & { readonly file: Blob };
  readonly reader: (typeof readers.value)[number];
}

function nextTask(): Task | undefined {
  const now = scene.peek();
  // A saved session is shown as it was read.
  if (now.kind !== 'pictures' || now.savedModels !== undefined) return undefined;
  const shown = now.pictures[now.index];
  const order = shown === undefined ? now.pictures : [shown, ...now.pictures.filter((one) => one !== shown)];
  for (const picture of order) {
    const reader = readers.peek().find(({ choice }) => !picture.results.has(choice.id));
    const { file } = picture;
    if (reader !== undefined && file !== undefined) return { picture: { ...picture, file }, reader };
  }
  return undefined;
}

async function read({ picture, reader }: Task): Promise<void> {
  const { choice, analyzer } = reader;
  try {
    const result = keepCrops(await analyzer.analyze(picture.file, { crops: true }));
    replace(picture.id, (one) => ({ ...one, results: new Map(one.results).set(choice.id, result) }));
  } catch (error) {
    // The model was let go meanwhile, and another one reads.
    if (!readers.peek().some((reader) => reader.analyzer === analyzer)) return;
    const problem = await describePictureProblem(picture.name, picture.file, error);
    if (!picturesNow().some(({ id }) => id === picture.id)) return;
    notify(problem);
    removePicture(picture.id);
    // It may have been too much for the worker; the other pictures are read by another one.
    if (error instanceof MienError && error.code === 'WORKER_FAILED') reportReadingProblem(reader, error);
  }
}

/** Why a file could not be read as a picture, for people. */
export async function describePictureProblem(name: string, file: Blob, error: unknown): Promise<string> {
  const { problems } = words.peek();
  const code = error instanceof MienError ? error.code : undefined;
  const isUndecoded = error instanceof DOMException && error.name === 'InvalidStateError';
  if (code === 'INPUT_INVALID' || isUndecoded) return describeUndecoded(name, file);
  if (code === 'INPUT_TOO_LARGE') return problems.tooLarge(name);
  if (code === 'WORKER_FAILED') return problems.tooMuch(name);
  return problems.other(name, error instanceof Error ? error.message : String(error));
}

async function describeUndecoded(name: string, file: Blob | undefined): Promise<string> {
  const defect = file === undefined ? 'unreadable' : await findPictureDefect(file);
  return words.peek().problems[defect](name);
}

function picturesNow(): readonly Picture[] {
  const now = scene.peek();
  return now.kind === 'pictures' ? now.pictures : [];
}

function replace(id: number, change: (picture: Picture) => Picture): void {
  const now = scene.peek();
  if (now.kind !== 'pictures') return;
  scene.value = { ...now, pictures: now.pictures.map((one) => (one.id === id ? change(one) : one)) };
}

function removePicture(id: number): void {
  const now = scene.peek();
  if (now.kind !== 'pictures') return;
  const gone = now.pictures.find((one) => one.id === id);
  if (gone !== undefined) URL.revokeObjectURL(gone.url);
  const pictures = now.pictures.filter((one) => one.id !== id);
  if (pictures.length === 0) closeScene();
  else scene.value = { kind: 'pictures', pictures, index: Math.min(now.index, pictures.length - 1) };
}
