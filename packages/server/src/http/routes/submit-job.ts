/** `POST /v1/jobs`: files as multipart, or addresses that the service fetches if it may. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from '@hono/zod-openapi';
import { parseInterval, parseTime } from '@mien/node/sources';
import { toDownloadError } from '../../downloads/downloader.js';
import { jobSchema, type JobSettings } from '../../jobs/job.js';
import type { Upload } from '../../jobs/local-jobs.js';
import { uploadKey } from '../../store/file-store.js';
import { addRoute, type App, type AppContext } from '../app-context.js';
import { requireScope } from '../guard.js';
import { Problem } from '../problem.js';
import { readBody } from '../read-body.js';
import { readMultipart } from '../read-multipart.js';
import { BINARY, json, problems } from '../schemas.js';

const FIELDS = ['every', 'from', 'to', 'model'] as const;
const EVERY = 'videos: one frame of every interval, such as 200ms';
const FROM = 'videos: where to begin, such as 1:30';
const TO = 'videos: where to end';
const MODEL = 'one of /v1/models; default the first';

const urlsSchema = z.strictObject({
  urls: z.string().array().min(1).openapi({ description: 'below what --allow-url of the service states' }),
  every: z.string().max(40).optional().openapi({ description: EVERY }),
  from: z.string().max(40).optional().openapi({ description: FROM }),
  to: z.string().max(40).optional().openapi({ description: TO }),
  model: z.string().max(100).optional().openapi({ description: MODEL }),
});
/** Of the JSON that names addresses. */
const MAX_JSON_BYTES = 2 ** 20;
/** Requests that fetch at the same time. */
const MAX_FETCHING = 4;

export function addSubmitRoute(app: App, { jobsOf, limits, store, models, downloader }: AppContext): void {
  let fetching = 0;
  addRoute(
    app,
    {
      method: 'post',
      path: '/v1/jobs',
      summary: 'Queues pictures and videos for analysis',
      description:
        'Files as multipart/form-data, or addresses as JSON, which the service fetches before it answers. With an Idempotency-Key, sending the same again gives the same job. Files are deleted when they are analysed.',
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
                  every: { type: 'string', description: EVERY },
                  from: { type: 'string', description: FROM },
                  to: { type: 'string', description: TO },
                  model: { type: 'string', description: MODEL },
                },
              },
            },
            'application/json': { schema: urlsSchema },
          },
        },
      },
      responses: {
        201: json(jobSchema, 'the job'),
        ...problems(400, 401, 403, 404, 408, 413, 415, 422, 429, 503, 507),
      },
    },
    async (context) => {
      const caller = context.get('caller');
      requireScope(caller, 'jobs');
      const mine = jobsOf(caller);
      const { incoming } = context.env;
      const type = incoming.headers['content-type'] ?? '';
      const isMultipart = /^multipart\/form-data/i.test(type);
      if (!isMultipart && !/^application\/json/i.test(type)) {
        throw new Problem(415, 'MULTIPART_REQUIRED', 'send files as multipart/form-data, or {"urls": […]} as application/json'); // prettier-ignore
      }
      const idempotencyKey = context.req.header('idempotency-key');
      if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
        throw new Problem(400, 'USAGE', 'Idempotency-Key: must be 1 to 200 letters, digits and signs without spaces'); // prettier-ignore
      }
      const id = randomUUID();
      const uploads: Upload[] = [];
      let settings: JobSettings;
      try {
        const fields = await (isMultipart
          ? readFiles(id, uploads, incoming)
          : readUrls(id, uploads, incoming));
        settings = toSettings(fields);
        if (settings.model !== undefined) await models.resolve(settings.model);
      } catch (error) {
        await store.removeUploads(id);
        throw error;
      }
      const job = await mine.create(id, settings, uploads, idempotencyKey);
      return context.json(job, 201, { location: `/v1/jobs/${job.id}` });
    },
  );

  function readFiles(
    id: string,
    uploads: Upload[],
    incoming: IncomingMessage,
  ): Promise<ReadonlyMap<string, string>> {
    const bounds = { maxBytes: limits.jobBytes, pace: limits, maxFiles: limits.jobFiles };
    return readMultipart(incoming, bounds, FIELDS, async (content, name, index) => {
      const key = uploadKey(id, index);
      uploads.push({ name, key, file: await store.add(key, content) });
    });
  }

  async function readUrls(
    id: string,
    uploads: Upload[],
    incoming: IncomingMessage,
  ): Promise<ReadonlyMap<string, string>> {
    const { urls, ...fields } = parseUrls(
      await readBody(incoming, { maxBytes: MAX_JSON_BYTES, pace: limits }),
    );
    if (urls.length > limits.jobFiles) {
      throw new Problem(
        413,
        'TOO_MANY_FILES',
        `urls: more than ${limits.jobFiles} files, the limit of this service`,
      );
    }
    if (fetching === MAX_FETCHING) {
      throw new Problem(429, 'BUSY', 'the service fetches as much as it can; try again later', { 'retry-after': '10' }); // prettier-ignore
    }
    fetching++;
    const gone = new AbortController();
    const onClose = () => gone.abort();
    incoming.socket.once('close', onClose);
    if (incoming.socket.destroyed) onClose();
    const endMs = performance.now() + limits.downloadMs;
    let leftBytes = limits.jobBytes;
    try {
      for (const [index, url] of urls.entries()) {
        const timeLimitMs = Math.max(1, endMs - performance.now());
        const bounds = { maxBytes: leftBytes, idleMs: limits.idleMs, timeLimitMs };
        try {
          const { name, content } = await downloader.open(url, bounds, gone.signal);
          const key = uploadKey(id, index);
          const file = await store.add(key, content);
          uploads.push({ name, key, file });
          leftBytes -= file.sizeBytes;
        } catch (error) {
          throw toDownloadError(url, error);
        }
      }
    } finally {
      fetching--;
      incoming.socket.off('close', onClose);
    }
    return new Map(
      Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
    );
  }
}

/** @throws Problem 400 */
function parseUrls(body: Uint8Array): z.infer<typeof urlsSchema> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Problem(400, 'USAGE', 'body: is not JSON; send {"urls": ["https://…"]}');
  }
  const { data, error } = urlsSchema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw new Problem(
    400,
    'USAGE',
    `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'cannot be read'}`,
  );
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
  const model = fields.get('model');
  return {
    ...(everyMs !== undefined && { everyMs }),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
    ...(model !== undefined && { model }),
  };
}
