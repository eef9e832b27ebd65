// Runs in Node, in a page and in its worker: three training steps of mini_Xception on the same pictures.
// Plain JavaScript, because the page loads this file directly.
// @ts-check
import { miniXception } from '@mien/core/nn';
import { createRandom, createTrainingSession } from '@mien/train/session';

const STEPS = 3;
const BATCH = 6;

/**
 * @param {Pick<import('@mien/train/session').TrainingSessionOptions, 'build' | 'threads'>} options
 * @returns what came out; bits are the float32 values as int32, so that nothing is rounded or made equal on the way
 */
export async function runTraining(options) {
  const graph = miniXception();
  const random = createRandom(11);
  const inputs = Float32Array.from({ length: BATCH * 48 * 48 }, () => random.uniform() * 2 - 1);
  const targets = new Float32Array(BATCH * 7);
  for (let picture = 0; picture < BATCH; picture++) targets[picture * 7 + random.uniformInt(7)] = 1;
  const session = await createTrainingSession({
    graph,
    batchSize: BATCH,
    seed: 5,
    optimizer: { kind: 'adam' },
    ...options,
  });
  try {
    const losses = [];
    for (let step = 0; step < STEPS; step++) {
      losses.push(session.trainStep(inputs, targets, BATCH, 0.001).lossSum);
    }
    return {
      threads: session.threads,
      losses,
      weights: [...session.weights()].map(([name, { data }]) => ({ name, bits: bitsOf(data) })),
      probabilities: bitsOf(session.predict(inputs, BATCH)),
    };
  } finally {
    await session.dispose();
  }
}

/** @param {Float32Array} values */
const bitsOf = (values) => [...new Int32Array(values.buffer, values.byteOffset, values.length)];
