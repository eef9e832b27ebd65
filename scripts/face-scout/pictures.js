// The pictures that the face scout learns from: faces of FER2013, and photographs without faces from three Debian packages.
// @ts-check
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { heldOutFraction, imageOf } from '@mien/train';
import { readFer2013 } from '@mien/train/node';

/** @typedef {{ width: number, height: number, data: Float32Array }} Grey values 0…1 */
/** @typedef {{ levels: Grey[], hole?: readonly number[] }} Picture each level is half as large as the one before */

const FER_SIDE = 48;
/** Part of the faces that nothing is trained on, chosen by a hash of their pixels. */
const HELD_OUT = 0.1;
/** Pictures of one shade hold no face. */
const LEAST_CONTRAST = 20;
const PHOTOGRAPH_SIDE = 1600;
const LEAST_SIDE = 30;
/** In scratch 1.4.0.6 (three), mate-backgrounds 1.26.0 and python3-skimage 0.19.3. */
const FOLDERS = [
  'usr/share/scratch/Media/Backgrounds/Indoors',
  'usr/share/scratch/Media/Backgrounds/Nature',
  'usr/share/scratch/Media/Backgrounds/Outdoors',
  'usr/share/backgrounds/mate/nature',
  'usr/lib/python3/dist-packages/skimage/data',
];
/** Smaller files are patterns and icons. */
const LEAST_BYTES = 30_000;
/** Murals have painted faces. */
const LEFT_OUT = /mural/;
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

/**
 * The faces of FER2013's Training split, and a tenth of them apart.
 *
 * @param {string} path of its CSV
 */
export async function readFaces(path) {
  const dataset = await readFer2013(path);
  /** @type {{ faces: Picture[], heldOut: Picture[] }} */
  const faces = { faces: [], heldOut: [] };
  for (let row = 0; row < dataset.count; row++) {
    if (dataset.splitNames[dataset.splits[row] ?? 0] !== 'Training') continue;
    const bytes = imageOf(dataset, row);
    if (Math.max(...bytes) - Math.min(...bytes) < LEAST_CONTRAST) continue;
    const data = Float32Array.from(bytes, (value) => value / 255);
    const isHeldOut = heldOutFraction(dataset, row) < HELD_OUT;
    faces[isHeldOut ? 'heldOut' : 'faces'].push({
      levels: toLevels({ width: FER_SIDE, height: FER_SIDE, data }),
    });
  }
  return faces;
}

/** @param {string} root of the three packages' files @returns {Promise<Picture[]>} */
export function readPhotographs(root) {
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .sort()
      .map((name) => join(root, folder, name)),
  ).filter((path) => /\.(jpg|png)$/.test(path) && !LEFT_OUT.test(path) && statSync(path).size >= LEAST_BYTES);
  return Promise.all(
    paths.map(async (path) => {
      const { data, info } = await sharp(path)
        .resize(PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE, { fit: 'inside', withoutEnlargement: true })
        .flatten()
        .greyscale()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const grey = {
        width: info.width,
        height: info.height,
        data: Float32Array.from(data, (value) => value / 255),
      };
      return { levels: toLevels(grey), ...(path.includes(ASTRONAUT.name) && { hole: ASTRONAUT.hole }) };
    }),
  );
}

/** Whether a point, in pixels of the first level, is of a face. @param {Picture} picture @param {number} x @param {number} y */
export function isInHole({ hole }, x, y) {
  const [left = 0, top = 0, right = 0, bottom = 0] = hole ?? [];
  return x > left && x < right && y > top && y < bottom;
}
