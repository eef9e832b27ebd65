/**
 * Analyses pictures and the frames of streams over worker threads, in the order in which they came.
 *
 * The queue of pictures is bounded: further requests are refused with a time to try again, instead of waiting for an answer
 * that would come too late. A stream has one frame in the queue at most, and stays with one thread, which follows its faces.
 * A picture that takes too long ends its thread, which is replaced.
 */
import type { Analysis } from '@mien/core';
import { startPictureThread, type PictureThread } from './start-picture-thread.js';
import type { Classified, CropsTask, PictureThreadSettings, ThreadTask } from './thread-messages.js';

export interface PicturePoolOptions extends PictureThreadSettings {
  readonly threads: number;
  /** Pictures that may wait, beyond those that are being analysed. */
  readonly maxQueued: number;
  /** For one picture, from the moment a thread takes it. */
  readonly timeLimitMs: number;
}

export interface PicturePool {
  /** Resolves when every thread has loaded its model. */
  readonly ready: Promise<void>;
  /** Pictures that wait or are being analysed. */
  readonly load: number;
  /** Whether so many more pictures fit into the queue. */
  hasRoomFor(count: number): boolean;
  /**
   * @param model an installed model's id or the path of a model's file; default the installed default
   * @throws MienError for a picture that cannot be read, `INPUT_TOO_LARGE` beyond the limit of pixels; `QueueFullError`;
   *   `TimeLimitError`
   */
  analyze(bytes: Uint8Array, model?: string): Promise<Analysis>;
  /** What the network says of crops that are ready for it. @throws as `analyze`, `USAGE` for another shape */
  classify(crops: Omit<CropsTask, 'kind'>): Promise<Classified>;
  /** Frames of one video, as they come. Costs nothing until its first frame. */
  openStream(model?: string): PictureStream;
  /** Waits for the pictures that are there, and ends the threads. */
  close(): Promise<void>;
}

export interface PictureStream {
  /**
   * Analyses the next frame; await it before the next.
   *
   * @throws MienError as `analyze()` of the pool, `StreamLostError`
   */
  analyze(bytes: Uint8Array, timestampMs: number): Promise<Analysis>;
  close(): void;
}

/** The service has more pictures to analyse than may wait. */
export class QueueFullError extends Error {}

/** The thread that followed the faces of a stream ended. */
export class StreamLostError extends Error {}

/** A picture took longer than the service allows. */
export class TimeLimitError extends Error {}

