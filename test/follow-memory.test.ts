/** The memory of an analyzer does not grow with the length of a video. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import {
  createAnalyzer,
  createBlazeFaceDetector,
  createHaarDetector,
  loadModel,
  type Detector,
} from '@mien/core';
import { loadCast } from './synthetic-video/sprites.js';
import { createTurnover, FRAMES_PER_SECOND, PERSON_EVERY_MS } from './synthetic-video/turnover.js';

const fileOf = (path: string) => fileURLToPath(new URL(`../models/${path}`, import.meta.url));
const readModel = async (folder: string) => ({
  manifest: JSON.parse(await readFile(fileOf(`${folder}/manifest.json`), 'utf8')) as unknown,
  weights: await readFile(fileOf(`${folder}/weights.safetensors`)),
  source: folder,
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** All WebAssembly memories that are created from here on. They can only grow, and only their buffers have a size. */
const memories: WebAssembly.Memory[] = [];
const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(...descriptor: ConstructorParameters<typeof Memory>) {
    super(...descriptor);
    memories.push(this);
  }
};
afterEach(() => memories.splice(0));

function measure(): { heap: number; buffers: number; kernels: number } {
  collectGarbage();
  collectGarbage(); // Buffers go only after the objects that held them.
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const kernels = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  return { heap: heapUsed, buffers: arrayBuffers, kernels };
}

const DETECTORS: Readonly<Record<string, () => Promise<Detector>>> = {
  blazeface: async () =>
    createBlazeFaceDetector({ model: await readModel('blazeface-short-range'), mode: 'camera' }),
  haar: async () =>
    createHaarDetector({
      cascade: await readFile(fileOf('haar-frontalface/cascade.bin')),
      minSize: 40,
    }),
};

it.each([
  ['blazeface', 60],
  ['haar', 300],
] as const)('%s: uses as much memory after ten times as many frames and people', async (name, moments) => {
  const detector = await (DETECTORS[name] as () => Promise<Detector>)();
  const analyzer = await createAnalyzer({
    model: await loadModel(await readModel('mini-xception')),
    detector,
  });
  const { people } = await loadCast();
  const frameAt = createTurnover(people);
  let lastId = 0;
  const watch = (from: number, to: number) => {
    for (let index = from; index < to; index++) {
      for (const { id = 0 } of analyzer.analyzeFrame(...frameAt(index)).faces) lastId = Math.max(lastId, id);
    }
    return measure();
  };
  const few = watch(0, moments);
  const many = watch(moments, 10 * moments);

  // A new person every two seconds, most of them detected.
  expect(lastId).toBeGreaterThan((0.6 * 10 * moments * 1000) / FRAMES_PER_SECOND / PERSON_EVERY_MS);
  expect(memories.length).toBeGreaterThanOrEqual(3);
  expect(many.kernels).toBe(few.kernels);
  // Allowance for the runtime, such as compiled code. One kilobyte per frame would be ten times as much.
  expect(many.heap - few.heap).toBeLessThan(300_000);
  expect(many.buffers - few.buffers).toBeLessThan(100_000);
  analyzer.dispose();
  detector.dispose();
});
