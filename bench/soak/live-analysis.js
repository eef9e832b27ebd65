// A camera for some seconds: does the page stay free, and do results keep up?
// @ts-check
import { watchMainThread } from './main-thread-tasks.js';
import { readSeen, startCamera } from './open-studio.js';

/** Loading and the first compilation are over by then. */
const SETTLE_MS = 1500;

/**
 * @param {import('./open-studio.js').Studio} studio
 * @param {{ seconds: number, slowdown: number }} options  slowdown: how many times slower the main thread runs
 */
export async function measureLiveAnalysis(studio, { seconds, slowdown }) {
  const page = await studio.open();
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await startCamera(page);
  await page.waitForTimeout(SETTLE_MS);
  const before = await readSeen(page);
  const tasks = await watchMainThread(studio.browser, page, () => page.waitForTimeout(seconds * 1000));
  const after = await readSeen(page);
  await page.context().close();
  const agesMs = after.agesMs.slice(before.agesMs.length).sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    Math.round(agesMs[Math.floor(share * (agesMs.length - 1))] ?? NaN);
  return {
    slowdown,
    seconds,
    framesPresented: after.presented - before.presented,
    results: agesMs.length,
    mostInFlight: after.mostInFlight,
    ageMs: { median: at(0.5), p95: at(0.95), longest: at(1) },
    ...tasks,
  };
}
