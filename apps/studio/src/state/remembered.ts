/** The settings of the last visit, kept in this browser only if that is asked for. */
import { signal } from '@preact/signals';

/** Other copies of the studio may be on the same origin. */
const KEY = `mien-studio ${location.pathname}`;

/** The query of an address; `undefined` where nothing is remembered, or the browser keeps nothing. */
export function readRemembered(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export const isRemembered = signal(readRemembered() !== undefined);

/** @returns whether the browser keeps it; it may be told to keep nothing, or be full */
export function remember(search: string): boolean {
  try {
    localStorage.setItem(KEY, search);
    return true;
  } catch {
    return false;
  }
}

export function forgetRemembered(): void {
  isRemembered.value = false;
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Then nothing is kept.
  }
}
