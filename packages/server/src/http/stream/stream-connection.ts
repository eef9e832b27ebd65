/**
 * One stream: pictures in, results out, faces followed from frame to frame.
 *
 *   text     {"key": "…"} first, if keys are needed and the headers hold none (pages cannot set headers of a WebSocket)
 *   text     {"timestampMs": 1200} before a frame; without it, a frame's time is that of its arrival
 *   binary   a frame: the bytes of a picture
 *   answer   {"frame": 7, …}: the number of the frame, from 1, and its result
 *
 * There is no queue: while a frame is analysed, the newest one waits, and takes the place of an older one that waits. The
 * next is analysed when the answer before has left, so a client that reads slowly gets fewer answers, not older ones.
 */
import { z } from '@hono/zod-openapi';
import type { RawData, WebSocket } from 'ws';
import type { PictureStream } from '../../pictures/picture-pool.js';
import type { Limits } from '../limits.js';
import { Problem, toBody, toProblem } from '../problem.js';

export interface StreamOptions {
  /** Whether the caller is known already, by a header or because no key is needed. */
  readonly isKnown: boolean;
  /** @throws Problem 401, 403 */
  readonly identify: (key: string) => Promise<void>;
  /** Asked for at each frame. @throws Problem 401, 403 if the key was revoked or expired since */
  readonly mayGoOn: () => Promise<void>;
  /** Asked for at the first frame. @throws MienError `NOT_FOUND` for a model that is not there */
  readonly open: () => Promise<PictureStream>;
  readonly limits: Pick<Limits, 'streamIdleMs'>;
  readonly onFrame: (outcome: 'analysed' | 'skipped' | 'refused') => void;
  readonly onProblem: (error: Error) => void;
}

const messageSchema = z
  .strictObject({ key: z.string().max(200), timestampMs: z.number().min(0) })
  .partial()
  .refine((message) => Object.keys(message).length === 1);

/** A stranger has so long to send a key. */
const KEY_MS = 10_000;
/** Of the reason of a close. Ref: RFC 6455, 5.5. */
const MAX_REASON_BYTES = 123;

export function runStream(
  socket: WebSocket,
  options: StreamOptions,
): { readonly end: (problem: Problem) => void } {
  const { identify, mayGoOn, open, limits, onFrame, onProblem } = options;
  const startMs = performance.now();
  let isKnown = options.isKnown;
  let stream: PictureStream | undefined;
  let received = 0;
  let timestampMs: number | undefined;
  let lastMs = -Infinity;
  let newest: { readonly bytes: Buffer; readonly frame: number; readonly timestampMs: number } | undefined;
  let isRunning = false;
  const isOpen = () => socket.readyState === socket.OPEN;
  /** Messages are handled in their order, though checking a key takes a moment. */
  let turn: Promise<void> = Promise.resolve();

  /** The code of a close is 4000 and the HTTP status of the same refusal. Ref: RFC 6455, 7.4.2. */
  const end = (problem: Problem) => {
    if (!isOpen()) return;
    socket.send(JSON.stringify(toBody(problem)));
    const reason = Buffer.from(`${problem.code}: ${problem.detail}`).subarray(0, MAX_REASON_BYTES - 3);
    socket.close(4000 + problem.status, reason.toString().replace(/\uFFFD$/, ''));
  };
  const fail = (error: unknown) => {
    const problem = toProblem(error);
    if (problem === undefined) onProblem(error instanceof Error ? error : new Error(String(error)));
    end(problem ?? new Problem(500, 'INTERNAL', 'the service failed; its log says more'));
  };
  const endIdle = () => {
    if (isRunning) idle.refresh();
    else if (!isKnown) end(new Problem(401, 'KEY_REQUIRED', 'no key came; send {"key": "…"} first'));
    else
      end(
        new Problem(408, 'STREAM_IDLE', `no frame came for ${limits.streamIdleMs / 1000} s; connect again`),
      );
  };
  let idle = setTimeout(endIdle, isKnown ? limits.streamIdleMs : KEY_MS);

  const run = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      while (newest !== undefined && isOpen()) {
        const { bytes, frame, timestampMs: atMs } = newest;
        newest = undefined;
        await mayGoOn();
        stream ??= await open();
        if (!isOpen()) break; // The client left meanwhile.
        const analysis = await stream.analyze(bytes, atMs);
        onFrame('analysed');
        idle.refresh();
        await send({ frame, ...analysis });
      }
    } catch (error) {
      onFrame('refused');
      fail(error);
    } finally {
      isRunning = false;
      if (socket.readyState === socket.CLOSED) stream?.close();
    }
  };
  /** Resolves when it has left. */
  const send = (answer: object) =>
    new Promise<void>((resolve) => {
      if (isOpen()) socket.send(JSON.stringify(answer), () => resolve());
      else resolve();
    });
  const onText = async (text: string) => {
    const message = parseMessage(text);
    if (message.timestampMs !== undefined) {
      requireKnown(isKnown);
      if (message.timestampMs < lastMs) {
        throw new Problem(
          400,
          'USAGE',
          `timestampMs: must not go back, got ${message.timestampMs} after ${lastMs}`,
        );
      }
      timestampMs = message.timestampMs;
    }
    if (message.key === undefined) return;
    await identify(message.key);
    if (isKnown || !isOpen()) return;
    isKnown = true;
    clearTimeout(idle);
    idle = setTimeout(endIdle, limits.streamIdleMs);
  };
  const onPicture = (bytes: Buffer) => {
    requireKnown(isKnown);
    if (!isOpen()) return; // It is being closed.
    idle.refresh();
    if (newest !== undefined) onFrame('skipped');
    lastMs = Math.max(lastMs, timestampMs ?? performance.now() - startMs);
    newest = { bytes, frame: ++received, timestampMs: lastMs };
    timestampMs = undefined;
    void run();
  };
  socket.on('message', (data: RawData, isBinary: boolean) => {
    const bytes = data as Buffer; // `binaryType` is left at its default, 'nodebuffer'
    turn = turn.then(() => (isBinary ? onPicture(bytes) : onText(bytes.toString()))).catch(fail);
  });
  // Malformed frames: ws closes with 1002, 1007 or 1009 and says so here.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(idle);
    newest = undefined;
    // A frame that is on its way to a thread would take a follower anew: then `run` closes the stream.
    if (!isRunning) stream?.close();
  });
  return { end };
}

/** @throws Problem 401 */
function requireKnown(isKnown: boolean): void {
  if (!isKnown) throw new Problem(401, 'KEY_REQUIRED', 'the first message must be {"key": "…"}');
}

/** @throws Problem 400 */
function parseMessage(text: string): z.infer<typeof messageSchema> {
  try {
    return messageSchema.parse(JSON.parse(text));
  } catch {
    throw new Problem(400, 'MESSAGE_INVALID', 'a text message must be {"key": "…"} or {"timestampMs": 1200}');
  }
}
