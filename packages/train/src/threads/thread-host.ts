/**
 * What a runtime has to offer so that a team of threads can compute in it: the port that Node's worker threads and a
 * page's web workers fill. `#threads` (package.json) names the one that fits where the code runs.
 */
import type { Barrier } from '@mien/core/compiler';
import type { Kernels } from '@mien/core/nn';

/** All that a thread needs to take its part: the arguments of `serveTeam`. */
export interface TeamSeat extends Pick<Kernels, 'module' | 'memory'> {
  /** 1 … threads − 1; the leader is 0. */
  readonly thread: number;
  readonly threads: number;
  readonly meeting: Barrier;
}

export interface RunningThread {
  /** Ends the thread at once, whatever it is doing. */
  terminate(): Promise<void>;
}

export interface ThreadHost {
  /** Threads that run at a time here; 1 where threads cannot share memory. */
  availableThreads(): number;
  /** Undefined where threads can share memory, else one sentence: why not, and what to do about it. */
  whyAlone(): string | undefined;
  /** Starts a thread; resolves when it is ready for its first run, rejects with the reason if it does not get there. */
  startThread(seat: TeamSeat): Promise<RunningThread>;
}

/** What a thread says to the one that started it, once. */
export const READY = 'ready';
