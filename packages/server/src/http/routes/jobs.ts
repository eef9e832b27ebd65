/** Jobs: submit, list, follow, cancel, retry, and their results. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { z } from '@hono/zod-openapi';
import { MienError } from '@mien/core';
import { parseInterval, parseTime } from '@mien/node/sources';
import { isOver, jobSchema, jobSummarySchema, type JobSettings } from '../../jobs/job.js';
import { RESULT_FORMATS, RESULT_TYPES, type ResultRequest } from '../../jobs/job-results.js';
import type { Upload } from '../../jobs/local-jobs.js';
import { uploadKey } from '../../store/file-store.js';
import { addRoute, type App, type AppContext, type Environment } from '../app-context.js';
import { requireScope } from '../guard.js';
import { Problem } from '../problem.js';
import { readMultipart } from '../read-multipart.js';
import { BINARY, json, problems } from '../schemas.js';

const KEEP_ALIVE_MS = 15_000;
const FIELDS = ['every', 'from', 'to'] as const;
const ID = { params: z.object({ id: z.uuid() }) };

export function addJobRoutes(app: App, { jobsOf, limits, store, onProblem }: AppContext): void {
  const jobs = (context: Context<Environment>) => {
    const caller = context.get('caller');
    requireScope(caller, 'jobs');
    return jobsOf(caller);
  };
  const idOf = (context: Context<Environment>) => context.req.param('id') ?? '';

  addRoute(
    app,
    {
      method: 'post',
      path: '/v1/jobs',
      summary: 'Queues pictures and videos for analysis',
      description:
        'Files as multipart/form-data. With an Idempotency-Key, sending the same again gives the same job. Uploads are deleted when they are analysed.',
      request: {
        headers: z.object({ 'idempotency-key': z.string().max(200).optional() }),
        body: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: {
                type: 'object',
                properties: {
                  file: { type: 'array', items: BINARY },
                  every: {
                    type: 'string',
                    description: 'videos: one frame of every interval, such as 200ms',
                  },
                  from: { type: 'string', description: 'videos: where to begin, such as 1:30' },
                  to: { type: 'string', description: 'videos: where to end' },
                },
              },
            },
          },
        },
      },
      responses: {
        201: json(jobSchema, 'the job'),
        ...problems(400, 401, 403, 408, 413, 415, 422, 507),
      },
    },
    async (context) => {
      const mine = jobs(context);
      const { incoming } = context.env;
      if (!/^multipart\/form-data/i.test(incoming.headers['content-type'] ?? '')) {
        throw new Problem(
          415,
          'MULTIPART_REQUIRED',
          'send the files as multipart/form-data; addresses are not fetched',
        );
      }
      const idempotencyKey = context.req.header('idempotency-key');
      if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
        throw new Problem(
          400,
          'USAGE',
          'Idempotency-Key: must be 1 to 200 letters, digits and signs without spaces',
        );
      }
      const id = randomUUID();
      const uploads: Upload[] = [];
      let settings: JobSettings;
      try {
        const fields = await readMultipart(
          incoming,
          { maxBytes: limits.jobBytes, idleMs: limits.idleMs, maxFiles: limits.jobFiles },
          FIELDS,
          async (content, name, index) => {
            const key = uploadKey(id, index);
            uploads.push({ name, key, file: await store.add(key, content) });
          },
        );
        settings = toSettings(fields);
      } catch (error) {
        await store.removeUploads(id);
        throw error;
      }
      const job = await mine.create(id, settings, uploads, idempotencyKey);
      return context.json(job, 201, { location: `/v1/jobs/${job.id}` });
    },
  );

  addRoute(
    app,
    {
      method: 'get',
      path: '/v1/jobs',
      summary: 'Lists the jobs of this key, the newest first',
      responses: {
        200: json(z.object({ jobs: jobSummarySchema.array() }), 'at most 1000 jobs'),
        ...problems(401, 403),
      },
    },
    async (context) => context.json({ jobs: await jobs(context).list() }),
  );

  addRoute(
    app,
    {
      method: 'get',
      path: '/v1/jobs/{id}',
      summary: 'A job, or with Accept: text/event-stream its changes',
      description:
        'Events are called job, carry the job, and have its version as id. With Last-Event-ID only news are sent; for a job that is over and known, 204 ends the reconnecting of an EventSource.',
      request: ID,
      responses: {
        200: {
          description: 'the job',
          content: {
            'application/json': { schema: jobSchema },
            'text/event-stream': { schema: { type: 'string' } },
          },
        },
        204: { description: 'there will be no more events' },
        ...problems(401, 403, 404),
      },
    },
    async (context) => {
      const mine = jobs(context);
      const id = idOf(context);
      const job = await mine.get(id);
      if (!/text\/event-stream/i.test(context.req.header('accept') ?? '')) return context.json(job);
      const known = Number(context.req.header('last-event-id') ?? NaN);
      if (isOver(job) && job.version === known) return context.body(null, 204);
      return streamSSE(context, async (stream) => {
        const abort = new AbortController();
        stream.onAbort(() => abort.abort());
        // Proxies close connections that are silent.
        const alive = setInterval(() => void stream.write(': alive\n\n'), KEEP_ALIVE_MS);
        try {
          for await (const state of mine.watch(id, abort.signal)) {
            if (state.version === known) continue;
            await stream.writeSSE({ event: 'job', id: String(state.version), data: JSON.stringify(state) });
          }
        } catch (error) {
          onProblem(error as Error); // The client asks again, from the last event on.
        } finally {
          clearInterval(alive);
        }
      });
    },
  );

  addRoute(
    app,
    {
      method: 'delete',
      path: '/v1/jobs/{id}',
      summary: 'Cancels a job, also what is being analysed',
      request: ID,
      responses: { 200: json(jobSchema, 'the job'), ...problems(401, 403, 404, 409) },
    },
    async (context) => context.json(await orConflict(jobs(context).cancel(idOf(context)))),
  );

  addRoute(
    app,
    {
      method: 'post',
      path: '/v1/jobs/{id}/retry',
      summary: 'Queues the failed items of a job again',
      request: ID,
      responses: { 200: json(jobSchema, 'the job'), ...problems(401, 403, 404, 409) },
    },
    async (context) => context.json(await orConflict(jobs(context).retry(idOf(context)))),
  );

  addRoute(
    app,
    {
      method: 'get',
      path: '/v1/jobs/{id}/result',
      summary: 'The results so far, in the formats of mien analyze',
      description: 'Items that failed are missing; the job lists them with their reason.',
      request: {
        ...ID,
        query: z.object({
          format: z.enum(RESULT_FORMATS).optional().openapi({ description: 'default json' }),
          item: z.number().int().min(0).optional().openapi({ description: 'default all items' }),
        }),
      },
      responses: {
        200: {
          description: 'the results',
          content: {
            'application/json': { schema: { type: 'array', items: { type: 'object' } } },
            'application/x-ndjson': { schema: { type: 'string' } },
            'text/csv': { schema: { type: 'string' } },
            'text/vtt': { schema: { type: 'string' } },
            'application/vnd.apache.parquet': { schema: BINARY },
            'text/html': { schema: { type: 'string' } },
          },
        },
        ...problems(400, 401, 403, 404),
      },
    },
    async (context) => {
      const request = toResultRequest(context.req.query('format'), context.req.query('item'));
      const text = await jobs(context).result(idOf(context), request);
      return context.body(Readable.toWeb(text) as ReadableStream, 200, {
        'content-type': RESULT_TYPES[request.format],
        'cache-control': 'no-store',
        // A report is a page that others' data went into: it may run nothing and load nothing.
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
      });
    },
  );
}

/** @throws Problem 400 */
function toResultRequest(format = 'json', item?: string): ResultRequest {
  const known = RESULT_FORMATS.find((name) => name === format);
  if (known === undefined) throw new Problem(400, 'USAGE', `format: must be ${RESULT_FORMATS.join(', ')}`);
  if (item === undefined) return { format: known };
  if (!/^\d{1,6}$/.test(item))
    throw new Problem(400, 'USAGE', 'item: must be the index of an item of the job');
  return { format: known, item: Number(item) };
}

/** @throws Problem 400 */
function toSettings(fields: ReadonlyMap<string, string>): JobSettings {
  const parse = (name: (typeof FIELDS)[number], parseText: (text: string) => number) => {
    const text = fields.get(name);
    if (text === undefined) return undefined;
    try {
      return parseText(text);
    } catch (error) {
      throw new Problem(400, 'USAGE', `${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const [everyMs, fromMs, toMs] = [
    parse('every', parseInterval),
    parse('from', parseTime),
    parse('to', parseTime),
  ];
  return {
    ...(everyMs !== undefined && { everyMs }),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
  };
}

async function orConflict<T>(result: Promise<T>): Promise<T> {
  return result.catch((error: unknown) => {
    if (error instanceof MienError && error.code === 'USAGE')
      throw new Problem(409, 'CONFLICT', error.message);
    throw error;
  });
}
