/** Waits for what others run, a store or a database, instead of doing costly work again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MienError } from '@mien/core';

/** What could not be reached for minutes. */
export class OutOfReachError extends Error {}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** Five minutes in all. */
const TRIES = 15;

/**
 * @param report called with each error that is not the last
 * @returns what `work` returns, once it does
 * @throws OutOfReachError at last; a MienError of `work` at once, because it says that trying again is of no use
 */
export async function bePatient<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  report: (error: unknown) => void,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof MienError) throw error;
      if (tries === TRIES) throw new OutOfReachError(String(error), { cause: error });
      report(error);
      await sleep(Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS), undefined, { signal }).catch(
        () => undefined,
      );
      signal.throwIfAborted();
    }
  }
}
