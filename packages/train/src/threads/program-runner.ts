/** Runs programs on one thread or on several; the results are the same bit for bit. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { MienError } from '@mien/core';
import {
  createKernels,
  createMeetingPoint,
  TeamLeader,
  type KernelBuild,
  type Kernels,
  type Program,
} from '@mien/core/nn';
import type { ThreadTeamWorkerData } from './thread-team-worker.js';

export interface ProgramRunner {
  readonly kernels: Kernels;
  readonly threads: number;
  run(program: Program): void;
  /** Ends the threads; the runner must not be used afterwards. */
  dispose(): Promise<void>;
}

const MAX_THREADS = 64;

/**
 * Creates kernels and the threads to run them on.
 *
 * @param threads 1 … 64; default: as many as the machine runs at a time
 * @param build default: the best that this runtime can run
 */
export async function createProgramRunner(
  threads: number = availableParallelism(),
  build?: KernelBuild,
): Promise<ProgramRunner> {
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new MienError('USAGE', `threads: expected a whole number from 1 to ${MAX_THREADS}, got ${threads}`);
  }
  const kernels = await createKernels({ shared: threads > 1, ...(build === undefined ? {} : { build }) });
  if (threads === 1) {
    return {
      kernels,
      threads,
      run: (program) => {
        kernels.run(program);
      },
      dispose: () => Promise.resolve(),
    };
  }
  const meeting = createMeetingPoint();
  const leader = new TeamLeader(kernels, threads, meeting);
  const workers = Array.from({ length: threads - 1 }, (_, index) => {
    const { module, memory } = kernels;
    const workerData: ThreadTeamWorkerData = { module, memory, thread: index + 1, threads, meeting };
    const worker = new Worker(new URL('./thread-team-worker.js', import.meta.url), { workerData });
    // An idle team must not keep the process alive.
    worker.unref();
    return worker;
  });
  return {
    kernels,
    threads,
    run: (program) => {
      leader.run(program);
    },
    dispose: async () => {
      leader.stop();
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
