// Trains the two small networks that say where in a picture faces may be (packages/core/src/detect/blazeface/face-scout.ts),
// and puts them beside the detector's own in models/blazeface-short-range:
//
//   apt-get download scratch mate-backgrounds python3-skimage && for file in *.deb; do dpkg -x $file PACKAGES; done
//   node scripts/make-face-scout.js FER2013.csv.gz PACKAGES RUN        15 minutes on one core
//
// RUN is a folder for the trained stages in float32; a stage that is there already is not trained again. The thresholds notice
// 99 % (scout) and 96 % (judge) of a tenth of FER2013's Training faces, which nothing is trained on, in a single window that is off as
// far as windows may be. The two other thresholds are tuned with bench/face-search.js --tune.
// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { parseSafetensors, toSafetensors } from '@mien/core';
import { createNetwork } from '@mien/core/nn';
import { createRandom } from '@mien/train';
import { JUDGE, SCOUT, storedType, toGraph } from './face-scout/networks.js';
import { isInHole, readFaces, readPhotographs } from './face-scout/pictures.js';
import { drawPlace, trainStage } from './face-scout/train-stage.js';
import { between, cutWindow, FACE, pick } from './face-scout/windows.js';

/** @typedef {import('./face-scout/networks.js').Stage} Stage */
/** @typedef {import('./face-scout/train-stage.js').Place} Place */
/** @typedef {{ weights: import('@mien/core/nn').Weights, threshold: number }} Trained */

setFlagsFromString('--experimental-wasm-relaxed-simd');

const [SCOUT_ROUNDS, SCOUT_STEPS] = [8, 10_000];
const [JUDGE_ROUNDS, JUDGE_STEPS] = [8, 5000];
/** Of the backgrounds, this part are parts of faces. */
const PARTS = 0.15;
const NOTICED = { scout: 0.99, judge: 0.96 };
const MODEL = new URL('../models/blazeface-short-range/', import.meta.url);

const [csv, packages, run] = process.argv.slice(2);
if (csv === undefined || packages === undefined || run === undefined)
  throw new Error('usage: make-face-scout.js FER2013.csv.gz PACKAGES RUN');
mkdirSync(run, { recursive: true });
const faces = await readFaces(csv);
const photographs = await readPhotographs(packages);
console.error(
  `${faces.faces.length} faces, ${faces.heldOut.length} held out, ${photographs.length} photographs`,
);

/** Any place of a photograph at any scale. @param {import('@mien/train').Random} random @returns {Place} */
function anyPlace(random) {
  for (;;) {
    const picture = pick(random, photographs);
    const { width = 0, height = 0 } = picture.levels[0] ?? {};
    const step = Math.exp(between(random, 0, Math.log(Math.max(1.01, Math.min(width, height) / 20))));
    const [x, y] = [between(random, 0, width), between(random, 0, height)];
    if (!isInHole(picture, x, y)) return { picture, x, y, step };
  }
}

/** A part of a face: too large, or off by more than half of it. @param {import('@mien/train').Random} random @param {Stage} stage @param {Float32Array} to @param {number} at */
function drawPart(random, stage, to, at) {
  const [turn, away] = [between(random, 0, 2 * Math.PI), between(random, 0.6, 0.9) * FACE.side];
  const place =
    random.uniform() < 0.5
      ? { x: between(random, 6, 42), y: between(random, 6, 42), step: between(random, 0.2, 0.5) }
      : {
          x: FACE.x + Math.cos(turn) * away,
          y: FACE.y + Math.sin(turn) * away,
          step: between(random, 0.7, 1.3),
        };
  const step = (place.step * FACE.side) / stage.facePx;
  cutWindow(pick(random, faces.faces), { ...place, step }, stage.windowPx, to, at);
}

