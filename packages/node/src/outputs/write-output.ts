import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createFormatter, type Format, type KeptMoment, withoutPictures } from '@mien/results';
import { toWriteError } from './journal.js';

/**
 * Writes a source's output: beside its place first, then renamed, so that it is whole or absent.
 *
 * @throws MienError `OUTPUT_FAILED`
 */
export async function writeOutput(
  moments: AsyncIterable<KeptMoment>,
  path: string,
  format: Format,
  labels: readonly string[],
): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  async function* toText() {
    const formatter = createFormatter(format, { labels });
    for await (const kept of moments) yield formatter.add(withoutPictures(kept));
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
