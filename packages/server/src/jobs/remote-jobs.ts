/** Jobs at a service, over HTTP. */
import { openAsBlob } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { MienError, isRecord, type ErrorCode } from '@mien/core';
import { z } from 'zod';
import { isOver, jobSchema, jobSummarySchema, type Job } from './job.js';
import type { Jobs } from './jobs.js';

export interface RemoteService {
  /** Such as `http://127.0.0.1:7342/`. */
  readonly address: string;
  readonly key?: string | undefined;
}

const listSchema = z.object({ jobs: z.array(jobSummarySchema) });
const CODES: Readonly<Record<number, ErrorCode>> = { 404: 'NOT_FOUND', 413: 'INPUT_TOO_LARGE' };
const WAIT_MS = 500;
/** How long a service that restarts may be away. */
const AWAY_MS = 30_000;

/** Its calls throw MienError: what the service refused, or `INPUT_UNREADABLE` if it cannot be reached. */
export function openRemoteJobs({ address, key }: RemoteService): Jobs {
  const ask = async (method: string, path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
    const response = await fetch(new URL(path, address), { ...init, method, headers }).catch(
      (cause: unknown) => {
        init.signal?.throwIfAborted();
        const { cause: inner, message } = cause as Error;
        const reason = inner instanceof Error ? inner.message : message;
        throw new MienError('INPUT_UNREADABLE', `${address}: the service cannot be reached (${reason})`, {
          cause,
        });
      },
    );
    if (response.ok) return response;
    throw await toError(address, response);
  };
  const get = async (id: string): Promise<Job> => {
    const response = await ask('GET', `v1/jobs/${encodeURIComponent(id)}`);
    return jobSchema.parse(await response.json());
  };
  /** The job, and each change of it, until the connection ends. */
  async function* changes(id: string, known: number | undefined, signal: AbortSignal | undefined) {
    const headers = {
      accept: 'text/event-stream',
      ...(known !== undefined && { 'last-event-id': String(known) }),
    };
    const init = { headers, ...(signal !== undefined && { signal }) };
    const { body } = await ask('GET', `v1/jobs/${encodeURIComponent(id)}`, init);
    for await (const data of readEvents(body)) yield jobSchema.parse(JSON.parse(data));
  }
  return {
    get,
    async submit({ settings: { everyMs, fromMs, toMs, model }, files, urls = [], idempotencyKey }) {
      const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
      const form = new FormData();
      for (const [name, ms] of Object.entries({ every: everyMs, from: fromMs, to: toMs })) {
        if (ms !== undefined) form.set(name, `${ms}ms`);
      }
      if (model !== undefined) form.set('model', model);
      if (urls.length > 0) {
        const body = JSON.stringify({ urls, ...Object.fromEntries(form) });
        const json = { ...headers, 'content-type': 'application/json' };
        return jobSchema.parse(await (await ask('POST', 'v1/jobs', { body, headers: json })).json());
      }
      // Blobs of files are read when they are sent.
      for (const { name, path } of files) form.append('file', await openAsBlob(path), name);
      const response = await ask('POST', 'v1/jobs', { body: form, headers });
      return jobSchema.parse(await response.json());
    },
    async list() {
      return listSchema.parse(await (await ask('GET', 'v1/jobs')).json()).jobs;
    },
    async *watch(id, signal) {
      let last: Job | undefined;
      let awaySinceMs: number | undefined;
      const isAborted = () => signal?.aborted === true;
      // A connection that ends, with its service or a proxy, is made again. Asking now and then would fill the service's log.
      while (!isAborted()) {
        try {
          for await (const job of changes(id, last?.version, signal)) {
            if (job.version !== last?.version) yield job;
            if (isOver(job)) return;
            last = job;
            awaySinceMs = undefined;
          }
        } catch (error) {
          if (isAborted()) return;
          // One that never answered has another address.
          if (last === undefined || !(error instanceof MienError && error.code === 'INPUT_UNREADABLE'))
            throw error;
          awaySinceMs ??= performance.now();
          if (performance.now() - awaySinceMs > AWAY_MS) throw error;
        }
        await sleep(WAIT_MS, undefined, { signal }).catch(() => undefined);
      }
    },
    async result(id, { format, item }) {
      const query = new URLSearchParams({ format, ...(item !== undefined && { item: String(item) }) });
      return toReadable(await ask('GET', `v1/jobs/${encodeURIComponent(id)}/result?${query}`));
    },
    async cancel(id) {
      return jobSchema.parse(await (await ask('DELETE', `v1/jobs/${encodeURIComponent(id)}`)).json());
    },
    async retry(id) {
      return jobSchema.parse(await (await ask('POST', `v1/jobs/${encodeURIComponent(id)}/retry`)).json());
    },
    backUp: async () => toReadable(await ask('GET', 'v1/backup')),
  };
}

/** The data of each event. Ref: HTML standard, 9.2.6. A connection that breaks ends them. */
async function* readEvents(body: Response['body']): AsyncGenerator<string, void, void> {
  let text = '';
  try {
    for await (const part of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const events = (text + part).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = event.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []));
        if (data.length > 0) yield data.join('\n');
      }
    }
  } catch (error) {
    // What is wrong in an event is no broken connection.
    if (!(error instanceof TypeError)) throw error;
  }
}

function toReadable({ body }: Response): Readable {
  return body === null ? Readable.from([]) : Readable.fromWeb(body as never);
}

async function toError(address: string, response: Response): Promise<MienError> {
  const body = (await response.json().catch(() => undefined)) as unknown;
  const detail = isRecord(body) && typeof body['detail'] === 'string' ? body['detail'] : undefined;
  const code = CODES[response.status] ?? (response.status < 500 ? 'USAGE' : 'INPUT_UNREADABLE');
  return new MienError(code, detail ?? `${address}: the service answered ${response.status}`);
}
