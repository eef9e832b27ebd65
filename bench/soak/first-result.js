// From opening the studio on a profile that has never seen it to the first result in the page: a picture is opened as soon as
// that is possible.
// @ts-check
import { fileURLToPath } from 'node:url';
import { readSeen } from './open-studio.js';

const PICTURE = fileURLToPath(new URL('../../examples/eileen-collins.png', import.meta.url));

/** @param {import('./open-studio.js').Studio} studio @param {{ times: number }} options */
export async function measureFirstResult(studio, { times }) {
  const timesMs = [];
  for (let time = 0; time < times; time++) {
    const page = await studio.open();
    await page.setInputFiles('#files', PICTURE);
    await page.waitForSelector('[data-testid=result]');
    timesMs.push(Math.round((await readSeen(page)).firstResultMs ?? NaN));
    await page.context().close();
  }
  timesMs.sort((a, b) => a - b);
  return { times, bestMs: timesMs[0], medianMs: timesMs[times >> 1], longestMs: timesMs.at(-1) };
}
