// Does the studio hold more and more? A camera for many frames, and many videos one after the other.
// @ts-check
import { createMemoryMeter } from './memory.js';
import { readSeen, startCamera } from './open-studio.js';

/** @typedef {import('./open-studio.js').Studio} Studio */
/** @typedef {Awaited<ReturnType<Awaited<ReturnType<typeof createMemoryMeter>>>>} Held */

const POLL_MS = 1000;

/**
 * @param {Studio} studio
 * @param {{ frames: number, samples: number }} options  frames: analysed ones in all; samples: how often the memory is read
 */
export async function measureCameraMemory(studio, { frames, samples }) {
  const page = await studio.open();
  const readMemory = await createMemoryMeter(studio.browser, page);
  await startCamera(page);
  const rows = [];
  for (let sample = 1; sample <= samples; sample++) {
    const until = Math.round((frames * sample) / samples);
    const countFrames = async () => (await readSeen(page)).agesMs.length;
    while ((await countFrames()) < until) await page.waitForTimeout(POLL_MS);
    rows.push({ frames: await countFrames(), ...(await readMemory()) });
  }
  await page.context().close();
  return { frames, rows, growth: growthOf(rows) };
}

/**
 * @param {Studio} studio
 * @param {{ video: string, videos: number, samples: number }} options  video: path of a short file
 */
export async function measureVideoMemory(studio, { video, videos, samples }) {
  const page = await studio.open();
  const readMemory = await createMemoryMeter(studio.browser, page);
  const rows = [];
  for (let opened = 1; opened <= videos; opened++) {
    await page.setInputFiles('#files', video);
    // The one before is shown until the next one is there.
    await page.waitForFunction(
      (before) => {
        const now = document.querySelector('.frame video')?.getAttribute('src') ?? '';
        return now !== '' && now !== before && document.querySelector('.timeline[aria-busy=false]') !== null;
      },
      await page.evaluate(() => document.documentElement.dataset['soakVideo'] ?? ''),
    );
    await page.evaluate(() => {
      document.documentElement.dataset['soakVideo'] =
        document.querySelector('.frame video')?.getAttribute('src') ?? '';
    });
    if (opened % Math.ceil(videos / samples) === 0 || opened === videos) {
      // The worker that decoded the video ends a moment after its last frame.
      while (page.workers().length > 1) await page.waitForTimeout(20);
      rows.push({ videos: opened, blobUrls: (await readSeen(page)).blobUrls, ...(await readMemory()) });
    }
  }
  await page.context().close();
  return { videos, rows, growth: growthOf(rows) };
}

/** From the first row, when everything is loaded and warm, to the last one. @param {readonly Held[]} rows */
function growthOf(rows) {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) throw new Error('soak: nothing was measured');
  const from = (/** @type {'heapMb' | 'wasmMb' | 'processMb'} */ key) =>
    Math.round(10 * (last[key] - first[key])) / 10;
  return {
    heapMb: from('heapMb'),
    wasmMb: from('wasmMb'),
    processMb: from('processMb'),
    workers: last.workers - first.workers,
    nodes: last.nodes - first.nodes,
    listeners: last.listeners - first.listeners,
  };
}
