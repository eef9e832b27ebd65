// The input of every library in the bench, from pixels to expressions: frames of a synthetic camera, and photographs if the
// data is present; and the counts of detected faces.
// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { createSyntheticVideo, timesOf } from '../test/synthetic-video/synthetic-video.js';
import { loadCast } from '../test/synthetic-video/sprites.js';
import { measure } from './measure.js';

/** @typedef {import('@mien/core').Box} Box @typedef {import('@mien/core').Frame} Frame */
/** @typedef {{ frame: Frame, clear: Box[], hard: Box[] }} View  with its faces: those to be found, those that may be */

const FRAMES_PER_SECOND = 30;
/** After this time the scene repeats, so that its frames can be looped. */
const PERIOD_S = 2;
const PICTURES = `${process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url))}/pictures/`;

/** Somebody in front of a camera of 640×480 pixels, swaying. @returns {Promise<View[]>} */
export async function cameraViews() {
  const cast = await loadCast();
  const turn = (/** @type {number} */ ms) => (ms / 1000) * ((2 * Math.PI) / PERIOD_S);
  const video = createSyntheticVideo({
    width: 640,
    height: 480,
    noise: 3,
    actors: [
      {
        course: (ms) => ({
          x: 320 + 90 * Math.sin(turn(ms)),
          y: 230 + 25 * Math.sin(2 * turn(ms)),
          size: 110,
        }),
        shows: [{ fromMs: 0, sprite: cast.people[0] }],
      },
    ],
  });
  return timesOf(PERIOD_S - 1 / FRAMES_PER_SECOND, FRAMES_PER_SECOND).map((ms) => {
    const { frame, truth } = video.frameAt(ms);
    return { frame, clear: truth.map(({ box }) => box), hard: [] };
  });
}

/** The photographs whose faces were marked by hand; none where the data is absent. @returns {Promise<View[]>} */
export async function photographs() {
  if (!existsSync(`${PICTURES}faces.json`)) return [];
  const marked = Object.entries(JSON.parse(readFileSync(`${PICTURES}faces.json`, 'utf8')));
  const toBoxes = (/** @type {[number, number, number, number][]} */ sides = []) =>
    sides.map(([x, y, width, height]) => ({ x, y, width, height }));
  return Promise.all(
    marked
      .filter(([, faces]) => faces.clear !== undefined)
      .map(async ([name, { clear, hard }]) => {
        const picture = sharp(PICTURES + name, { autoOrient: true })
          .removeAlpha()
          .toColourspace('srgb');
        const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
        const frame = { width: info.width, height: info.height, channels: /** @type {const} */ (3), data };
        return { frame, clear: toBoxes(clear), hard: toBoxes(hard) };
      }),
  );
}

/**
 * Correct and false detections over all views. A detection counts for the face that contains its centre, because libraries
 * draw boxes of different sizes.
 *
 * @param {readonly { view: View, found: readonly Box[] }[]} readings
 */
export function tally(readings) {
  const total = { faces: 0, found: 0, false: 0 };
  for (const { view, found } of readings) {
    /** @type {Set<Box>} */
    const taken = new Set();
    for (const { x, y, width, height } of found) {
      const [middleX, middleY] = [x + width / 2, y + height / 2];
      const face = [...view.clear, ...view.hard].find(
        (it) =>
          !taken.has(it) &&
          middleX >= it.x &&
          middleX < it.x + it.width &&
          middleY >= it.y &&
          middleY < it.y + it.height,
      );
      if (face === undefined) total.false++;
      else taken.add(face);
    }
    total.faces += view.clear.length;
    total.found += view.clear.filter((it) => taken.has(it)).length;
  }
  return total;
}

/**
 * Reads every view once to count faces, then repeatedly to time one: in turn, or, where they differ much, as the mean of all.
 *
 * @template Prepared
 * @param {string} name  of the case
 * @param {readonly View[]} views
 * @param {(view: View) => Prepared} prepare  what is no part of the time: the frame as the library takes it
 * @param {(prepared: Prepared) => readonly Box[] | Promise<readonly Box[]>} read  the boxes of the faces whose expressions it read
 * @param {{ all?: boolean }} [options]  `all`: a call reads all views
 */
export async function measureReading(name, views, prepare, read, { all = false } = {}) {
  if (views.length === 0) return {};
  const prepared = views.map((view) => ({ view, input: prepare(view) }));
  const readings = [];
  for (const { view, input } of prepared) readings.push({ view, found: await read(input) });
  const { faces, found, false: falseOnes } = tally(readings);
  const inputs = prepared.map(({ input }) => input);
  const timing = all ? await measureAll(inputs, read) : await measureInTurn(inputs, read);
  return { [name]: timing, [`${name}: found`]: `${found} of ${faces}, ${falseOnes} false` };
}

/** @template Prepared @param {readonly Prepared[]} inputs @param {(input: Prepared) => unknown} read */
function measureInTurn(inputs, read) {
  let next = 0;
  return measure(() => read(/** @type {Prepared} */ (inputs[next++ % inputs.length])), {
    minCalls: 2 * inputs.length,
  });
}

/** @template Prepared @param {readonly Prepared[]} inputs @param {(input: Prepared) => unknown} read */
async function measureAll(inputs, read) {
  const { calls, ...times } = await measure(async () => {
    for (const input of inputs) await read(input);
  });
  const [medianMs, bestMs, cpuMs] = [times.medianMs, times.bestMs, times.cpuMs].map(
    (ms) => ms / inputs.length,
  );
  return { medianMs, bestMs, cpuMs, calls };
}
