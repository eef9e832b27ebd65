/** The results of a job in the formats of `mien analyze`, built from its stored readings. */
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { MienError } from '@mien/core';
import { loadOutputFormatter, summarizeRecording, type FrameResult } from '@mien/results';
import { toRecordingReport } from '@mien/results/report';
import type { Database } from '../database/database.js';
import type { FileStore } from '../store/file-store.js';
import type { JobSettings } from './job.js';

export const RESULT_FORMATS = ['json', 'ndjson', 'csv', 'vtt', 'parquet', 'report'] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

export const RESULT_TYPES: Readonly<Record<ResultFormat, string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
  report: 'text/html; charset=utf-8',
};

export interface ResultRequest {
  readonly format: ResultFormat;
  /** One item of the job; default all, in their order. */
  readonly item?: number | undefined;
}

interface Part {
  readonly name: string;
  readonly key: string;
  readonly endMs: number | undefined;
}

/**
 * The content, piece by piece.
 *
 * @throws MienError `NOT_FOUND` if nothing of it was analysed, `USAGE` for subtitles or a report of several items
 */
export async function openJobResult(
  database: Database,
  store: FileStore,
  jobId: string,
  { format, item }: ResultRequest,
): Promise<AsyncIterable<string | Uint8Array>> {
  const parts = await listParts(database, jobId, item);
  const [first] = parts;
  if (first === undefined) {
    throw new MienError(
      'NOT_FOUND',
      item === undefined
        ? 'result: nothing was analysed yet, or all of it failed; see the items of the job'
        : `result of item ${item}: there is none; see the items of the job`,
    );
  }
  if (parts.length > 1 && (format === 'vtt' || format === 'report')) {
    const what = format === 'vtt' ? 'subtitles belong to one video' : 'a report is about one video';
    throw new MienError(
      'USAGE',
      `format ${format}: ${what}, but the job has ${parts.length} results; name one with --item, or item= in the address`,
    );
  }
  const [job] = await database.query<{ labels: string[] | null; settings: JobSettings }>(
    'SELECT labels, settings FROM mien.job WHERE id = $1',
    [jobId],
  );
  const labels = job?.labels ?? [];
  if (format === 'report') return toReport(store, first, labels, job?.settings ?? {});
  const formatter = await loadOutputFormatter(format, { labels });
  const pieces = (async function* () {
    for (const part of parts) {
      for await (const result of readReadings(store, part)) {
        const piece = formatter.add(result);
        if (piece.length > 0) yield piece;
      }
    }
    yield formatter.end(first.endMs);
  })();
  return startReading(pieces);
}

/** Makes the first piece at once: what cannot be read is then an error, not an answer that breaks off. */
async function startReading<T>(pieces: AsyncGenerator<T, void, void>): Promise<AsyncIterable<T>> {
  let first: Promise<IteratorResult<T, void>> | undefined = Promise.resolve(await pieces.next());
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        const piece = first ?? pieces.next();
        first = undefined;
        return piece;
      },
      // Also if nothing was asked for: files are open.
      return: () => pieces.return(),
    }),
  };
}

async function listParts({ query }: Database, jobId: string, item: number | undefined): Promise<Part[]> {
  const rows = await query<{ name: string; result_key: string; end_ms: number | null }>(
    `SELECT name, result_key, end_ms FROM mien.segment
     WHERE job_id = $1 AND result_key IS NOT NULL AND ($2::int IS NULL OR index = $2) ORDER BY index`,
    [jobId, item ?? null],
  );
  return rows.map(({ name, result_key: key, end_ms: endMs }) => ({ name, key, endMs: endMs ?? undefined }));
}

async function* readReadings(store: FileStore, { key }: Part): AsyncGenerator<FrameResult, void, void> {
  const file = store.read(key);
  const unpacked = file.pipe(createGunzip());
  file.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const line of createInterface({ input: unpacked, crlfDelay: Infinity })) {
      if (line !== '') yield JSON.parse(line) as FrameResult;
    }
  } finally {
    file.destroy();
  }
}

async function toReport(
  store: FileStore,
  part: Part,
  labels: readonly string[],
  { everyMs }: JobSettings,
): Promise<AsyncIterable<string>> {
  const recording = await summarizeRecording(() => readReadings(store, part), labels, part.endMs);
  if (recording === undefined) {
    throw new MienError(
      'USAGE',
      'format report: a report is about a video, and this item is a picture; use json or csv',
    );
  }
  const analysed = everyMs === undefined ? 'every frame' : `the first frame of every ${everyMs} ms`;
  const settings = [['analysed', analysed] as const];
  const page = await toRecordingReport({ name: part.name, recording, isWhole: true, settings });
  return (async function* () {
    yield page;
  })();
}
