// Trains the two small networks that say where in a picture faces may be (packages/core/src/detect/blazeface/face-scout.ts),
// and puts them beside the detector's own in models/blazeface-short-range:
//
//   node scripts/make-face-scout.js FER2013.csv.gz PHOTOGRAPHS        20 minutes on one core
//
// PHOTOGRAPHS is a folder of pictures without faces. Ours came from three Debian packages: the backgrounds of scratch 1.4.0.6
// (indoors, outdoors, nature), of mate-backgrounds 1.26.0 (nature) and the pictures of python3-skimage 0.19.3, each of at least
// 30 KB. Faces are FER2013's Training pictures. The thresholds notice 99 % (scout) and 97 % (judge) of
// PublicTest's in a single window, off as far as windows may be; nothing else is chosen there.
// @ts-check
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { parseSafetensors, toSafetensors } from '@mien/core';
import { createNetwork } from '@mien/core/nn';
import { createRandom, createTrainingSession } from '@mien/train';
import { foldWeights, JUDGE, SCOUT, toGraph, toTrainedGraph } from './face-scout/networks.js';
import {
  between,
  cutWindow,
  FACE,
  isInHole,
  pick,
  readFaces,
  readPhotographs,
  varyLight,
} from './face-scout/windows.js';

/** @typedef {import('./face-scout/networks.js').Stage} Stage @typedef {import('./face-scout/windows.js').Picture} Picture */
/** @typedef {import('@mien/core/nn').Weights} Weights */
/** @typedef {{ picture: Picture, x: number, y: number, step: number }} Place */

setFlagsFromString('--experimental-wasm-relaxed-simd');

const BATCH = 128;
const [SCOUT_ROUNDS, SCOUT_STEPS] = [5, 3500];
const [JUDGE_ROUNDS, JUDGE_STEPS] = [4, 2500];
const LEARNING_RATE = { high: 3e-3, low: 1e-5 };
const NOTICED = { scout: 0.99, judge: 0.97 };
/** A window is kept to learn from if it would pass where this part of the faces is noticed. */
const HARD = 0.99;
const MOST_HARD = 40_000;
/** Neighbouring scales differ by the square of this. */
const REACH = 1.2;
/** Score of the detector from which on it looks again; lower ones are hardly ever faces of a fitting size. */
const DETECTED = 0.5;
/** After a second look; at 0.71 a badge on the photographs counts as a face, at 0.75. */
const CERTAIN = 0.76;
const MODEL = new URL('../models/blazeface-short-range/', import.meta.url);

const [csv, folder] = process.argv.slice(2);
if (csv === undefined || folder === undefined)
  throw new Error('usage: make-face-scout.js FER2013.csv.gz PHOTOGRAPHS');
const random = createRandom(7).fork('scout');
const faces = await readFaces(csv, 'Training');
const testFaces = await readFaces(csv, 'PublicTest');
const photographs = await readPhotographs(folder);

/** A face as a window meets it. @param {Stage} stage @param {Picture} picture @param {number} spread 0…1 @param {Float32Array} to @param {number} at */
function drawFace({ windowPx, facePx }, picture, spread, to, at) {
  const away = (SCOUT.stridePx / 2 / SCOUT.facePx) * FACE.side * spread;
  const place = {
    x: FACE.x + between(random, -away, away),
    y: FACE.y + between(random, -away, away),
    step: (FACE.side / facePx) * Math.exp(between(random, -0.3, 0.3) * spread),
    angleRad: between(random, -0.4, 0.4) * spread,
    flipped: random.uniform() < 0.5,
  };
  cutWindow(picture, place, windowPx, to, at);
}

/** A part of a face: too large, or off by more than half of it. @param {Float32Array} to @param {number} at */
function drawPart(to, at) {
  const [turn, away] = [between(random, 0, 2 * Math.PI), between(random, 0.6, 0.9) * FACE.side];
  const place =
    random.uniform() < 0.5
      ? { x: between(random, 6, 42), y: between(random, 6, 42), step: between(random, 0.2, 0.5) }
      : {
          x: FACE.x + Math.cos(turn) * away,
          y: FACE.y + Math.sin(turn) * away,
          step: between(random, 0.7, 1.3),
        };
  cutWindow(
    pick(random, faces),
    { ...place, step: (place.step * FACE.side) / SCOUT.facePx },
    SCOUT.windowPx,
    to,
    at,
  );
}

/** Any place of a photograph at any scale. @returns {Place} */
function anyPlace() {
  for (;;) {
    const picture = pick(random, photographs);
    const { width = 0, height = 0 } = picture.levels[0] ?? {};
    const step = Math.exp(between(random, 0, Math.log(Math.max(1.01, Math.min(width, height) / 20))));
    const [x, y] = [between(random, 0, width), between(random, 0, height)];
    if (!isInHole(picture, x, y)) return { picture, x, y, step };
  }
}

/** About a place, as another picture might show it. @param {Stage} stage @param {Place} place @param {Float32Array} to @param {number} at */
function drawPlace({ windowPx }, { picture, x, y, step }, to, at) {
  const off = () => between(random, -1.5, 1.5) * step;
  const varied = {
    ...{ x: x + off(), y: y + off(), angleRad: between(random, -0.2, 0.2), flipped: random.uniform() < 0.5 },
    step: step * (SCOUT.windowPx / windowPx) * between(random, 0.77, 1.28),
  };
  cutWindow(picture, varied, windowPx, to, at);
}

/**
 * @param {Stage} stage @param {number} rounds @param {number} steps of each round
 * @param {(to: Float32Array, at: number) => void} drawBackground
 * @param {(weights: Weights, threshold: number) => Promise<Place[]>} findHard what the network takes for faces
 */
