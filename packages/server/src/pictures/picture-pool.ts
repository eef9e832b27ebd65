/**
 * Analyses pictures and the frames of streams over worker threads, in the order in which they came.
 *
 * The queue of pictures is bounded: further requests are refused with a time to try again, instead of waiting for an answer
 * that would come too late. A stream has one frame in the queue at most, and stays with one thread, which follows its faces.
 * A picture that takes too long ends its thread, which is replaced. If none can start any more, what waits is refused, and each
 * later request tries again.
 *
 * A thread has its next picture already while it works on one: on a busy machine it would stand idle until this thread, which
 * also answers requests, has its turn. One that waits so is taken back when another thread is free.
 */
import { MienError, type Analysis } from '@mien/core';
import { startPictureThread, type PictureThread } from './start-picture-thread.js';
import {
  CLAIM,
  takeTask,
  type Classified,
  type CropsTask,
  type PictureThreadSettings,
  type ThreadTask,
} from './thread-messages.js';

export interface PicturePoolOptions extends PictureThreadSettings {
  readonly threads: number;
  /** Pictures that may wait, beyond those that are being analysed. */
  readonly maxQueued: number;
  /** For one picture, from the moment a thread takes it. */
  readonly timeLimitMs: number;
  /** A thread ended, and no other one could start in its place. */
  readonly onProblem: (error: Error) => void;
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
   *   `TimeLimitError`; `UNSUPPORTED` without threads, `WORKER_FAILED` if its thread ended, or none can start
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

/** What a thread has: the task that it works on, and the next one. */
interface Lane {
  readonly tasks: { readonly one: Waiting; readonly claim: Int32Array }[];
  /** Streams that it follows. */
  streams: number;
  isReady: boolean;
  /** For the first of its tasks. */
  timer: NodeJS.Timeout | undefined;
}

const LANE_LENGTH = 2;

export function createPicturePool({
  threads,
  maxQueued,
  timeLimitMs,
  maxPixels,
  onProblem,
}: PicturePoolOptions): PicturePool {
  const waiting: Waiting[] = [];
  const pool = new Map<PictureThread, Lane>();
  let lastStream = 0;
  let onEmpty: (() => void) | undefined;
  let isClosing = false;

  const inLanes = () => [...pool.values()].reduce((sum, { tasks }) => sum + tasks.length, 0);
  const load = () => waiting.length + inLanes();
  const hasRoomFor = (count: number) => {
    const pictures = waiting.filter(({ thread }) => thread === undefined).length;
    return pictures + inLanes() + count <= maxQueued + threads;
  };

  const watchFirst = (thread: PictureThread, lane: Lane) => {
    clearTimeout(lane.timer);
    if (lane.tasks.length === 0) return;
    lane.timer = setTimeout(() => {
      const limit = `took longer than ${timeLimitMs / 1000} s`;
      remove(thread, new TimeLimitError(`picture: ${limit}, the limit of this service; make it smaller`));
    }, timeLimitMs);
  };
  const settle = (thread: PictureThread, end: (one: Waiting) => void) => {
    const lane = pool.get(thread);
    const first = lane?.tasks.shift();
    if (lane === undefined || first === undefined) return;
    watchFirst(thread, lane);
    end(first.one);
    if (load() === 0) onEmpty?.();
  };
  const give = (thread: PictureThread, lane: Lane, one: Waiting) => {
    const claim = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(CLAIM.open);
    lane.tasks.push({ one, claim });
    if (lane.tasks.length === 1) watchFirst(thread, lane);
    thread.send({ kind: 'task', task: one.task, claim });
  };
  /** The picture that another thread has not begun. */
  const takeBack = (): Waiting | undefined => {
    for (const { tasks } of pool.values()) {
      const [, next] = tasks;
      if (next?.one.thread !== undefined || next === undefined || !takeTask(next.claim)) continue;
      tasks.splice(1, 1);
      return next.one;
    }
    return undefined;
  };
  /** Each takes the first that it may take: waiting longest comes first, for pictures and streams alike. */
  const next = () => {
    for (let length = 0; length < LANE_LENGTH; length++) {
      for (const [thread, lane] of pool) {
        if (!lane.isReady || lane.tasks.length !== length) continue;
        const place = waiting.findIndex((one) => one.thread === undefined || one.thread === thread);
        const [found] = place < 0 ? [] : waiting.splice(place, 1);
        const one = found ?? (length === 0 ? takeBack() : undefined);
        if (one !== undefined) give(thread, lane, one);
      }
    }
  };
  /** Ends a thread, and starts another in its place if it had started itself. */
  const remove = (thread: PictureThread, error: Error) => {
    const lane = pool.get(thread);
    if (lane === undefined) return;
    pool.delete(thread);
    clearTimeout(lane.timer);
    void thread.end();
    const [first, ...others] = lane.tasks.map(({ one }) => one);
    first?.reject(error);
    // Pictures that it had not begun wait for another one; streams are lost with it.
    const left = [...others, ...waiting];
    waiting.splice(0, waiting.length, ...left.filter((one) => one.thread !== thread));
    for (const one of left) if (one.thread === thread) one.reject(lostStream());
    next();
    // One that cannot even start would be replaced for ever.
    if (lane.isReady) refill();
    else if (pool.size === 0) for (const one of waiting.splice(0)) one.reject(error);
    if (load() === 0) onEmpty?.();
  };
  /** Starts the threads that are missing; while the pool closes, only for pictures that wait. */
  const refill = () => {
    if (isClosing && waiting.length === 0) return;
    while (pool.size < threads) start().ready.catch(onProblem);
  };
  const start = (): PictureThread => {
    const thread = startPictureThread(
      { maxPixels },
      {
        onIdle() {
          const lane = pool.get(thread);
          if (lane === undefined) return;
          lane.isReady = true;
          next();
        },
        onAnswer: (value) => settle(thread, ({ resolve }) => resolve(value)),
        onRefusal: (error) => settle(thread, ({ reject }) => reject(error)),
        onFailure: (error) => remove(thread, error),
      },
    );
    pool.set(thread, { tasks: [], streams: 0, isReady: false, timer: undefined });
    return thread;
  };
  /** The answer that belongs to the task: its thread knows which. */
  const enqueue = <Answer>(task: ThreadTask, thread?: PictureThread): Promise<Answer> =>
    new Promise((resolve, reject) => {
      waiting.push({ task, thread, resolve: resolve as (answer: unknown) => void, reject });
      refill();
      next();
    });
  const enqueueIfRoom = <Answer>(task: ThreadTask): Promise<Answer> => {
    if (threads === 0) return Promise.reject(noThreads());
    if (!isClosing && hasRoomFor(1)) return enqueue(task);
    const full = 'the service has as many pictures as it can hold; try again later';
    return Promise.reject(new QueueFullError(full));
  };
  const changeStreams = (thread: PictureThread, by: number) => {
    const lane = pool.get(thread);
    if (lane !== undefined) lane.streams += by;
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
          if (threads === 0) throw noThreads();
          if (isClosing) throw new QueueFullError('the service is shutting down; try again later');
          if (thread === undefined) {
            refill();
            const [fewest] = [...pool].sort(([, a], [, b]) => a.streams - b.streams);
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
      await Promise.all([...pool.keys()].map((thread) => thread.end()));
    },
  };
}

function lostStream(): StreamLostError {
  return new StreamLostError('stream: the thread that followed its faces ended; connect again');
}

function noThreads(): MienError {
  return new MienError(
    'UNSUPPORTED',
    'picture: this process only works on jobs; start mien serve for pictures',
  );
}
