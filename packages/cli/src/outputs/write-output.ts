import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createFormatter, type Format } from './formatter.js';
import { toWriteError } from './journal.js';
import { withoutPictures, type KeptMoment } from './moment.js';

/** A file is read by programs and people alike: no colours, and bars as wide as on a page. */
const PLAIN = { columns: 80, style: (_: unknown, text: string) => text };

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
    const formatter = createFormatter(format, { labels, terminal: PLAIN });
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
