import { stat } from 'node:fs/promises';

/** Whether a file or folder exists and can be accessed. */
export async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
