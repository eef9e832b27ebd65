/** FER2013 out of a file that was chosen in a page. */
import { MienError } from '@mien/core';
import type { OnProgress } from '../../progress.js';
import type { Dataset } from '../dataset.js';
import { FER2013_ADVICE } from './fer2013.js';
import { createFer2013Parser } from './fer2013-parser.js';
import { isGzip, toDamagedGzip } from './gzipped-csv.js';

/** Read from a blob at a time. */
const CHUNK_BYTES = 262_144;

/**
 * Parses the CSV, plain or gzipped, from a file that was chosen in a page, or any other blob.
 *
 * @param source the file's name, for messages
 * @param onProgress receives the rows so far and an estimate of their number
 * @throws MienError as {@link Fer2013Parser}
 *
 * @example
 * const dataset = await parseFer2013Blob(input.files[0], input.files[0].name);
 */
export async function parseFer2013Blob(
  blob: Blob,
  source: string,
  onProgress?: OnProgress,
): Promise<Dataset> {
  const parser = createFer2013Parser(source);
  const isPacked = isGzip(new Uint8Array(await blob.slice(0, 2).arrayBuffer()));
  let bytesRead = 0;
  const chunks = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const chunk = await blob.slice(bytesRead, bytesRead + CHUNK_BYTES).arrayBuffer();
      bytesRead += chunk.byteLength;
      if (chunk.byteLength === 0) controller.close();
      else controller.enqueue(new Uint8Array(chunk));
    },
  });
  const reader = (isPacked ? chunks.pipeThrough(new DecompressionStream('gzip')) : chunks).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parser.push(value);
      onProgress?.({ done: parser.rows, total: Math.round(parser.rows / (bytesRead / blob.size)) });
    }
  } catch (cause) {
    await reader.cancel(cause).catch(() => undefined);
    if (cause instanceof MienError) throw cause;
    if (isPacked) throw toDamagedGzip(source, parser.rows, cause);
    throw new MienError('INPUT_UNREADABLE', `${source}: could not be read (${String(cause)}); ${FER2013_ADVICE}`, { cause }); // prettier-ignore
  }
  return parser.end();
}
