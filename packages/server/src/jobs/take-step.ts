/**
 * What a worker does for a ticket:
 *
 *   no step      analyses a picture or video, or divides a long video into chunks
 *   a number     reads that chunk
 *   'join'       makes the results of a video out of the readings of its chunks
 *
 * Each begins with a row, computes, stores what came of it, and returns how to record that.
 */
import { DEFAULT_CHUNK_MS, MienError } from '@mien/core';
import type { AnalyzerSettings, SourceProgress } from '@mien/node/analysis';
import { planChunks } from '@mien/node/sources';
import type { PgBoss } from 'pg-boss';
import type { Database } from '../database/database.js';
import type { ModelStore } from '../models/model-store.js';
import { chunkKey, resultKey, type BorrowedFile, type FileStore } from '../store/file-store.js';
import {
  beginChunk,
  divideSegment,
  endChunk,
  listChunks,
  readChunkAgain,
  readInOnePiece,
  reportChunk,
  type ChunkRow,
} from './change-chunks.js';
import { beginSegment, endSegment, reportProgress } from './change-job.js';
import type { JobSettings } from './job.js';
import type { Attempt } from './job-transaction.js';
import { withName, type SegmentAnalyst } from './segment-analyst.js';

export interface StepContext {
  readonly database: Database;
  readonly boss: PgBoss;
  readonly store: FileStore;
  readonly models: Pick<ModelStore, 'resolve'>;
  readonly settings: AnalyzerSettings;
  readonly analyst: SegmentAnalyst;
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
  /** Tries again while the store cannot be reached. */
  readonly patiently: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface Step {
  /** Says how far it is. */
  readonly report: () => Promise<void>;
  /** @returns how to record what came of it */
  readonly work: () => Promise<Recording>;
  /** Records that the file cannot be analysed. */
  readonly fail: (error: { readonly code: string; readonly message: string }) => Promise<void>;
}

export interface Recording {
  readonly record: () => Promise<void>;
  /** Removes what is not needed any more, once it is recorded. */
  readonly tidy?: () => Promise<void>;
}

/** @returns `undefined` if there is nothing to do any more: the job was cancelled or deleted */
export function beginStep(context: StepContext): Promise<Step | undefined> {
  const { step } = context.attempt.ticket;
  if (typeof step === 'number') return beginReading(context, step);
  return step === 'join' ? beginJoining(context) : beginAnalysis(context);
}

async function beginAnalysis(context: StepContext): Promise<Step | undefined> {
  const { database, boss, store, analyst, attempt, signal, patiently } = context;
  const { ticket } = attempt;
  const begun = await beginSegment(database, attempt);
  if (begun === undefined) return undefined;
  const { name, inputKey, settings } = begun;
  const chunkMs = context.settings.chunkMs ?? DEFAULT_CHUNK_MS;
  let progress: SourceProgress = { frames: 0 };
  return {
    report: () => reportProgress(database, ticket, progress),
    work: () =>
      borrowing(context, inputKey, async ({ path }) => {
        const plan = begun.isWhole
          ? undefined
          : await planChunks(path, { ...settings, signal }, chunkMs).catch((error: unknown) => {
              throw withName(error, path, name);
            });
        signal.throwIfAborted();
        if (plan !== undefined) return { record: () => divideSegment(database, boss, attempt, plan) };
        const model = await modelOf(context, settings);
        const read = await analyst.analyze(
          { name, path, model, settings },
          signal,
          (now) => (progress = now),
        );
        const { bytes, frames, labels, note } = read;
        const key = resultKey(ticket.jobId, ticket.index);
        const file = await patiently(() => store.replace(key, bytes));
        const outcome = { state: 'done', key, file, labels, note } as const;
        return {
          record: () => endSegment(database, boss, attempt, outcome, frames),
          tidy: () => store.remove(inputKey), // A failed one keeps its upload, so that it can be tried again.
        };
      }),
    fail: (error) => endSegment(database, boss, attempt, { state: 'failed', ...error }, progress.frames),
  };
}

async function beginReading(context: StepContext, step: number): Promise<Step | undefined> {
  const { database, boss, store, analyst, attempt, signal, patiently } = context;
  const { jobId, index } = attempt.ticket;
  const begun = await beginChunk(database, attempt);
  if (begun === undefined) return undefined;
  const { inputKey, chunk } = begun;
  const startMs = chunk.isFirst ? 0 : chunk.startCell * (context.settings.chunkMs ?? DEFAULT_CHUNK_MS);
  let progress = { frames: 0, readMs: 0 };
  const onProgress = ({ frames, timeMs = startMs }: SourceProgress) => {
    progress = { frames, readMs: Math.max(0, timeMs - startMs) };
  };
  return {
    report: () => reportChunk(database, attempt.ticket, progress),
    work: () =>
      borrowing(context, inputKey, async ({ path }) => {
        const { bytes, sha256, frames, error } = await analyst.readChunk(
          { ...begun, path, model: await modelOf(context, begun.settings) },
          signal,
          onProgress,
        );
        const key = chunkKey(jobId, index, step);
        await patiently(() => store.replace(key, bytes));
        const readings = { key, sha256, frames };
        const outcome =
          error === undefined
            ? ({ state: 'done', ...readings } as const)
            : ({ state: 'failed', ...error, rest: readings } as const);
        return { record: () => endChunk(database, boss, attempt, outcome, progress.readMs) };
      }),
    fail: (error) => endChunk(database, boss, attempt, { state: 'failed', ...error }, progress.readMs),
  };
}

async function beginJoining(context: StepContext): Promise<Step | undefined> {
  const { database, boss, store, analyst, attempt, signal, patiently } = context;
  const { ticket } = attempt;
  const begun = await beginSegment(database, attempt);
  if (begun === undefined) return undefined;
  const { name, inputKey } = begun;
  const work = async (): Promise<Recording> => {
    const chunks = await listChunks(database, ticket);
    const borrowed = new Map<number, BorrowedFile>();
    try {
      for (const [step, { key }] of chunks.entries()) {
        if (key === null) continue;
        const file = await patiently(() => store.borrow(key)).catch((error: unknown) => {
          if (signal.aborted || !(error instanceof MienError)) throw error;
          return undefined; // It is gone.
        });
        if (file === undefined) return { record: () => readChunkAgain(database, boss, attempt, step) };
        borrowed.set(step, file);
      }
      const model = await modelOf(context, begun.settings);
      const readings = chunks.map(({ sha256 }, step) => {
        const path = borrowed.get(step)?.path;
        return path === undefined || sha256 === null ? undefined : { path, sha256 };
      });
      const joined = await analyst.join({ name, model, chunks: readings }, signal, () => undefined);
      switch (joined.state) {
        case 'apart':
          return { record: () => readInOnePiece(database, boss, attempt) };
        case 'lost':
          return { record: () => readChunkAgain(database, boss, attempt, joined.chunk) };
        case 'done': {
          const { bytes, frames, labels } = joined;
          const key = resultKey(ticket.jobId, ticket.index);
          const file = await patiently(() => store.replace(key, bytes));
          const done = { state: 'done', key, file, labels, note: undefined } as const;
          const gaps = describeGaps(name, chunks, context.settings.chunkMs ?? DEFAULT_CHUNK_MS);
          const outcome =
            gaps === undefined
              ? done
              : ({ state: 'failed', ...gaps, ...(frames > 0 && { rest: { key, file, labels } }) } as const);
          return {
            record: () => endSegment(database, boss, attempt, outcome, frames),
            ...(gaps === undefined && {
              tidy: async () => {
                await store.remove(inputKey);
                await store.removeChunks(ticket.jobId, ticket.index);
              },
            }),
          };
        }
        default:
          return joined satisfies never;
      }
    } finally {
      for (const file of borrowed.values()) file.release();
    }
  };
  return {
    report: () => Promise.resolve(), // Joining takes a fraction of what reading took.
    work,
    fail: (error) => endSegment(database, boss, attempt, { state: 'failed', ...error }, 0),
  };
}

/** @throws MienError `NOT_FOUND` if it was deleted since */
async function modelOf(
  { models, patiently }: StepContext,
  { model }: JobSettings,
): Promise<string | undefined> {
  return model === undefined ? undefined : patiently(() => models.resolve(model));
}

async function borrowing<T>(
  { store, patiently }: StepContext,
  key: string,
  work: (file: BorrowedFile) => Promise<T>,
): Promise<T> {
  const file = await patiently(() => store.borrow(key));
  try {
    return await work(file);
  } finally {
    file.release();
  }
}

/** What a job says of chunks that failed; `undefined` if none did. */
function describeGaps(
  name: string,
  chunks: readonly ChunkRow[],
  chunkMs: number,
): { readonly code: string; readonly message: string } | undefined {
  const failed = chunks.filter(({ state }) => state === 'failed');
  const [first] = failed;
  if (first === undefined) return undefined;
  const toTime = (cell: number) => `${(cell * chunkMs) / 1000} s`;
  const places = failed.map(({ plan: { startCell, endCell } }) =>
    endCell === undefined ? `from ${toTime(startCell)} on` : `${toTime(startCell)} to ${toTime(endCell)}`,
  );
  const reason = (first.message ?? '').replace(`${name}: `, '');
  return {
    code: first.code ?? 'WORKER_FAILED',
    message: `${name}: ${places.join(', ')} could not be read whole (${reason}); the result has the rest`,
  };
}
