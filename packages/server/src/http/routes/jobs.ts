/** Jobs: list, follow, cancel, retry, and their results. They are submitted in `submit-job.ts`. */
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { z } from '@hono/zod-openapi';
import { isOver, jobSchema, jobSummarySchema } from '../../jobs/job.js';
import { RESULT_FORMATS, RESULT_TYPES, type ResultRequest } from '../../jobs/job-results.js';
import { addRoute, type App, type AppContext, type Environment } from '../app-context.js';
import { identify, requireSame, requireScope } from '../guard.js';
import { orConflict, Problem } from '../problem.js';
import { BINARY, json, problems } from '../schemas.js';

const KEEP_ALIVE_MS = 15_000;
const ID = { params: z.object({ id: z.uuid() }) };

export function addJobRoutes(app: App, { jobsOf, access, onProblem }: AppContext): void {
  const jobs = (context: Context<Environment>) => {
    const caller = context.get('caller');
    requireScope(caller, 'jobs');
    return jobsOf(caller);
  };
  const idOf = (context: Context<Environment>) => context.req.param('id') ?? '';

  addRoute(
    app,
    {
      method: 'get',
      path: '/v1/jobs',
      summary: 'Lists the jobs of this key, the newest first',
      responses: {
        200: json(z.object({ jobs: jobSummarySchema.array() }), 'at most 1000 jobs'),
        ...problems(400, 401, 403, 503),
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
        ...problems(400, 401, 403, 404, 503),
      },
    },
    async (context) => {
      const mine = jobs(context);
      const id = idOf(context);
      const job = await mine.get(id);
      if (!/text\/event-stream/i.test(context.req.header('accept') ?? '')) return context.json(job);
      const known = Number(context.req.header('last-event-id') ?? NaN);
      if (isOver(job) && job.version === known) return context.body(null, 204);
      const caller = context.get('caller');
      const { headers } = context.req.raw;
      // A key may expire or be revoked while the stream is open. Then the stream ends, and the client's next request gets the reason.
      const mayGoOn = async () => requireSame(caller, await identify(headers, access));
      return streamSSE(context, async (stream) => {
        const abort = new AbortController();
        stream.onAbort(() => abort.abort());
        // Proxies close connections that are silent.
        const alive = setInterval(() => {
          mayGoOn()
            .then(() => stream.write(': alive\n\n'))
            .catch(() => abort.abort());
        }, KEEP_ALIVE_MS);
        try {
          for await (const state of mine.watch(id, abort.signal)) {
            await mayGoOn();
            if (state.version === known) continue;
            await stream.writeSSE({ event: 'job', id: String(state.version), data: JSON.stringify(state) });
          }
        } catch (error) {
          // The client asks again, from the last event on.
          if (!(error instanceof Problem)) onProblem(error as Error);
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
      responses: { 200: json(jobSchema, 'the job'), ...problems(400, 401, 403, 404, 409, 503) },
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
      responses: { 200: json(jobSchema, 'the job'), ...problems(400, 401, 403, 404, 409, 503) },
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
        ...problems(400, 401, 403, 404, 503),
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
