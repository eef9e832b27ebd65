/** Pictures from files: each is read by the model in use, and the crop that its network sees is kept. */
import { effect, signal } from '@preact/signals';
import { MienError, type AnalysisWithCrops, type Analyzer } from '@mien/web';
import type { FileInFolder } from '../../../../shared/files/dropped-entries.js';
import { notify } from '../../state/notices.js';
import { mainReader } from '../../state/readers.js';
import { onWipe } from '../../state/wipers.js';
import { describePictureProblem } from '../../source/pictures.js';
import { teachWords } from '../words/words.js';
import { cropToGrey, wholeToGrey } from './grey-picture.js';
import {
  addLabel,
  addPicture,
  forgetRefused,
  MOST_LABELS,
  pictureSize,
  refuse,
  taughtLabels,
  type RefusedFile,
} from './labels.js';
import { problemOfName, toLabelName } from './label-name.js';
import { takeTrainingSplit } from './training-split.js';

interface Task {
  readonly labelId: number;
  readonly file: File;
}

/** How many files wait. */
export const waiting = signal(0);
const queue: Task[] = [];
let isBusy = false;

onWipe(() => {
  queue.length = 0;
  waiting.value = 0;
});

const isVisible = ({ name }: File): boolean => !name.startsWith('.');

export function gatherFiles(labelId: number, files: readonly File[]): void {
  queue.push(...files.filter(isVisible).map((file) => ({ labelId, file })));
  waiting.value = queue.length;
  void work();
}

/** Files in folders named after labels, at any depth; new labels are added. */
export function gatherFolder(files: readonly FileInFolder[]): void {
  const { labels } = teachWords.peek();
  const byLabel = new Map<string, File[]>();
  const { taught, leftOut } = takeTrainingSplit(files);
  for (const [split, count] of leftOut) notify(labels.otherSplit(split, count));
  for (const { path, file } of taught) {
    const parts = path.split('/');
    const name = toLabelName(parts.at(-2) ?? '');
    // Directly in the folder that was opened: of no label.
    if (parts.length < 3 || !isVisible(file)) continue;
    byLabel.set(name, [...(byLabel.get(name) ?? []), file]);
  }
  if (byLabel.size === 0) notify(labels.noFolders);
  for (const [name, some] of [...byLabel].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const known = taughtLabels.peek().find((label) => label.name === name);
    const problem = known === undefined ? problemOfNew(name) : undefined;
    if (problem !== undefined) notify(problem);
    else gatherFiles((known ?? addLabel(name)).id, some);
  }
}

function problemOfNew(name: string): string | undefined {
  if (taughtLabels.peek().length >= MOST_LABELS) return teachWords.peek().labels.mostLabels(MOST_LABELS);
  return problemOfName(name);
}

/** Keeps pictures in which no face was found, cut to the shape of the input. */
export async function useWhole(labelId: number, refused: readonly RefusedFile[]): Promise<void> {
  const size = pictureSize();
  if (size === undefined) return;
  for (const { id, file } of refused) {
    forgetRefused(labelId, [id]);
    try {
      addPicture(labelId, { name: file.name, origin: 'file', picture: await wholeToGrey(file, size) });
    } catch (error) {
      notify(await describePictureProblem(file.name, file, error));
    }
  }
}

async function work(): Promise<void> {
  if (isBusy) return;
  isBusy = true;
  try {
    for (let task = queue[0]; task !== undefined; task = queue[0]) {
      const isDone = await gather(task, await nextAnalyzer());
      // Wiped meanwhile: the queue is another one.
      if (isDone && queue[0] === task) queue.shift();
      waiting.value = queue.length;
    }
  } finally {
    isBusy = false;
    waiting.value = queue.length;
  }
}

/** Of the model in use, as soon as it is loaded. */
function nextAnalyzer(): Promise<Analyzer> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (mainReader.value === undefined) return;
      resolve(mainReader.value.analyzer);
      queueMicrotask(() => stop());
    });
  });
}

/** @returns whether the file is done with; else its model was let go meanwhile, and another one reads it */
async function gather(task: Task, analyzer: Analyzer): Promise<boolean> {
  const { labelId, file } = task;
  let result: AnalysisWithCrops;
  try {
    result = await analyzer.analyze(file, { crops: true });
  } catch (error) {
    const isLetGo = mainReader.peek()?.analyzer !== analyzer;
    if (isLetGo && error instanceof MienError && error.code === 'USAGE') return false;
    notify(await describePictureProblem(file.name, file, error));
    return true;
  }
  if (queue[0] !== task) return true; // Wiped.
  const { faces, crops } = result;
  const [largest] = faces
    .map(({ box }, index) => ({ area: box.width * box.height, crop: crops[index] }))
    .toSorted((a, b) => b.area - a.area);
  if (largest?.crop === undefined) {
    refuse(labelId, file);
    return true;
  }
  if (faces.length > 1) notify(teachWords.peek().labels.several(file.name, faces.length));
  addPicture(labelId, { name: file.name, origin: 'file', picture: cropToGrey(largest.crop) });
  return true;
}
