import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { MienError } from '@mien/core';
import type { Dataset } from '../data/dataset.js';
import { FER2013_ADVICE } from '../data/fer2013/fer2013.js';
import { createFer2013Parser } from '../data/fer2013/fer2013-parser.js';
import { isGzip, toDamagedGzip } from '../data/fer2013/gzipped-csv.js';
import type { OnProgress } from '../progress.js';
import { refuseNamedPipe } from './named-pipe.js';
import { errorCode, toUnreadable } from './unreadable.js';

const CHUNK_BYTES = 262_144;

/**
 * Reads FER2013's CSV, plain or gzipped.
 *
 * @param onProgress receives the rows so far and an estimate of their number
 * @throws MienError `INPUT_UNREADABLE` when it cannot be opened, `INPUT_INVALID` naming the first row that breaks the
 *   form, `INPUT_TOO_LARGE` above 400,000 rows
 */
export async function readFer2013(path: string, onProgress?: OnProgress): Promise<Dataset> {
  let file: FileHandle;
  let sizeBytes: number;
  try {
    await refuseNamedPipe(path);
    file = await open(path);
    const status = await file.stat();
    sizeBytes = status.size;
    if (status.isDirectory()) {
      await file.close();
      throw Object.assign(new Error(), { code: 'EISDIR' });
    }
  } catch (cause) {
    throw toUnreadable(path, cause, FER2013_ADVICE);
  }

  const parser = createFer2013Parser(path);
  /** The row that breaks the form: a stream that is stopped by it reports that it was stopped. */
  let refused: unknown;
  try {
    const magic = new Uint8Array(2);
    await file.read(magic, 0, 2, 0);
    const source = file.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES });
    const scan = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of chunks) {
        try {
          parser.push(chunk);
        } catch (error) {
          refused = error;
          throw error;
        }
        const part = source.bytesRead / sizeBytes; // of a pipe, which has no size, infinite
        if (part <= 1) onProgress?.({ done: parser.rows, total: Math.round(parser.rows / part) });
      }
    };
    if (isGzip(magic)) {
      await pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), scan);
    } else {
      await pipeline(source, scan);
    }
  } catch (caught) {
    const cause = refused ?? caught;
    if (cause instanceof MienError) throw cause;
    if (errorCode(cause)?.startsWith('Z_') === true) {
      throw toDamagedGzip(path, parser.rows, cause);
    }
    throw toUnreadable(path, cause, FER2013_ADVICE);
  } finally {
    await file.close().catch(() => undefined);
  }
  return parser.end();
}
