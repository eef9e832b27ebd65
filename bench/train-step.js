// Ours: one training step of 32 pictures (forward, backward, Adam), on one thread and on two.
import { miniXception } from '@mien/core/nn';
import { createTrainingSession } from '@mien/train';
import { inputs, measure, report } from './measure.js';

const BATCH = 32;
const pictures = inputs(BATCH);
const targets = Float32Array.from({ length: BATCH * 7 }, (_, index) => (index % 8 === 0 ? 1 : 0));

const results = {};
for (const threads of [1, 2]) {
  const session = await createTrainingSession({
    graph: miniXception(),
    batchSize: BATCH,
    seed: 1,
    optimizer: { kind: 'adam' },
    threads,
  });
  const step = () => session.trainStep(pictures, targets, BATCH, 0.001);
  // A runtime without shared memory runs on one thread however many are asked for.
  if (threads === 1 || session.threads === threads) {
    results[`mien, step, ${threads} ${threads === 1 ? 'thread' : 'threads'}`] = await measure(step, {
      measureMs: 1500,
    });
  }
  session.dispose?.();
}
report(results);
