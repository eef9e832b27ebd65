import { stat } from 'node:fs/promises';

/** Whether there is something at a path, as far as it can be seen. */
export async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
