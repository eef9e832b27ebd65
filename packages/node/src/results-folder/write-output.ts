import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createFormatter, type Format, type FrameRecord, withoutPictures } from '@mien/results';
import { toWriteError } from './to-write-error.js';

/**
 * Writes the output of a source: first under another name, then renamed, so that it is either whole or absent.
 *
 * @throws MienError `OUTPUT_FAILED`
 */
export async function writeOutput(
  records: AsyncIterable<FrameRecord>,
  path: string,
  format: Format,
  labels: readonly string[],
): Promise<void> {
  // One name for every process: what a killed one left is overwritten when its source is done again.
  const partial = `${path}.partial`;
  async function* toText() {
    const formatter = createFormatter(format, { labels });
    for await (const record of records) yield formatter.add(withoutPictures(record));
    yield formatter.end();
  }
  try {
    await pipeline(Readable.from(toText()), createWriteStream(partial, { flush: true }));
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw toWriteError(path, cause);
  }
}
