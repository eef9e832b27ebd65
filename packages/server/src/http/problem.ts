/** Errors as `application/problem+json`. Ref: RFC 9457. */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { MienError, type ErrorCode } from '@mien/core';
import { UrlNotAllowedError } from '../downloads/downloader.js';
import { IdempotencyError } from '../jobs/local-jobs.js';
import { QueueFullError, StreamLostError, TimeLimitError } from '../pictures/picture-pool.js';
import { DatabaseUnreachableError } from '../database/database.js';
import { StoreError } from '../store/store-error.js';

export const problemSchema = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.number().int(),
  /** One line: what was expected, what came, what to do. */
  detail: z.string(),
  /** For programs. */
  code: z.string(),
});

/** A request that is refused. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

const RETRY_AFTER_S = 1;
const STORE_RETRY_AFTER_S = 30;
const DATABASE_RETRY_AFTER_S = 5;

const STATUSES: Readonly<Partial<Record<ErrorCode, number>>> = {
  INPUT_INVALID: 422,
  INPUT_UNREADABLE: 422,
  INPUT_TOO_LARGE: 413,
  NOT_FOUND: 404,
  USAGE: 400,
  UNSUPPORTED: 422,
  MODEL_INVALID: 422,
};

/** The response to the client; `undefined` for an error of the service itself, whose details stay here. */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof QueueFullError) {
    return new Problem(429, 'QUEUE_FULL', error.message, { 'retry-after': String(RETRY_AFTER_S) });
  }
  if (error instanceof StoreError) {
    const detail = 'the store of files cannot be reached; try again later';
    return new Problem(503, 'STORE_UNREACHABLE', detail, { 'retry-after': String(STORE_RETRY_AFTER_S) });
  }
  if (error instanceof DatabaseUnreachableError) {
    const detail = 'the database cannot be reached or written; try again later';
    return new Problem(503, 'DATABASE_UNREACHABLE', detail, {
      'retry-after': String(DATABASE_RETRY_AFTER_S),
    });
  }
  if (error instanceof TimeLimitError) return new Problem(503, 'TIME_LIMIT', error.message);
  if (error instanceof StreamLostError) return new Problem(503, 'STREAM_LOST', error.message);
  if (error instanceof UrlNotAllowedError) return new Problem(403, 'URL_NOT_ALLOWED', error.message);
  if (error instanceof IdempotencyError) return new Problem(422, 'IDEMPOTENCY_KEY_REUSED', error.message);
  if (isDiskFull(error)) {
    return new Problem(507, 'DISK_FULL', 'the service has no room for files; free some and try again');
  }
  if (error instanceof MienError) {
    const status = STATUSES[error.code];
    if (status !== undefined) return new Problem(status, error.code, error.message);
  }
  return undefined;
}

export function toBody({ status, code, detail }: Problem): z.infer<typeof problemSchema> {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, code };
}

export function toResponse(problem: Problem): Response {
  return new Response(JSON.stringify(toBody(problem)), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
  });
}

/** What its state does not allow is a conflict. */
export async function orConflict<T>(result: Promise<T>): Promise<T> {
  return result.catch((error: unknown) => {
    if (error instanceof MienError && error.code === 'USAGE')
      throw new Problem(409, 'CONFLICT', error.message);
    throw error;
  });
}

/** Also inside of an error that says what could not be written. */
function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || isDiskFull(error.cause);
}
