/** The page's side of training: starts the worker, follows the run, opens the network that comes of it. */
import { batch, signal } from '@preact/signals';
import type { BatchProgress, EpochSummary, TrainingPlan } from '@mien/train';
import type { ModelExtension } from '@mien/formats/model-file';
import { notify } from '../../state/notices.js';
import { choices, chosenIds, type ModelChoice } from '../../state/readers.js';
import { change, settings } from '../../state/settings.js';
import { PAPER_SETTINGS, SCRATCH } from '../../state/teach-settings.js';
import { onWipe } from '../../state/wipers.js';
import { download } from '../../export/download.js';
import { taughtLabels } from '../labels/labels.js';
import { teachWords } from '../words/words.js';
import {
  BUNDLED_BASES,
  type BaseModel,
  type CsvSummary,
  type GatheredData,
  type TrainAnswer,
  type Trained,
  type TrainRequest,
} from './messages.js';

export type RunState = 'idle' | 'starting' | 'running' | 'stopping';

export const runState = signal<RunState>('idle');
export const plan = signal<TrainingPlan | undefined>(undefined);
export const progress = signal<BatchProgress | undefined>(undefined);
export const history = signal<readonly EpochSummary[]>([]);
/** What came of the last run, its id among the models, and the pictures that it was trained on. */
export const trained = signal<(Trained & { readonly id: string; readonly counts: LabelCounts }) | undefined>(
  undefined,
);
export const csv = signal<CsvSummary | undefined>(undefined);
/** Rows of a CSV that is being read. */
export const csvRows = signal<number | undefined>(undefined);
/** The format that is being written. */
export const exporting = signal<ModelExtension | undefined>(undefined);

/** Numbers of pictures by label, and whether some are of the camera. */
export interface LabelCounts {
  readonly labels: readonly { readonly name: string; readonly count: number }[];
  readonly isOfCamera: boolean;
}

const WORKER = () => new Worker(new URL('./train-worker.ts', import.meta.url), { type: 'module' });
let worker: Worker | undefined;
let counts: LabelCounts = { labels: [], isOfCamera: false };
let nextNumber = 1;

onWipe(() => {
  worker?.terminate();
  worker = undefined;
  batch(() => {
    forgetRun();
    runState.value = 'idle';
    trained.value = undefined;
    csv.value = undefined;
    csvRows.value = undefined;
    exporting.value = undefined;
  });
});

export function openCsv(file: File): void {
  if (runState.peek() !== 'idle' || csvRows.peek() !== undefined) {
    notify(teachWords.peek().csv.busy);
    return;
  }
  csvRows.value = 0;
  send({ kind: 'openCsv', file });
}

/** Back to the pictures that were gathered; the worker forgets the rows with the next CSV. */
export function closeCsv(): void {
  csv.value = undefined;
}

