import { MienError } from '@mien/core';

/** What an action throws, which has to be one of our errors. */
export function errorOf(action: () => unknown): MienError {
  try {
    action();
  } catch (error) {
    if (error instanceof MienError) return error;
    throw error;
  }
  throw new Error('expected an error');
}
