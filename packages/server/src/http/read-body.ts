/**
 * Reads what a client sends, counted as it comes: the length that it announces may be wrong or absent.
 *
 * What is refused is still read for a while and thrown away, because a client that is cut off while it sends does not see
 * the answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from './problem.js';

/** More than this is not worth waiting for. */
const DRAIN_BYTES = 64 * 2 ** 20;
const DRAIN_MS = 10_000;

export interface BodyLimits {
  readonly maxBytes: number;
  readonly idleMs: number;
}

/**
 * Calls `onProblem` once if the body is too large, if nothing comes for a while, or if the client leaves.
 *
 * @returns ends the watch
 */
export function watchBody(
  incoming: IncomingMessage,
  { maxBytes, idleMs }: BodyLimits,
  onProblem: (problem: Problem) => void,
): () => void {
  let sizeBytes = 0;
  const onData = (chunk: Buffer) => {
    timer.refresh();
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) fail(tooLarge(maxBytes));
  };
  const onClose = () => {
    if (!incoming.complete)
      fail(new Problem(400, 'BODY_CUT_SHORT', 'the body ended before all of it had come'));
  };
  // What came is still being stored: that takes its time.
  const onEnd = () => clearTimeout(timer);
  const stop = () => {
    clearTimeout(timer);
    incoming.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
  };
  const fail = (problem: Problem) => {
    stop();
    onProblem(problem);
  };
  const timer = setTimeout(() => {
    fail(new Problem(408, 'BODY_TOO_SLOW', `nothing of the body came for ${idleMs / 1000} s`));
  }, idleMs);
  incoming.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
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
