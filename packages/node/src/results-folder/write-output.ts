import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { planWrite } from '@mien/train/write-file';
import { type FrameRecord, loadOutputFormatter, type OutputFormat, withoutPictures } from '@mien/results';
import { toWriteError } from './to-write-error.js';

/**
 * Writes the output of a source: first under another name, then renamed, so that it is either whole or absent. Links
 * are followed; pipes and devices are written in place.
 *
 * @param endMs when the recording ends, if that is known
 * @throws MienError `OUTPUT_FAILED`
 */
export async function writeOutput(
  records: AsyncIterable<FrameRecord>,
  path: string,
  format: OutputFormat,
  labels: readonly string[],
  endMs?: number,
): Promise<void> {
  let partial: string | undefined;
  async function* toContent() {
    const formatter = await loadOutputFormatter(format, { labels });
    for await (const record of records) {
      const piece = formatter.add(withoutPictures(record));
      if (piece.length > 0) yield piece;
    }
    yield formatter.end(endMs);
  }
  try {
    const place = await planWrite(path);
    const { target } = place;
    // One name for every process: what a killed one left is overwritten when its source is done again.
    if (place.partial !== undefined) partial = `${target}.partial`;
    await pipeline(
      Readable.from(toContent(), { objectMode: false }),
      partial === undefined
        ? createWriteStream(target, { flags: 'a' })
        : createWriteStream(partial, { flush: true }),
    );
    if (partial !== undefined) await rename(partial, target);
  } catch (cause) {
    if (partial !== undefined) await rm(partial, { force: true }).catch(() => undefined);
    throw toWriteError(path, cause);
  }
}
