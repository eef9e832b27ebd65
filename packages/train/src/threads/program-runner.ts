/** Runs programs on one or several threads, with the same results bit for bit. */
import { threadHost } from '#threads';
import { MienError } from '@mien/core';
import { createBarrier, TeamLeader, type Program } from '@mien/core/compiler';
import { createKernels, type KernelBuild, type Kernels } from '@mien/core/nn';

export interface ProgramRunner {
  readonly kernels: Kernels;
  readonly threads: number;
  /** @throws MienError `WORKER_FAILED` if a thread stopped during its work */
  run(program: Program): void;
  /** Stops the threads; the runner must not be used afterwards. */
  dispose(): Promise<void>;
}

const MAX_THREADS = 64;

/**
 * Creates kernels and the threads to run them on.
 *
 * @param threads 1 … 64; default: as many as run in parallel, which is 1 when threads cannot share memory
 * @param build default: the fastest that this runtime supports
 * @throws MienError `USAGE` for another number, `UNSUPPORTED` for several threads where they cannot share memory,
 *   `WORKER_FAILED` if they do not start
 */
export async function createProgramRunner(
  threads: number = Math.min(threadHost.availableThreads(), MAX_THREADS),
  build?: KernelBuild,
): Promise<ProgramRunner> {
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new MienError('USAGE', `threads: expected a whole number from 1 to ${MAX_THREADS}, got ${threads}`);
  }
  const obstacle = threads === 1 ? undefined : threadHost.whySingleThreaded();
  if (obstacle !== undefined) {
    throw new MienError('UNSUPPORTED', `threads: ${threads} cannot share memory, ${obstacle}, or ask for 1`);
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
  const barrier = createBarrier();
  const { module, memory } = kernels;
  const starts = await Promise.allSettled(
    Array.from({ length: threads - 1 }, (_, index) =>
      threadHost.startThread({ module, memory, thread: index + 1, threads, barrier }),
    ),
  );
  const members = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const terminateAll = () => Promise.all(members.map((member) => member.terminate()));
  const failure = starts.find((start) => start.status === 'rejected');
  if (failure !== undefined) {
    await terminateAll();
    const reason: unknown = failure.reason;
    const why = reason instanceof Error ? reason.message : String(reason);
    throw new MienError('WORKER_FAILED', `threads: a worker did not start (${why}); run with one thread`, {
      cause: reason,
    });
  }
  const leader = new TeamLeader(kernels, threads, barrier);
  return {
    kernels,
    threads,
    run: (program) => {
      leader.run(program);
    },
    dispose: async () => {
      leader.stop();
      await terminateAll();
    },
  };
}
