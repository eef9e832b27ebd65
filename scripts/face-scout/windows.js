// Windows of faces and of backgrounds in grey, as the stages of the face scout see them.
// @ts-check
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { readFer2013 } from '@mien/train/node';

/** @typedef {{ width: number, height: number, data: Float32Array }} Grey values 0…1 */
/** @typedef {{ levels: Grey[], hole?: readonly number[] }} Picture each level is half as large as the one before */
/** @typedef {import('@mien/train').Random} Random */

/** Where the box of the face lies in FER2013's pictures of 48 pixels, as BlazeFace would draw it. */
export const FACE = { side: 41, x: 24, y: 26 };
const FER_SIDE = 48;
/** Pictures of one shade hold no face. */
const LEAST_CONTRAST = 20;
const PHOTOGRAPH_SIDE = 1600;
const LEAST_SIDE = 30;
/** The face in skimage's astronaut. */
const ASTRONAUT = { name: 'astronaut', hole: [160, 20, 300, 240] };

/** @param {Grey} grey @returns {Grey[]} */
function toLevels(grey) {
  const levels = [grey];
  for (let level = grey; Math.min(level.width, level.height) >= LEAST_SIDE; levels.push(level))
    level = halve(level);
  return levels;
}

/** @param {Grey} grey @returns {Grey} */
function halve({ width, data, ...size }) {
  const [across, down] = [width >> 1, size.height >> 1];
  const half = Float32Array.from({ length: across * down }, (_, i) => {
    const at = 2 * Math.floor(i / across) * width + 2 * (i % across);
    return (
      ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + width] ?? 0) + (data[at + width + 1] ?? 0)) / 4
    );
  });
  return { width: across, height: down, data: half };
}

/** The faces of a split. @param {string} path of FER2013's CSV @param {string} split @returns {Promise<Picture[]>} */
export async function readFaces(path, split) {
  const { count, images, splits, splitNames } = await readFer2013(path);
  const rows = Array.from({ length: count }, (_, row) => row).filter(
    (row) => splitNames[splits[row] ?? 0] === split,
  );
  return rows
    .map((row) => images.subarray(row * FER_SIDE ** 2, (row + 1) * FER_SIDE ** 2))
    .filter((bytes) => Math.max(...bytes) - Math.min(...bytes) >= LEAST_CONTRAST)
    .map((bytes) => ({
      levels: toLevels({ width: FER_SIDE, height: FER_SIDE, data: Float32Array.from(bytes, (v) => v / 255) }),
    }));
}

/** @param {string} folder @returns {Promise<Picture[]>} */
export async function readPhotographs(folder) {
  return Promise.all(
    readdirSync(folder)
      .sort()
      .map(async (name) => {
        const { data, info } = await sharp(join(folder, name))
          .resize(PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE, { fit: 'inside', withoutEnlargement: true })
          .flatten()
          .greyscale()
          .raw()
          .toBuffer({ resolveWithObject: true });
        const grey = {
          width: info.width,
          height: info.height,
          data: Float32Array.from(data, (v) => v / 255),
        };
        return { levels: toLevels(grey), ...(name.includes(ASTRONAUT.name) && { hole: ASTRONAUT.hole }) };
      }),
  );
}

/** Whether a point, in pixels of the first level, is of a face. @param {Picture} picture @param {number} x @param {number} y */
export function isInHole({ hole }, x, y) {
  const [left = 0, top = 0, right = 0, bottom = 0] = hole ?? [];
  return x > left && x < right && y > top && y < bottom;
}

/**
 * Writes a window around a point.
 *
 * @param {Picture} picture
 * @param {{ x: number, y: number, step: number, angleRad?: number, flipped?: boolean }} place  in pixels of the first level;
 *   `step` is the distance of the window's pixels
 * @param {number} side of the window
 * @param {Float32Array} to @param {number} at
 */
export function cutWindow({ levels }, { x, y, step, angleRad = 0, flipped = false }, side, to, at) {
  const index = Math.max(0, Math.min(levels.length - 1, Math.floor(Math.log2(step * 1.15))));
  const scale = 2 ** index;
  const { width, height, data } = /** @type {Grey} */ (levels[index]);
  const [cos, sin] = [Math.cos(angleRad) * (step / scale), Math.sin(angleRad) * (step / scale)];
  const [centreX, centreY, middle] = [(x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, (side - 1) / 2];
  for (let j = 0; j < side; j++) {
    for (let i = 0; i < side; i++) {
      const [dx, dy] = [flipped ? middle - i : i - middle, j - middle];
      const px = Math.max(0, Math.min(width - 1.001, centreX + dx * cos - dy * sin));
      const py = Math.max(0, Math.min(height - 1.001, centreY + dx * sin + dy * cos));
      const [left, top] = [Math.floor(px), Math.floor(py)];
      const [right, below, corner] = [px - left, py - top, top * width + left];
      const above = (data[corner] ?? 0) * (1 - right) + (data[corner + 1] ?? 0) * right;
      const under = (data[corner + width] ?? 0) * (1 - right) + (data[corner + width + 1] ?? 0) * right;
      to[at + j * side + i] = above * (1 - below) + under * below;
    }
  }
}

/** Other light, contrast and noise. @param {Random} random @param {Float32Array} window changed */
export function varyLight(random, window) {
  const [gain, offset] = [Math.exp(between(random, -1, 0.25)), between(random, -0.25, 0.25)];
  const noise = random.uniform() < 0.5 ? between(random, 0, 0.04) : 0;
  for (const [i, value] of window.entries()) {
    const varied =
      (value - 0.5) * gain + 0.5 + offset + noise * (random.uniform() + random.uniform() - 1) * 2;
    window[i] = Math.max(0, Math.min(1, varied));
  }
}

/** @param {Random} random @param {number} low @param {number} high */
export const between = (random, low, high) => low + random.uniform() * (high - low);

/** @template T @param {Random} random @param {readonly T[]} items @returns {T} */
export const pick = (random, items) => /** @type {T} */ (items[Math.floor(random.uniform() * items.length)]);
