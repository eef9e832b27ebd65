import type { Dataset } from '../data/dataset.js';
import { addFerPlusVotes, FERPLUS_ADVICE } from '../data/ferplus.js';
import { readTextFile } from './unreadable.js';

/** Twenty times the published file. */
const MAX_BYTES = 33_554_432;

/**
 * The dataset with labels from FER+'s votes.
 *
 * @param dataset all rows of FER2013's CSV, in their order
 * @param path of `fer2013new.csv`
 * @param share of the votes in each target, 0 to 1: see {@link addFerPlusVotes}
 * @throws MienError when the file cannot be read, has another form or does not match the dataset's rows
 */
export async function readFerPlusVotes(dataset: Dataset, path: string, share = 1): Promise<Dataset> {
  return addFerPlusVotes(dataset, await readTextFile(path, MAX_BYTES, FERPLUS_ADVICE), path, share);
}
