// Files that Chromium's fake camera plays in place of a device: JPEGs one after the other, at 30 frames a second, again and
// again.
// @ts-check
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { loadCast } from './sprites.js';
import { createSyntheticVideo, timesOf } from './synthetic-video.js';

/** @typedef {import('./synthetic-video.js').Scene} Scene */

const SIZE = /** @type {const} */ ({ width: 640, height: 480 });
const FRAMES_PER_SECOND = 30;

/**
 * A face that moves and returns to its first position, so that the video loops.
 *
 * @param {string} path of the file to write
 * @returns Chromium's flags for it
 */
export async function makeCamera(path) {
  const { people } = await loadCast();
  const seconds = 1;
  return writeCamera(path, seconds, {
    ...SIZE,
    actors: [
      {
        course: (ms) => ({ x: 320 + 80 * Math.sin((ms / 1000 / seconds) * 2 * Math.PI), y: 240, size: 120 }),
        shows: [{ fromMs: 0, sprite: people[0] }],
      },
    ],
  });
}

/**
 * Two faces in turn, each for some seconds, with nobody in between.
 *
 * @param {string} path of the file to write
 * @returns {Promise<{ flags: readonly string[], expressions: readonly [string, string] }>} Chromium's flags, and what
 *   each face shows
 */
export async function makeCameraOfTwo(path) {
  const { expressions } = await loadCast();
  const [first, second] = expressions;
  const [shownMs, awayMs] = [1700, 700];
  const turnMs = shownMs + awayMs;
  const place = { x: 320, y: 240, size: 150 };
  const actorFrom = (/** @type {number} */ startMs, /** @type {import('./sprites.js').Sprite} */ sprite) => ({
    course: (/** @type {number} */ ms) => (ms >= startMs && ms < startMs + shownMs ? place : undefined),
    shows: [{ fromMs: 0, sprite }],
  });
  const flags = await writeCamera(path, (2 * turnMs) / 1000, {
    ...SIZE,
    actors: [actorFrom(0, first), actorFrom(turnMs, second)],
  });
  return { flags, expressions: [first.expression ?? '', second.expression ?? ''] };
}

/** @param {string} path @param {number} seconds @param {Scene} scene @returns {Promise<readonly string[]>} */
async function writeCamera(path, seconds, scene) {
  const video = createSyntheticVideo(scene);
  const frames = timesOf(seconds, FRAMES_PER_SECOND).slice(0, -1);
  const pictures = frames.map((ms) => {
    const { width, height, channels, data } = video.frameAt(ms).frame;
    return sharp(data, { raw: { width, height, channels } }).jpeg().toBuffer();
  });
  await writeFile(path, Buffer.concat(await Promise.all(pictures)));
  return cameraFlags(path);
}

/** Chromium's flags for a camera that plays a file. @param {string} path */
export function cameraFlags(path) {
  return ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${path}`];
}
