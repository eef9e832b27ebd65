/** The video worker: decodes and encodes with WebCodecs, by mediabunny. */
import { annotateVideo } from './annotate-video.js';
import { copyVideo } from './copy-video.js';
import type { FromVideoWorker, ToVideoWorker } from './messages.js';
import { readVideo } from './read-video.js';

interface WorkerScope {
  onmessage: ((event: MessageEvent<ToVideoWorker>) => void) | null;
  postMessage(message: FromVideoWorker, transfer?: Transferable[]): void;
}
const scope = globalThis as unknown as WorkerScope;

let wake: () => void = () => undefined;
let wanted = 0;
const isWanted = async (): Promise<void> => {
  while (wanted === 0) await new Promise<void>((resolve) => (wake = resolve));
  wanted--;
};
const post = (message: FromVideoWorker, transfer: Transferable[] = []): void =>
  scope.postMessage(message, transfer);

function run(task: Exclude<ToVideoWorker, { kind: 'next' }>): Promise<void> {
  switch (task.kind) {
    case 'read':
      return readVideo(task, post, isWanted);
    case 'annotate':
      return annotateVideo(task, post);
    case 'copy':
      return copyVideo(task, post);
    default:
      return task satisfies never;
  }
}

scope.onmessage = ({ data }) => {
  if (data.kind === 'next') {
    wanted++;
    wake();
    return;
  }
  run(data).catch((error: unknown) =>
    post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
};
