/** The worker that trains. It holds the CSV that was opened and the network that was trained last. */
import type { ExportableModel } from '@mien/formats';
import { exportModel } from '@mien/formats/model-file';
import { parseFer2013Blob, type Dataset } from '@mien/train';
import { loadBase } from './load-base.js';
import type { CsvSummary, TrainAnswer, TrainRequest } from './messages.js';
import { toDataset } from './to-dataset.js';
import { train } from './train.js';

/** Between two messages about a file's rows, or about batches: a page draws no faster. */
const PROGRESS_MS = 100;

let csv: Dataset | undefined;
let trained: ExportableModel | undefined;
let stopping = new AbortController();

const answer = (message: TrainAnswer): void => postMessage(message);

onmessage = ({ data: request }: MessageEvent<TrainRequest>) => {
  if (request.kind === 'stop') {
    stopping.abort();
    return;
  }
  run(request).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    answer({ kind: 'failed', task: request.kind, message });
  });
};

async function run(request: Exclude<TrainRequest, { kind: 'stop' }>): Promise<void> {
  switch (request.kind) {
    case 'openCsv':
      return openCsv(request.file);
    case 'train':
      return trainNetwork(request);
    case 'export': {
      if (trained === undefined) throw new Error('nothing was trained yet');
      const { extension } = request;
      const bytes = await exportModel(trained, extension, { dtype: 'F32' });
      answer({ kind: 'exported', extension, bytes });
      return;
    }
    default:
      return request satisfies never;
  }
}

async function openCsv(file: File): Promise<void> {
  csv = undefined;
  const isDue = createPace();
  csv = await parseFer2013Blob(file, file.name, ({ done }) => {
    if (isDue()) answer({ kind: 'csvProgress', rows: done });
  });
  answer({ kind: 'csv', summary: summarize(csv, file.name) });
}

async function trainNetwork({
  data,
  settings,
  base,
}: Extract<TrainRequest, { kind: 'train' }>): Promise<void> {
  stopping = new AbortController();
  const dataset = data === undefined ? csv : toDataset(data, settings.heldOut);
  if (dataset === undefined) throw new Error('no CSV is open');
  const isDue = createPace();
  const run = {
    ...{ dataset, settings, isCsv: data === undefined, signal: stopping.signal },
    base: base === undefined ? undefined : await loadBase(base),
    baseName: typeof base === 'string' ? base : (base?.name ?? ''),
  };
  const next = await train(run, {
    onStart: (plan) => answer({ kind: 'started', plan }),
    onBatch: (progress) => {
      if (isDue()) answer({ kind: 'batch', progress });
    },
    onEpoch: (summary) => answer({ kind: 'epoch', summary }),
  });
  if (next !== undefined) trained = next.network;
  answer({ kind: 'trained', trained: next?.trained });
}

function summarize({ labelNames, splitNames, splits }: Dataset, name: string): CsvSummary {
  const counts = splitNames.map(() => 0);
  for (const split of splits) counts[split]!++;
  return {
    name,
    labels: labelNames,
    splits: splitNames.map((split, index) => ({ name: split, count: counts[index] ?? 0 })),
  };
}

function createPace(): () => boolean {
  let lastMs = -Infinity;
  return () => {
    const now = performance.now();
    if (now - lastMs < PROGRESS_MS) return false;
    lastMs = now;
    return true;
  };
}
