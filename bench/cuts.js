// Counts how many cuts the test of shots finds, and how many it sees where there are none:
//
//   node bench/cuts.js           half a minute; writes results/cuts.json
//
// Shots are views of the photographs in the data and of the example: parts of them, 320×180. Between two views of one shot the
// camera pans by up to a quarter of the picture and zooms by 5 %, or the light changes (factor 0.4 to 1.3). Fades go down to a tenth
// of the light and up again within 25 frames; flashes are one to three frames of 1.5 to 6 times the
// light, and 40 to 200 levels of 255 on top.
// @ts-check
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { createTestRandom } from '../packages/core/dist/modules/testing/test-random.js';
import { ShotBoundaryDetector } from '../packages/core/dist/modules/track/shot-boundary.js';

/** @typedef {{ width: number, height: number, channels: 3, data: Uint8Array }} Picture */
/** Part of a picture: its middle and its width, all in widths of the picture. @typedef {{ picture: Picture, x: number, y: number, side: number }} View */

const [WIDTH, HEIGHT] = [320, 180];
const DATA = process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url));
const PICTURES = `${DATA}/pictures/`;
if (!existsSync(PICTURES))
  throw new Error(`cuts: no photographs in ${PICTURES}; name their parent folder in MIEN_DATA`);

const random = createTestRandom(41);
const between = (/** @type {number} */ low, /** @type {number} */ high) => low + (high - low) * random();
const photographs = await Promise.all(
  [
    ...readdirSync(PICTURES)
      .filter((name) => name.endsWith('.jpg'))
      .sort()
      .map((name) => PICTURES + name),
    fileURLToPath(new URL('../examples/eileen-collins.png', import.meta.url)),
  ].map(readPicture),
);

/** Each gives the frames of a clip. @type {Record<string, { clips: number, cuts: number, make: () => Picture[] }>} */
const KINDS = {
  'cut to another photograph': {
    clips: 400,
    cuts: 1,
    make() {
      const [a, b] = twoPhotographs();
      return [draw(anyView(a)), draw(anyView(b))];
    },
  },
  'cut to a far part of the same photograph': {
    clips: 130,
    cuts: 1,
    make() {
      const view = anyView(anyPhotograph(), 0.3);
      const far = anyView(view.picture, 0.3);
      return Math.hypot(far.x - view.x, far.y - view.y) > view.side ? [draw(view), draw(far)] : this.make();
    },
  },
  'pan and zoom': {
    clips: 400,
    cuts: 0,
    make() {
      const view = anyView(anyPhotograph(), 0.5);
      const turn = between(0, 2 * Math.PI);
      const far = between(0, 0.25) * view.side;
      const panned = {
        ...view,
        x: view.x + far * Math.cos(turn),
        y: view.y + (far * Math.sin(turn) * HEIGHT) / WIDTH,
      };
      return [draw(view), draw({ ...inside(panned), side: view.side * between(0.95, 1.05) })];
    },
  },
  'light that changes': {
    clips: 400,
    cuts: 0,
    make() {
      const view = anyView();
      return [draw(view), draw(view, between(0.4, 1.3))];
    },
  },
  'fade to black and back': {
    clips: 100,
    cuts: 0,
    make() {
      const view = anyView();
      return Array.from({ length: 25 }, (_, i) => draw(view, Math.max(0.1, Math.abs(i - 12) / 12)));
    },
  },
  'fade to black and into another photograph': {
    clips: 100,
    cuts: 1,
    make() {
      const [a, b] = twoPhotographs().map((picture) => anyView(picture));
      return Array.from({ length: 25 }, (_, i) =>
        draw(/** @type {View} */ (i < 12 ? a : b), Math.abs(i - 12) / 12),
      );
    },
  },
  flash: {
    clips: 100,
    cuts: 0,
    make() {
      const view = anyView();
      const flashes = 1 + Math.floor(between(0, 3));
      return [
        draw(view),
        ...Array.from({ length: flashes }, () => draw(view, between(1.5, 6), between(40, 200))),
        draw(view),
      ];
    },
  },
};

/** @type {Record<string, { clips: number, cuts: number, found: number, false: number }>} */
const results = {};
for (const [name, kind] of Object.entries(KINDS)) {
  const counts = { clips: kind.clips, cuts: kind.clips * kind.cuts, found: 0, false: 0 };
  for (let clip = 0; clip < kind.clips; clip++) {
    const detector = new ShotBoundaryDetector();
    const seen = kind.make().filter((frame) => detector.next(frame)).length;
    counts.found += Math.min(seen, kind.cuts);
    counts.false += Math.max(0, seen - kind.cuts);
  }
  results[name] = counts;
}
console.table(results);
const conditions = {
  date: new Date().toISOString().slice(0, 10),
  photographs: photographs.length,
  frame: [WIDTH, HEIGHT],
  seed: 41,
};
writeFileSync(
  new URL('results/cuts.json', import.meta.url),
  `${JSON.stringify({ conditions, results }, null, 2)}\n`,
);

/** @param {string} path @returns {Promise<Picture>} */
async function readPicture(path) {
  const picture = sharp(path, { autoOrient: true })
    .removeAlpha()
    .toColourspace('srgb')
    .resize({ width: 1200 });
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

function anyPhotograph() {
  return /** @type {Picture} */ (photographs[Math.floor(random() * photographs.length)]);
}

/** @returns {[Picture, Picture]} */
function twoPhotographs() {
  const [a, b] = [anyPhotograph(), anyPhotograph()];
  return a === b ? twoPhotographs() : [a, b];
}

/** @returns {View} */
function anyView(picture = anyPhotograph(), side = between(0.4, 0.7)) {
  return inside({ picture, x: random(), y: random(), side });
}

/** Moved so that all of it lies in the picture, with room for a zoom. @param {View} view @returns {View} */
function inside({ picture, x, y, side }) {
  const [halfWidth, halfHeight] = [0.53 * side, (0.53 * side * HEIGHT) / WIDTH];
  const height = picture.height / picture.width;
  const clamp = (/** @type {number} */ value, /** @type {number} */ half, /** @type {number} */ end) =>
    Math.min(Math.max(value, half), end - half);
  return { picture, x: clamp(x, halfWidth, 1), y: clamp(y, halfHeight, height), side };
}

/** @param {View} view @param {number} gain factor of the light @param {number} offset added to it, 0…255 @returns {Picture} */
function draw({ picture, x, y, side }, gain = 1, offset = 0) {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const [column, row] = [(i % WIDTH) / WIDTH - 0.5, (Math.floor(i / WIDTH) - HEIGHT / 2) / WIDTH];
    const sourceX = Math.min(picture.width - 1, Math.max(0, Math.round((x + column * side) * picture.width)));
    const sourceY = Math.min(picture.height - 1, Math.max(0, Math.round((y + row * side) * picture.width)));
    const at = (sourceY * picture.width + sourceX) * 3;
    for (let c = 0; c < 3; c++)
      data[i * 3 + c] = Math.min(255, /** @type {number} */ (picture.data[at + c]) * gain + offset);
  }
  return { width: WIDTH, height: HEIGHT, channels: 3, data };
}
