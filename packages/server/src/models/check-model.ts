/**
 * Reads a model's file that came from elsewhere, in a thread with limits on time and memory: a small file may describe a
 * network of any size, or unpack to any number of bytes.
 */
import { Worker } from 'node:worker_threads';
import { MienError } from '@mien/core';
import type { CheckedModel, FromModelThread } from './model-messages.js';

export interface CheckLimits {
  readonly timeLimitMs: number;
  /** Beyond what the process had before. */
  readonly memoryBytes: number;
}

const MIB = 2 ** 20;
/** Bytes of files and networks lie outside the thread's heap, which holds little more than their description. */
const HEAP_MIB = 512;
const WATCH_MS = 50;

/**
 * @param name what messages call it, in place of its path
 * @throws MienError `MODEL_INVALID`, `UNSUPPORTED`, `INPUT_TOO_LARGE` beyond the limits
 */
export async function checkModel(path: string, name: string, limits: CheckLimits): Promise<CheckedModel> {
  const { timeLimitMs, memoryBytes } = limits;
  const worker = new Worker(new URL('./model-thread.js', import.meta.url), {
    workerData: { path },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  const startBytes = process.memoryUsage.rss();
  const tooLarge = (what: string) =>
    new MienError(
      'INPUT_TOO_LARGE',
      `model ${name}: ${what}, the limit of this service; use a smaller network`,
    );
  let timer: NodeJS.Timeout | undefined;
  let watch: NodeJS.Timeout | undefined;
  try {
    const message = await new Promise<FromModelThread>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', (cause: NodeJS.ErrnoException) => {
        const isFull = cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
        const failed = `model ${name}: cannot be read (${cause.message})`;
        reject(
          isFull
            ? tooLarge(`needs more than ${HEAP_MIB} MiB`)
            : new MienError('MODEL_INVALID', failed, { cause }),
        );
      });
      timer = setTimeout(
        () => reject(tooLarge(`takes longer than ${timeLimitMs / 1000} s to read`)),
        timeLimitMs,
      );
      watch = setInterval(() => {
        if (process.memoryUsage.rss() - startBytes < memoryBytes) return;
        reject(tooLarge(`needs more than ${Math.floor(memoryBytes / MIB)} MiB`));
      }, WATCH_MS);
    });
    if (message.kind === 'model') {
      return { ...message, notices: message.notices.map((line) => line.replaceAll(path, name)) };
    }
    throw new MienError(message.code ?? 'MODEL_INVALID', toAdvice(message.message.replaceAll(path, name)));
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    await worker.terminate();
  }
}

/** One line that names what this service takes, where readers of files name options of a command. */
function toAdvice(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace('(--labels a,b,…)', '(labels=a,b,…)')
    .replace('(--input-range=-1,1)', '(range=-1,1)')
    .replace(/; say it so, or in \S+ beside it$/, '; add it to the address, after a ?');
}
