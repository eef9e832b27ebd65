/**
 * The interface to a runtime's threads, implemented for Node's worker threads and for web workers. `#threads`
 * (package.json) resolves to the implementation for the current runtime.
 */
import type { Barrier } from '@mien/core/compiler';
import type { Kernels } from '@mien/core/nn';

/** What a thread needs to join a team: the arguments of `serveTeam`. */
export interface ThreadArguments extends Pick<Kernels, 'module' | 'memory'> {
  /** 1 … threads − 1; the leader is 0. */
  readonly thread: number;
  readonly threads: number;
  readonly barrier: Barrier;
}

export interface RunningThread {
  /** Stops the thread immediately. */
  terminate(): Promise<void>;
}

export interface ThreadHost {
  /** Number of threads that run in parallel; 1 when threads cannot share memory. */
  availableThreads(): number;
  /** Why threads cannot share memory and what to do about it, in one sentence; `undefined` when they can. */
  whySingleThreaded(): string | undefined;
  /** Starts a thread; resolves when it is ready for its first run, rejects with the reason when it fails to start. */
  startThread(args: ThreadArguments): Promise<RunningThread>;
}

/** The message that a thread sends once, when it is ready. */
export const READY = 'ready';