async function train(stage, rounds, steps, drawBackground, findHard) {
  const length = stage.windowPx ** 2;
  const graph = toTrainedGraph(stage);
  const optimizer = /** @type {const} */ ({ kind: 'adamw', weightDecay: 0.01 });
  const session = await createTrainingSession({ graph, batchSize: BATCH, seed: 1, threads: 1, optimizer });
  const [inputs, targets] = [new Float32Array(BATCH * length), new Float32Array(BATCH * 2)];
  /** @type {Place[]} */
  let hard = [];
  let threshold = 0;
  for (let round = 0; round < rounds; round++) {
    for (let step = 0; step < steps; step++) {
      for (let i = 0; i < BATCH; i++) {
        const at = i * length;
        if (i % 3 === 0) drawFace(stage, pick(random, faces), 1, inputs, at);
        else if (i % 3 === 1 && hard.length > 0) drawPlace(stage, pick(random, hard), inputs, at);
        else drawBackground(inputs, at);
        varyLight(random, inputs.subarray(at, at + length));
        targets.set(i % 3 === 0 ? [0, 1] : [1, 0], 2 * i);
      }
      const part = (round * steps + step) / (rounds * steps);
      const rate = LEARNING_RATE.low + (LEARNING_RATE.high * (1 + Math.cos(Math.PI * part))) / 2;
      session.trainStep(inputs, targets, BATCH, rate);
    }
    const windows = new Float32Array(testFaces.length * length);
    for (const [i, face] of testFaces.entries()) drawFace(stage, face, 0.8, windows, i * length);
    const probabilities = session.predict(windows, testFaces.length);
    const logits = testFaces
      .map((_, i) => Math.log((probabilities[2 * i + 1] ?? 0) / (probabilities[2 * i] ?? 0)))
      .sort((a, b) => a - b);
    const thresholdOf = (/** @type {number} */ share) => logits[Math.floor((1 - share) * logits.length)] ?? 0;
    threshold = thresholdOf(NOTICED[stage.name]);
    hard = (await findHard(foldWeights(stage, session.weights()), thresholdOf(HARD)))
      .sort(() => random.uniform() - 0.5)
      .slice(0, MOST_HARD);
    console.error(
      `${stage.name}, round ${round + 1}: threshold ${threshold.toFixed(2)}, ${hard.length} hard windows`,
    );
  }
  return { weights: foldWeights(stage, session.weights()), threshold };
}

/** What the scout takes for faces in the photographs. @param {Weights} weights @param {number} threshold */
async function search(weights, threshold) {
  /** @type {Place[]} */
  const found = [];
  for (const picture of photographs) {
    for (const [index, { width, height, data }] of picture.levels.entries()) {
      const network = await createNetwork(toGraph(SCOUT, width, height), weights);
      const logits = network.predict(
        Float32Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)] ?? 0),
        1,
      );
      const columns = Math.floor((width - SCOUT.windowPx) / SCOUT.stridePx) + 1;
      for (const [at, logit] of logits.entries()) {
        const middle = (/** @type {number} */ cell) =>
          (cell * SCOUT.stridePx + (SCOUT.windowPx - 1) / 2) * 2 ** index;
        const [x, y] = [middle(at % columns), middle(Math.floor(at / columns))];
        if (logit > threshold && !isInHole(picture, x, y)) found.push({ picture, x, y, step: 2 ** index });
      }
    }
  }
  return found;
}

const scout = await train(
  SCOUT,
  SCOUT_ROUNDS,
  SCOUT_STEPS,
  (to, at) => {
    if (random.uniform() < 0.15) drawPart(to, at);
    else drawPlace(SCOUT, anyPlace(), to, at);
  },
  search,
);

// The judge learns from what the scout notices in vain.
const hints = await search(scout.weights, scout.threshold - 1);
const judge = await train(
  JUDGE,
  JUDGE_ROUNDS,
  JUDGE_STEPS,
  (to, at) => drawPlace(JUDGE, pick(random, hints), to, at),
  async (weights, threshold) => {
    const network = await createNetwork(toGraph(JUDGE), weights);
    const window = new Float32Array(JUDGE.windowPx ** 2);
    return hints.filter((hint) => {
      drawPlace(JUDGE, hint, window, 0);
      const [logit = 0] = network.predict(
        Float32Array.from({ length: 3 * window.length }, (_, i) => window[Math.floor(i / 3)] ?? 0),
        1,
      );
      return logit > threshold;
    });
  },
);

const file = parseSafetensors(readFileSync(new URL('weights.safetensors', MODEL)), 'weights.safetensors');
const metadata = {
  ...file.metadata,
  'graph:scout': JSON.stringify(toGraph(SCOUT)),
  'graph:judge': JSON.stringify(toGraph(JUDGE)),
};
const bytes = toSafetensors(new Map([...file.tensors, ...scout.weights, ...judge.weights]), metadata, 'F16');
writeFileSync(new URL('weights.safetensors', MODEL), bytes);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', MODEL), 'utf8'));
manifest.weights.sha256 = createHash('sha256').update(bytes).digest('hex');
const stage = (/** @type {Stage} */ { windowPx, facePx }, /** @type {number} */ threshold) => ({
  windowPx,
  facePx,
  threshold: Number(threshold.toFixed(3)),
});
manifest.search.fine.scout = {
  reach: REACH,
  threshold: DETECTED,
  refinedThreshold: CERTAIN,
  scout: { ...stage(SCOUT, scout.threshold), stridePx: SCOUT.stridePx },
  judge: stage(JUDGE, judge.threshold),
};
writeFileSync(new URL('manifest.json', MODEL), `${JSON.stringify(manifest, null, 2)}\n`);
