// The worker of browser-step.js: trains for a while on request and answers with the times of its steps.
import { miniXception } from '@mien/core/nn';
import { createTrainingSession } from '@mien/train/session';

const sessions = new Map();

/** Node runs the same function: see browser-step.js. */
export async function timeSteps(threads, batch, milliseconds) {
  let session = sessions.get(threads);
  if (session === undefined) {
    const options = {
      graph: miniXception(),
      batchSize: batch,
      seed: 1,
      optimizer: { kind: 'adam' },
      threads,
    };
    session = await createTrainingSession(options);
    sessions.set(threads, session);
  }
  const pictures = Float32Array.from({ length: batch * 48 * 48 }, (_, index) => Math.sin(index * 12.9898));
  const targets = Float32Array.from({ length: batch * 7 }, (_, index) => (index % 8 === 0 ? 1 : 0));
  const timesMs = [];
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    const startMs = performance.now();
    session.trainStep(pictures, targets, batch, 0.001);
    timesMs.push(performance.now() - startMs);
  }
  return timesMs;
}

globalThis.onmessage = async ({ data }) => globalThis.postMessage(await timeSteps(...data));