interface Waiting {
  readonly task: ThreadTask;
  /** The only one that may take it. */
  readonly thread: PictureThread | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export function createPicturePool({
  threads,
  maxQueued,
  timeLimitMs,
  maxPixels,
}: PicturePoolOptions): PicturePool {
  const waiting: Waiting[] = [];
  const pool = new Set<PictureThread>();
  const busy = new Map<PictureThread, { readonly one: Waiting; readonly timer: NodeJS.Timeout }>();
  const idle: PictureThread[] = [];
  /** Streams that each thread follows. */
  const streamsOf = new Map<PictureThread, number>();
  let lastStream = 0;
  let onEmpty: (() => void) | undefined;
  let isClosing = false;

  const load = () => waiting.length + busy.size;
  const hasRoomFor = (count: number) => {
    const pictures = waiting.filter(({ thread }) => thread === undefined).length;
    return pictures + busy.size + count <= maxQueued + threads;
  };

  const settle = (thread: PictureThread, end: (one: Waiting) => void) => {
    const current = busy.get(thread);
    busy.delete(thread);
    clearTimeout(current?.timer);
    if (current !== undefined) end(current.one);
    if (load() === 0) onEmpty?.();
  };
  const next = () => {
    // Each takes the first that it may take: waiting longest comes first, for pictures and streams alike.
    for (const thread of [...idle]) {
      const place = waiting.findIndex((one) => one.thread === undefined || one.thread === thread);
      const [one] = place < 0 ? [] : waiting.splice(place, 1);
      if (one === undefined) continue;
      idle.splice(idle.indexOf(thread), 1);
      const timer = setTimeout(() => {
        const limit = `took longer than ${timeLimitMs / 1000} s`;
        remove(thread, new TimeLimitError(`picture: ${limit}, the limit of this service; make it smaller`));
      }, timeLimitMs);
      busy.set(thread, { one, timer });
      thread.send(one.task);
    }
  };
  /** Ends a thread and starts another in its place. */
  const remove = (thread: PictureThread, error: Error) => {
    if (!pool.delete(thread)) return;
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
    streamsOf.delete(thread);
    void thread.end();
    settle(thread, ({ reject }) => reject(error));
    for (const one of waiting.filter((other) => other.thread === thread)) {
      waiting.splice(waiting.indexOf(one), 1);
      one.reject(lostStream());
    }
    if (!isClosing) start().ready.catch(() => undefined);
  };
  const start = (): PictureThread => {
    const thread = startPictureThread(
      { maxPixels },
      {
        onIdle() {
          if (!pool.has(thread)) return;
          idle.push(thread);
          next();
        },
        onAnswer: (value) => settle(thread, ({ resolve }) => resolve(value)),
        onRefusal: (error) => settle(thread, ({ reject }) => reject(error)),
        onFailure(error, wasReady) {
          // One that cannot even start would be replaced for ever.
          if (wasReady) remove(thread, error);
          else pool.delete(thread);
        },
      },
    );
    pool.add(thread);
    streamsOf.set(thread, 0);
    return thread;
  };
  /** The answer that belongs to the task: its thread knows which. */
  const enqueue = <Answer>(task: ThreadTask, thread?: PictureThread): Promise<Answer> =>
    new Promise((resolve, reject) => {
      waiting.push({ task, thread, resolve: resolve as (answer: unknown) => void, reject });
      next();
    });
  const enqueueIfRoom = <Answer>(task: ThreadTask): Promise<Answer> => {
    if (!isClosing && hasRoomFor(1)) return enqueue(task);
    const full = 'the service has as many pictures as it can hold; try again later';
    return Promise.reject(new QueueFullError(full));
  };
  const changeStreams = (thread: PictureThread, by: number) => {
    const count = streamsOf.get(thread);
    if (count !== undefined) streamsOf.set(thread, count + by);
  };

  const starting = Array.from({ length: threads }, start);
  const ready = Promise.all(starting.map((thread) => thread.ready)).then(() => undefined);
  ready.catch(() => undefined);
  return {
    ready,
    get load() {
      return load();
    },
    hasRoomFor,
    analyze: (bytes, model) => enqueueIfRoom({ kind: 'analyze', bytes, model }),
    classify: (crops) => enqueueIfRoom({ kind: 'classify', ...crops }),
    openStream(model) {
      const stream = ++lastStream;
      let thread: PictureThread | undefined;
      let last: Promise<unknown> = Promise.resolve();
      return {
        async analyze(bytes, timestampMs) {
          if (isClosing) throw new QueueFullError('the service is shutting down; try again later');
          if (thread === undefined) {
            const [fewest] = [...streamsOf].sort(([, a], [, b]) => a - b);
            thread = fewest?.[0];
            if (thread === undefined) throw lostStream();
            changeStreams(thread, 1);
          }
          if (!pool.has(thread)) throw lostStream();
          const frame = { stream, timestampMs };
          const analysis = enqueue<Analysis>({ kind: 'analyze', bytes, model, frame }, thread);
          last = analysis.catch(() => undefined);
          return analysis;
        },
        close() {
          if (thread === undefined) return;
          const follows = thread;
          changeStreams(follows, -1);
          // A frame that is still analysed would start a follower anew.
          void last.then(() => {
            if (pool.has(follows)) follows.send({ kind: 'endStream', stream });
          });
        },
      };
    },
    async close() {
      isClosing = true;
      if (load() > 0) await new Promise<void>((resolve) => (onEmpty = resolve));
      await Promise.all([...pool].map((thread) => thread.end()));
    },
  };
}

function lostStream(): StreamLostError {
  return new StreamLostError('stream: the thread that followed its faces ended; connect again');
}
