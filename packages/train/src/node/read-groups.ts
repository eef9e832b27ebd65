import type { Dataset } from '../data/dataset.js';
import { GROUPS_ADVICE, parseGroups, type Grouping } from '../data/groups.js';
import { readTextFile } from './unreadable.js';

const MAX_BYTES = 64 * 1_048_576;

/**
 * Reads groups of pictures from a CSV file; see data/groups.ts for its form.
 *
 * @throws MienError `INPUT_UNREADABLE`, `INPUT_TOO_LARGE` or `INPUT_INVALID`
 */
export async function readGroups(path: string, dataset: Dataset): Promise<readonly Grouping[]> {
  return parseGroups(await readTextFile(path, MAX_BYTES, GROUPS_ADVICE), path, dataset);
}
