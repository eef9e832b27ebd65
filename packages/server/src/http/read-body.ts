/**
 * Reads what a client sends, counted as it comes: the length that it announces may be wrong or absent.
 *
 * What is refused is still read for a while and thrown away, because a client that is cut off while it sends does not see
 * the answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from './limits.js';
import { Problem } from './problem.js';

/** More than this is not worth waiting for. */
const DRAIN_BYTES = 64 * 2 ** 20;
const DRAIN_MS = 10_000;

/** How slow a client may be. */
export type Pace = Pick<Limits, 'idleMs' | 'uploadBytesPerSecond'>;

export interface BodyLimits {
  readonly maxBytes: number;
  readonly pace: Pace;
}

/** Parts of the time over which a rate is measured. */
const TICKS = 10;

/**
 * Calls `onProblem` once if the body is too large, if it comes too slowly, or if the client leaves.
 *
 * @returns ends the watch
 */
export function watchBody(
  incoming: IncomingMessage,
  { maxBytes, pace }: BodyLimits,
  onProblem: (problem: Problem) => void,
): () => void {
  let sizeBytes = 0;
  const onData = (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) fail(tooLarge(maxBytes));
  };
  const onClose = () => {
    if (!incoming.complete)
      fail(new Problem(400, 'BODY_CUT_SHORT', 'the body ended before all of it had come'));
  };
  let isStopped = false;
  let ticks = 0;
  let countedBytes = 0;
  const onTick = () => {
    // While what came is being stored, the client waits for us.
    if (incoming.isPaused() || ++ticks < TICKS) return;
    if (sizeBytes - countedBytes < (pace.uploadBytesPerSecond * pace.idleMs) / 1000) fail(tooSlow(pace));
    ticks = 0;
    countedBytes = sizeBytes;
  };
  // What came is still being stored: that takes its time.
  const onEnd = () => clearInterval(clock);
  const stop = () => {
    isStopped = true;
    clearInterval(clock);
    incoming.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
  };
  const fail = (problem: Problem) => {
    stop();
    onProblem(problem);
  };
  const clock = setInterval(onTick, pace.idleMs / TICKS);
  incoming.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  // A client that has left already closes nothing any more.
  if (incoming.destroyed) queueMicrotask(() => isStopped || onClose());
  return stop;
}

/** @throws Problem 413 if the announced length is too large already */
export function requireLength({ headers }: IncomingMessage, maxBytes: number): void {
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/** @throws Problem 413, 408 or 400 */
export function readBody(incoming: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    requireLength(incoming, limits.maxBytes);
    const chunks: Buffer[] = [];
    const onData = (chunk: Buffer) => void chunks.push(chunk);
    const stop = watchBody(incoming, limits, (problem) => {
      incoming.off('data', onData).off('end', onEnd);
      reject(problem);
    });
    const onEnd = () => {
      stop();
      resolve(Buffer.concat(chunks));
    };
    incoming.on('data', onData).once('end', onEnd);
  });
}

/** Throws away what is left of a body once the answer is sent. */
export function drainAfter(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.complete || incoming.destroyed) return;
  let sizeBytes = 0;
  const timer = setTimeout(() => incoming.destroy(), DRAIN_MS).unref();
  incoming.on('error', () => undefined);
  incoming.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > DRAIN_BYTES) incoming.destroy();
  });
  incoming.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
  outgoing.once('finish', () => incoming.resume());
  incoming.resume();
}

function tooLarge(maxBytes: number): Problem {
  const limit = maxBytes >= 2 ** 20 ? `${Math.floor(maxBytes / 2 ** 20)} MiB` : `${maxBytes} bytes`;
  return new Problem(
    413,
    'BODY_TOO_LARGE',
    `the body is larger than ${limit}, the limit of this service; send less`,
  );
}

function tooSlow({ idleMs, uploadBytesPerSecond }: Pace): Problem {
  const limit = `${uploadBytesPerSecond} bytes a second over ${idleMs / 1000} s`;
  return new Problem(408, 'BODY_TOO_SLOW', `the body came at less than ${limit}; send it faster`);
}
