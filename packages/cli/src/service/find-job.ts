import { MienError } from '@mien/core';
import type { Jobs } from '@mien/server';

const ID_LENGTH = 36;
const MIN_PREFIX = 4;

/**
 * The id of the job that begins with `text`, or `text` itself where there is none.
 *
 * @throws MienError `USAGE` for fewer than four characters, or when several jobs begin so
 */
export async function findJobId(jobs: Pick<Jobs, 'list'>, text: string): Promise<string> {
  if (text.length < MIN_PREFIX) {
    throw new MienError('USAGE', `job ${text}: give its id, or at least the first ${MIN_PREFIX} characters`);
  }
  if (text.length >= ID_LENGTH) return text;
  const ids = (await jobs.list()).map(({ id }) => id).filter((id) => id.startsWith(text.toLowerCase()));
  if (ids.length > 1) {
    throw new MienError(
      'USAGE',
      `job ${text}: ${ids.length} begin so (${ids.join(', ')}); give more of the id`,
    );
  }
  return ids[0] ?? text;
}
