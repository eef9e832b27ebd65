// The worker that trains: a step takes long enough to make a page stutter, here it disturbs nobody.
// @ts-check
import { detectKernelBuild, miniXception } from '@mien/core/nn';
import { createRandom, createTrainingSession } from '@mien/train/session';
import { drawFaces, LABELS } from './faces.js';

const BATCH = 32;
const STEPS = 400;
const LEARNING_RATE = 0.003;
/** Of the moving statistics. The network's own 0.99 would need hundreds of steps to forget what it started from. */
const MOMENTUM = 0.9;
/** Steps from one look at the held-out faces to the next. */
const EVALUATE_EVERY = 20;

const random = createRandom(1);

globalThis.onmessage = (/** @type {MessageEvent} */ { data }) =>
  train(data).catch((error) => globalThis.postMessage({ kind: 'failed', message: error.message }));

/** @param {{ inputs: Float32Array, targets: Float32Array }} heldOut  faces that are not trained on */
async function train(heldOut) {
  const session = await createTrainingSession({
    graph: withMomentum(miniXception({ classes: LABELS.length }), MOMENTUM),
    batchSize: BATCH,
    seed: 1,
    optimizer: { kind: 'adam' },
  });
  globalThis.postMessage({
    kind: 'started',
    threads: session.threads,
    build: detectKernelBuild(),
    steps: STEPS,
  });

  for (let step = 1; step <= STEPS; step++) {
    const { inputs, targets } = drawFaces(BATCH, random.fork(step));
    const startMs = performance.now();
    const { lossSum } = session.trainStep(inputs, targets, BATCH, LEARNING_RATE);
    const milliseconds = performance.now() - startMs;
    globalThis.postMessage({
      kind: 'step',
      step,
      loss: lossSum / BATCH,
      picturesPerSecond: (BATCH / milliseconds) * 1000,
    });
    if (step % EVALUATE_EVERY === 0)
      globalThis.postMessage({ kind: 'guesses', guesses: guess(session, heldOut) });
  }
  await session.dispose();
  globalThis.postMessage({ kind: 'finished' });
}

/**
 * @param {import('@mien/core/nn').Graph} graph
 * @param {number} momentum
 * @returns {import('@mien/core/nn').Graph}
 */
const withMomentum = (graph, momentum) => ({
  ...graph,
  layers: graph.layers.map((layer) => (layer.kind === 'batchNormalization' ? { ...layer, momentum } : layer)),
});

/**
 * @param {import('@mien/train/session').TrainingSession} session
 * @param {{ inputs: Float32Array, targets: Float32Array }} faces
 * @returns the index of the likeliest label of each face
 */
function guess(session, { inputs, targets }) {
  const count = targets.length / LABELS.length;
  const probabilities = session.predict(inputs, count);
  return Array.from({ length: count }, (_, face) => {
    const row = probabilities.subarray(face * LABELS.length, (face + 1) * LABELS.length);
    return row.indexOf(Math.max(...row));
  });
}
