/** Real workers, which are ended during their work. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { createExecutor } from '@mien/node/analysis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeCheckpoint } from '../testing/make-checkpoint.js';
import { PORTRAIT } from '../testing/make-video.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-workers-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let workers: Worker[] = [];
const note = (worker: Worker) => workers.push(worker);
beforeEach(() => {
  workers = [];
  process.on('worker', note);
});
afterEach(() => void process.off('worker', note));

/** Analyses pictures with one worker, which is ended as soon as it makes progress. */
async function analyzeAll(
  model: string,
  count: number,
  beforeEnd = () => Promise.resolve(),
): Promise<string[]> {
  const executor = await createExecutor({ model, detector: 'haar' }, 1, () => undefined, 'workers');
  let isEnded = false;
  const onProgress = () => {
    if (isEnded) return;
    isEnded = true;
    void beforeEnd().then(() => workers[0]?.terminate());
  };
  try {
    return await Promise.all(
      Array.from({ length: count }, (_, index) =>
        executor
          .run(
            { source: PORTRAIT, sampling: {}, journal: inFolder(`${count}-${index}.journal`) },
            { onProgress, onNote: () => undefined },
          )
          .then(
            () => 'done',
            (error: unknown) => (error as { code: string }).code,
          ),
      ),
    );
  } finally {
    await executor.close();
  }
}

it('puts another worker in the place of one that died: only its source fails', async () => {
  const ends = await analyzeAll('nano', 30);
  expect(ends.filter((end) => end !== 'done')).toEqual(['WORKER_FAILED']);
  expect(workers).toHaveLength(2);
});

it('fails what waits if no other worker can be started', async () => {
  const model = inFolder('mine.safetensors');
  await writeFile(model, makeCheckpoint());
  const ends = await analyzeAll(model, 29, () => rm(model));
  expect(ends.slice(-1)).toEqual(['NOT_FOUND']);
  expect(workers).toHaveLength(2);
});