export async function startTraining(): Promise<void> {
  if (runState.peek() !== 'idle') return;
  runState.value = 'starting';
  forgetRun();
  try {
    const { teach } = settings.peek();
    const base = await toBase(teach.start);
    if (runState.peek() !== 'starting') return; // Wiped meanwhile.
    const data = csv.peek() === undefined ? toGathered() : undefined;
    counts = countPictures();
    send(
      { kind: 'train', data, base, settings: base === undefined ? { ...teach, start: SCRATCH } : teach },
      data?.labels.map(({ images }) => images.buffer as ArrayBuffer),
    );
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

export function stopTraining(): void {
  runState.value = 'stopping';
  send({ kind: 'stop' });
}

export function saveNetwork(extension: ModelExtension): void {
  if (exporting.peek() !== undefined) return;
  exporting.value = extension;
  send({ kind: 'export', extension });
}

/** The choice that training would start from; `undefined` for a new network. */
export function startChoice(start: string): ModelChoice | undefined {
  if (start === SCRATCH) return undefined;
  return choices.value.find(({ id }) => id === start) ?? choices.value[0];
}

async function toBase(start: string): Promise<BaseModel | undefined> {
  const choice = startChoice(start);
  if (choice === undefined) return undefined;
  const bundled = BUNDLED_BASES.find((id) => id === choice.id);
  if (bundled !== undefined) return bundled;
  const { name, source, manifest, labels, inputRange } = choice;
  const blob = source instanceof URL ? await (await fetch(source)).blob() : source;
  if (!(blob instanceof Blob)) throw new Error(`${name}: is no file`);
  return {
    // Messages name it, and its ending says the format.
    name: blob instanceof File ? blob.name : name,
    bytes: new Uint8Array(await blob.arrayBuffer()),
    ...(manifest !== undefined && { manifest }),
    ...(labels && { labels }),
    ...(inputRange && { inputRange }),
  };
}

function toGathered(): GatheredData {
  const labels = taughtLabels.peek().filter(({ pictures }) => pictures.length > 0);
  const { width = 0, height = 0 } = labels[0]?.pictures[0]?.picture ?? {};
  return {
    ...{ width, height },
    labels: labels.map(({ name, pictures }) => {
      const images = new Uint8Array(pictures.length * width * height);
      pictures.forEach(({ picture }, at) => images.set(picture.data, at * width * height));
      return { name, images };
    }),
  };
}

function countPictures(): LabelCounts {
  if (csv.peek() !== undefined) return { labels: [], isOfCamera: false };
  const labels = taughtLabels.peek();
  return {
    labels: labels.map(({ name, pictures }) => ({ name, count: pictures.length })),
    isOfCamera: labels.some(({ pictures }) => pictures.some(({ origin }) => origin === 'camera')),
  };
}

function send(request: TrainRequest, transfer: Transferable[] = []): void {
  if (worker === undefined) {
    worker = WORKER();
    worker.onmessage = ({ data }: MessageEvent<TrainAnswer>) => receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      worker?.terminate();
      worker = undefined;
      csv.value = undefined;
      csvRows.value = undefined;
      exporting.value = undefined;
      fail(event instanceof ErrorEvent ? event.message : 'the worker could not be loaded');
    };
  }
  worker.postMessage(request, transfer);
}

function receive(answer: TrainAnswer): void {
  switch (answer.kind) {
    case 'csvProgress':
      csvRows.value = answer.rows;
      return;
    case 'csv':
      csv.value = answer.summary;
      csvRows.value = undefined;
      change({ teach: { ...settings.peek().teach, ...PAPER_SETTINGS } });
      notify(teachWords.peek().csv.loaded, 'done');
      return;
    case 'started':
      plan.value = answer.plan;
      if (runState.peek() === 'starting') runState.value = 'running';
      return;
    case 'batch':
      progress.value = answer.progress;
      return;
    case 'epoch':
      history.value = [...history.peek(), answer.summary];
      return;
    case 'trained':
      runState.value = 'idle';
      if (answer.trained === undefined) notify(teachWords.peek().training.stoppedEarly);
      else openTrained(answer.trained);
      return;
    case 'exported': {
      exporting.value = undefined;
      const type = 'application/octet-stream';
      download(new Blob([answer.bytes as BlobPart], { type }), `taught${answer.extension}`, type);
      return;
    }
    case 'failed':
      csvRows.value = undefined;
      exporting.value = undefined;
      if (answer.task === 'train') fail(answer.message);
      else notify(answer.message);
      return;
    default:
      answer satisfies never;
  }
}

/** Reads what is open with the new network, and with the one that it is compared with. */
function openTrained(result: Trained): void {
  const number = nextNumber++;
  const id = `taught-${number}`;
  const { file, manifest } = result;
  const [bundled] = choices.peek();
  batch(() => {
    choices.value = [
      ...choices.peek(),
      {
        ...{ id, manifest, isOwn: true, sizeBytes: file.length },
        name: teachWords.peek().result.name(number),
        source: new File([file as BlobPart], 'taught.safetensors'),
      },
    ];
    chosenIds.value = [id, ...(bundled === undefined ? [] : [bundled.id])];
    trained.value = { ...result, id, counts };
  });
}

function forgetRun(): void {
  plan.value = undefined;
  progress.value = undefined;
  history.value = [];
}

function fail(message: string): void {
  runState.value = 'idle';
  notify(teachWords.peek().training.failed(message));
}
