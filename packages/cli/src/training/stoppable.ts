import { EXIT_INTERRUPTED, type CommandContext } from '../command-context.js';
import { catchSignals } from '../terminal/catch-signals.js';

/** Runs `work` with a signal that the first Ctrl-C aborts. */
export async function stoppable<T>(
  context: CommandContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, forget } = catchSignals();
  signal.addEventListener('abort', () => {
    context.stderr.write('\nmien: stopping after this update; Ctrl-C again to quit without saving\n');
  });
  try {
    const result = await work(signal);
    // Also if the work was nearly done: Ctrl-C must always be acknowledged.
    if (signal.aborted) context.fail(EXIT_INTERRUPTED);
    return result;
  } finally {
    forget();
  }
}
