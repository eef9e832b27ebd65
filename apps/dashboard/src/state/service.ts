/** How the service answers. */
import { signal } from '@preact/signals';

export const isReachable = signal(true);
/** It refused: a key is missing or not valid. */
export const needsKey = signal(false);
/** What went wrong last, in a line for people; empty for nothing. */
export const problem = signal('');

export function report(error: unknown): void {
  // Whether it can be reached, and whether a key is missing, is shown elsewhere.
  if (!isReachable.value || needsKey.value) return;
  problem.value = error instanceof Error ? error.message : String(error);
}
