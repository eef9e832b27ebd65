import { LABEL_MAP_ADVICE, parseLabelMap, type LabelMap } from '../data/label-map.js';
import { readTextFile } from './unreadable.js';

const MAX_BYTES = 1_048_576;

/**
 * Reads a label map: a JSON object whose values are names or null.
 *
 * @throws MienError `INPUT_UNREADABLE`, `INPUT_TOO_LARGE` or `INPUT_INVALID`
 */
export async function readLabelMap(path: string): Promise<LabelMap> {
  return parseLabelMap(await readTextFile(path, MAX_BYTES, LABEL_MAP_ADVICE), path);
}
