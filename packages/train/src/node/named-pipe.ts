import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MienError } from '@mien/core';

/** Where the pipes lie that a shell passes as files: `<(…)`, /dev/stdin. They have a writer already. */
const OPEN_PIPE = /^\/(?:dev|proc)\//;

/**
 * Refuses a named pipe as input: opening it would wait until something writes into it, for ever if nothing does.
 *
 * @throws MienError `INPUT_UNREADABLE`
 */
export async function refuseNamedPipe(path: string, advice = 'name a file'): Promise<void> {
  if (OPEN_PIPE.test(resolve(path))) return;
  const found = await stat(path).catch(() => undefined);
  if (found?.isFIFO() !== true) return;
  throw new MienError('INPUT_UNREADABLE', `${path}: is a pipe, not a file; ${advice}`);
}