/** What the scout takes for faces in the photographs. @param {Trained['weights']} weights @param {number} threshold */
async function search(weights, threshold) {
  /** @type {Place[]} */
  const found = [];
  for (const picture of photographs) {
    for (const [index, { width, height, data }] of picture.levels.entries()) {
      const network = await createNetwork(toGraph(SCOUT, width, height), weights);
      const columns = Math.floor((width - SCOUT.windowPx) / SCOUT.stridePx) + 1;
      for (const [at, logit] of network.predict(data, 1).entries()) {
        const middle = (/** @type {number} */ cell) =>
          (cell * SCOUT.stridePx + (SCOUT.windowPx - 1) / 2) * 2 ** index;
        const [x, y] = [middle(at % columns), middle(Math.floor(at / columns))];
        if (logit > threshold && !isInHole(picture, x, y)) found.push({ picture, x, y, step: 2 ** index });
      }
    }
  }
  return found;
}

/** The stage of an earlier run, or trains it. @param {Stage} stage @param {() => Promise<Trained>} train @returns {Promise<Trained>} */
async function readOrTrain({ name }, train) {
  const path = join(/** @type {string} */ (run), `${name}.safetensors`);
  if (existsSync(path)) {
    const { tensors, metadata } = parseSafetensors(readFileSync(path), path);
    return { weights: tensors, threshold: Number(metadata['threshold']) };
  }
  const trained = await train();
  writeFileSync(path, toSafetensors(trained.weights, { threshold: String(trained.threshold) }));
  return trained;
}

const scout = await readOrTrain(SCOUT, () => {
  const random = createRandom(7).fork('scout');
  return trainStage({
    ...{ stage: SCOUT, random, faces, noticed: NOTICED.scout, rounds: SCOUT_ROUNDS, steps: SCOUT_STEPS },
    drawBackground: (to, at) => {
      if (random.uniform() < PARTS) drawPart(random, SCOUT, to, at);
      else drawPlace(random, SCOUT, anyPlace(random), to, at);
    },
    findHard: search,
  });
});

// The judge learns from what the scout notices in vain.
const judge = await readOrTrain(JUDGE, async () => {
  const random = createRandom(7).fork('judge');
  const hints = await search(scout.weights, scout.threshold - 1);
  console.error(`${hints.length} hints in vain`);
  return trainStage({
    ...{ stage: JUDGE, random, faces, noticed: NOTICED.judge, rounds: JUDGE_ROUNDS, steps: JUDGE_STEPS },
    drawBackground: (to, at) => {
      drawPlace(random, JUDGE, pick(random, hints), to, at);
    },
    findHard: async (weights, threshold) => {
      const network = await createNetwork(toGraph(JUDGE), weights);
      const window = new Float32Array(JUDGE.windowPx ** 2);
      return hints.filter((hint) => {
        drawPlace(random, JUDGE, hint, window, 0);
        return (network.predict(window, 1)[0] ?? 0) > threshold;
      });
    },
  });
});

const file = parseSafetensors(readFileSync(new URL('weights.safetensors', MODEL)), 'weights.safetensors');
const metadata = {
  ...file.metadata,
  'graph:scout': JSON.stringify(toGraph(SCOUT)),
  'graph:judge': JSON.stringify(toGraph(JUDGE)),
};
const bytes = toSafetensors(
  new Map([...file.tensors, ...scout.weights, ...judge.weights]),
  metadata,
  storedType,
);
writeFileSync(new URL('weights.safetensors', MODEL), bytes);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', MODEL), 'utf8'));
manifest.weights.sha256 = createHash('sha256').update(bytes).digest('hex');
const toContract = (/** @type {Stage} */ { windowPx, facePx }, /** @type {number} */ threshold) => ({
  windowPx,
  facePx,
  threshold: Number(threshold.toFixed(3)),
});
Object.assign(manifest.search.fine.scout, {
  scout: { ...toContract(SCOUT, scout.threshold), stridePx: SCOUT.stridePx },
  judge: toContract(JUDGE, judge.threshold),
});
writeFileSync(new URL('manifest.json', MODEL), `${JSON.stringify(manifest, null, 2)}\n`);
