// The faces of synthetic videos: from photographs and FER2013 if the data is present, else the portrait of examples/,
// mirrored and recoloured.
// @ts-check
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import sharp from 'sharp';

/**
 * @typedef {import('./synthetic-video.js').Sprite} Sprite
 * @typedef {import('@mien/core').Box} Box
 *
 * @typedef {object} Cast
 * @property {readonly [Sprite, Sprite, Sprite]} people  who look different
 * @property {readonly [Sprite, Sprite, ...Sprite[]]} expressions  of similar size and place, each clear to the model
 */

const ROOT = new URL('../../', import.meta.url);
const DATA = process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../shared/data', ROOT));
/** Size of a sprite in pixels, and relative to its face. */
const SIDE = 160;
const AROUND_FACE = 1.8;

const PORTRAIT = fileURLToPath(new URL('examples/eileen-collins.png', ROOT));
/** Marked by hand, in pixels of the portrait. */
const PORTRAIT_FACE = { x: 174, y: 60, width: 100, height: 125 };

/** In the photographs, from their faces.json. */
const OTHERS = /** @type {const} */ ([
  ['robot-team.jpg', { x: 576, y: 421, width: 108, height: 108 }],
  ['group3.jpg', { x: 1093, y: 236, width: 190, height: 259 }],
]);
/**
 * Rows of FER2013, from 0, that the model reads correctly with a probability of at least 0.95 when they are drawn at twice
 * their size.
 */
const CLEAR_ROWS = /** @type {const} */ ([
  [14, 'happy'],
  [81, 'surprise'],
  [130, 'sad'],
  [226, 'neutral'],
]);

/** Whether the photographs and FER2013 are present. */
export const hasData = () => existsSync(`${DATA}/fer2013.csv.gz`) && existsSync(`${DATA}/pictures`);

/** Reads the faces. @returns {Promise<Cast>} */
export async function loadCast() {
  const portrait = await cutSprite(PORTRAIT, PORTRAIT_FACE);
  const mirrored = await cutSprite(PORTRAIT, PORTRAIT_FACE, true);
  const [second = mirrored, third = portrait] = await Promise.all(
    OTHERS.map(([name, face]) => [`${DATA}/pictures/${name}`, face])
      .filter(([path]) => existsSync(String(path)))
      .map(([path, face]) => cutSprite(String(path), /** @type {Box} */ (face))),
  );
  const [first, other, ...more] = await cutRows(`${DATA}/fer2013.csv.gz`);
  const expressions =
    first === undefined || other === undefined
      ? /** @type {const} */ ([
          { ...portrait, expression: 'happy' },
          { ...openMouth(portrait), expression: 'surprise' },
        ])
      : /** @type {const} */ ([first, other, ...more]);
  return { people: [portrait, second, third], expressions };
}

/** @param {string} path @param {Box} box  of the face @param {boolean} [mirrored] @returns {Promise<Sprite>} */
async function cutSprite(path, { x, y, width, height }, mirrored = false) {
  const { data, info } = await sharp(path)
    .rotate()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const side = Math.min(Math.round(AROUND_FACE * Math.max(width, height)), info.width, info.height);
  const startOf = (/** @type {number} */ middle, /** @type {number} */ limit) =>
    Math.round(Math.min(Math.max(middle - side / 2, 0), limit - side));
  const [left, top] = [startOf(x + width / 2, info.width), startOf(y + height / 2, info.height)];
  const square = await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .extract({ left, top, width: side, height: side })
    .resize(SIDE, SIDE)
    .flop(mirrored)
    .raw()
    .toBuffer();
  const faceX = mirrored ? left + side - x - width : x - left;
  const face = { x: faceX / side, y: (y - top) / side, width: width / side, height: height / side };
  return { side: SIDE, data: square, face, oval: true };
}

/** The clear rows of FER2013; none where the file is absent. @param {string} path @returns {Promise<Sprite[]>} */
async function cutRows(path) {
  if (!existsSync(path)) return [];
  /** @type {Sprite[]} */
  const sprites = [];
  const file = createReadStream(path);
  let row = -1; // Of the header.
  for await (const line of createInterface({ input: file.pipe(createGunzip()) })) {
    const [, expression] = CLEAR_ROWS.find(([wanted]) => wanted === row) ?? [];
    if (expression !== undefined) sprites.push({ ...(await enlarge(line)), expression });
    if (sprites.length === CLEAR_ROWS.length) break;
    row++;
  }
  file.destroy();
  return sprites;
}

/** @param {string} line  `label,pixels,usage` @returns {Promise<Sprite>} */
async function enlarge(line) {
  const pixels = Uint8Array.from((line.split(',')[1] ?? '').split(' '), Number);
  const grey = sharp(pixels, { raw: { width: 48, height: 48, channels: 1 } }).resize(SIDE, SIDE);
  const data = await grey.toColourspace('srgb').raw().toBuffer();
  // The pictures of FER2013 are cropped closely around the face.
  return { side: SIDE, data, face: { x: 0.1, y: 0.1, width: 0.8, height: 0.85 }, oval: false };
}

/** The portrait with its smile painted over and an open mouth in its place. @param {Sprite} portrait @returns {Sprite} */
function openMouth(portrait) {
  const data = Uint8Array.from(portrait.data);
  const skin = [222, 191, 161];
  paintOval(data, { x: 0.485, y: 0.605, width: 0.3, height: 0.17 }, skin);
  paintOval(data, { x: 0.485, y: 0.625, width: 0.12, height: 0.16 }, [50, 15, 15]);
  return { ...portrait, data };
}

/** With a soft edge. @param {Uint8Array} data  `[SIDE, SIDE, 3]` @param {Box} oval  its middle and size, in parts of the side @param {number[]} colour */
function paintOval(data, { x, y, width, height }, colour) {
  for (let at = 0; at < SIDE ** 2; at++) {
    const [across, down] = [(at % SIDE) / SIDE - x, Math.floor(at / SIDE) / SIDE - y];
    const radius = 2 * Math.hypot(across / width, down / height);
    const alpha = Math.min(1, Math.max(0, (1 - radius) / 0.3));
    colour.forEach((level, c) => {
      const old = data[at * 3 + c] ?? 0;
      data[at * 3 + c] = old + alpha * (level - old);
    });
  }
}
