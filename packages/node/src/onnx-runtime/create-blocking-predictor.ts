/**
 * A synchronous predictor over the asynchronous onnxruntime: a worker runs the session, and this thread blocks until the
 * result is there.
 *
 *   this thread     Atomics.wait ───────────────────────────────────── wakes, takes the answer from the port
 *   the worker      message → session.run(…) → answer to the port → Atomics.notify
 */
import { receiveMessageOnPort, type Worker } from 'node:worker_threads';
import type { Predictor } from '@mien/core';
import { runOnnxBatches } from '@mien/formats';
import { WORD, type Answer } from './session-messages.js';
import { startSession, type Session, type SessionOptions } from './start-session.js';

/** How often a blocked thread looks whether the worker is still there. */
const CHECK_MS = 1000;

/** @throws MienError as {@link startSession}; `predict` throws `WORKER_FAILED` if the worker has ended */
export async function createBlockingPredictor(options: SessionOptions): Promise<Predictor> {
  const session = await startSession(options);
  return {
    predict(inputs, count) {
      const runs = runOnnxBatches(options, inputs, count);
      let next = runs.next();
      while (next.done !== true) {
        session.port.postMessage(next.value);
        next = runs.next(session.toOutput(waitForAnswer(session)));
      }
      return next.value;
    },
  };
}

function waitForAnswer({ worker, port, state, toEndError }: Session): Answer {
  for (;;) {
    // Read both before the port: an answer in between then ends the wait at once, and a last answer counts.
    const seen = Atomics.load(state, WORD.answers);
    const isOver = Atomics.load(state, WORD.ended) === 1 || isGone(worker);
    const received = receiveMessageOnPort(port) as { message: Answer } | undefined;
    if (received !== undefined) return received.message;
    if (isOver) throw toEndError();
    Atomics.wait(state, WORD.answers, seen, CHECK_MS);
  }
}

/**
 * Whether a worker is gone that could not say so, such as one that had no memory left. Its events wait for this thread, but
 * its times do not: without a thread, Node (20 to 24) states no active time, or an idle time below 0.
 */
function isGone({ performance }: Worker): boolean {
  const { active, idle } = performance.eventLoopUtilization();
  return active === 0 || idle < 0;
}
