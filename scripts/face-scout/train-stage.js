// Trains a stage of the face scout: rounds of windows of faces and backgrounds, and after each round more of what the network took
// for faces in vain.
// @ts-check
import { createTrainingSession } from '@mien/train';
import { foldWeights, SCOUT, toTrainedGraph } from './networks.js';
import { between, cutWindow, FACE, pick, varyLight } from './windows.js';

/** @typedef {import('./networks.js').Stage} Stage @typedef {import('./pictures.js').Picture} Picture */
/** @typedef {import('@mien/core/nn').Weights} Weights @typedef {import('@mien/train').Random} Random */
/** @typedef {{ picture: Picture, x: number, y: number, step: number }} Place */

const BATCH = 128;
const LEARNING_RATE = { high: 3e-3, low: 1e-5 };
/** A window is kept to learn from if it would pass where this part of the faces is noticed. */
const HARD = 0.99;
const MOST_HARD = 40_000;

/** A face as a window meets it. @param {Random} random @param {Stage} stage @param {Picture} picture @param {number} spread 0…1 @param {Float32Array} to @param {number} at */
function drawFace(random, { windowPx, facePx }, picture, spread, to, at) {
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

/** About a place, as another picture might show it. @param {Random} random @param {Stage} stage @param {Place} place @param {Float32Array} to @param {number} at */
export function drawPlace(random, { windowPx }, { picture, x, y, step }, to, at) {
  const off = () => between(random, -1.5, 1.5) * step;
  const varied = {
    ...{ x: x + off(), y: y + off(), angleRad: between(random, -0.2, 0.2), flipped: random.uniform() < 0.5 },
    step: step * (SCOUT.windowPx / windowPx) * between(random, 0.77, 1.28),
  };
  cutWindow(picture, varied, windowPx, to, at);
}

/**
 * @param {object} options
 * @param {Stage} options.stage
 * @param {Random} options.random
 * @param {{ faces: Picture[], heldOut: Picture[] }} options.faces
 * @param {number} options.rounds
 * @param {number} options.steps of each round
 * @param {number} options.noticed part of the held-out faces that pass the threshold, 0…1
 * @param {(to: Float32Array, at: number) => void} options.drawBackground
 * @param {(weights: Weights, threshold: number) => Promise<Place[]>} options.findHard what the network takes for faces
 */
export async function trainStage({
  stage,
  random,
  faces: { faces, heldOut },
  rounds,
  steps,
  noticed,
  drawBackground,
  findHard,
}) {
  const length = stage.windowPx ** 2;
  const graph = toTrainedGraph(stage);
  const optimizer = /** @type {const} */ ({ kind: 'adamw', weightDecay: 0.01 });
  const session = await createTrainingSession({ graph, batchSize: BATCH, seed: 1, threads: 1, optimizer });
  const [inputs, targets] = [new Float32Array(BATCH * length), new Float32Array(BATCH * 2)];
  /** @type {Place[]} */
  let hard = [];
  let threshold = 0;
  for (let round = 0; round < rounds; round++) {
    let loss = 0;
    for (let step = 0; step < steps; step++) {
      for (let i = 0; i < BATCH; i++) {
        const at = i * length;
        if (i % 3 === 0) drawFace(random, stage, pick(random, faces), 1, inputs, at);
        else if (i % 3 === 1 && hard.length > 0) drawPlace(random, stage, pick(random, hard), inputs, at);
        else drawBackground(inputs, at);
        varyLight(random, inputs.subarray(at, at + length));
        targets.set(i % 3 === 0 ? [0, 1] : [1, 0], 2 * i);
      }
      const part = (round * steps + step) / (rounds * steps);
      const rate = LEARNING_RATE.low + (LEARNING_RATE.high * (1 + Math.cos(Math.PI * part))) / 2;
      loss += session.trainStep(inputs, targets, BATCH, rate).lossSum / BATCH;
    }
    const windows = new Float32Array(heldOut.length * length);
    for (const [i, face] of heldOut.entries()) drawFace(random, stage, face, 0.8, windows, i * length);
    const probabilities = session.predict(windows, heldOut.length);
    const logits = heldOut
      .map((_, i) => Math.log((probabilities[2 * i + 1] ?? 0) / (probabilities[2 * i] ?? 0)))
      .sort((a, b) => a - b);
    const thresholdOf = (/** @type {number} */ share) => logits[Math.floor((1 - share) * logits.length)] ?? 0;
    threshold = thresholdOf(noticed);
    hard = await findHard(foldWeights(stage, session.weights()), thresholdOf(HARD));
    const found = hard.length;
    const every = Math.max(1, Math.ceil(found / MOST_HARD));
    hard = hard.filter((_, i) => i % every === 0);
    console.error(
      `${new Date().toISOString().slice(11, 19)} ${stage.name}, round ${round + 1}: loss ${(loss / steps).toFixed(4)}, threshold ${threshold.toFixed(2)}, ${found} hard windows`,
    );
  }
  return { weights: foldWeights(stage, session.weights()), threshold };
}
