import { EXIT_INTERRUPTED, type CommandContext } from '../command-context.js';

/** Runs `work` with a signal that the first Ctrl-C aborts. */
export async function stoppable<T>(
  context: CommandContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  // Only once: a second Ctrl-C ends the process immediately, as without this handler.
  const onSignal = (): void => {
    context.stderr.write('\nmien: stopping after this update; Ctrl-C again to quit without saving\n');
    stop.abort();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const result = await work(stop.signal);
    // Also if the work was nearly done: Ctrl-C must always be acknowledged.
    if (stop.signal.aborted) context.fail(EXIT_INTERRUPTED);
    return result;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
