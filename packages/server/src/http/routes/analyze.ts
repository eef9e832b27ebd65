/** `POST /v1/analyze`: one picture as the body, or several as multipart. */
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from '@hono/zod-openapi';
import type { Analysis } from '@mien/core';
import { addRoute, type App, type AppContext } from '../app-context.js';
import { requireScope } from '../guard.js';
import { Problem } from '../problem.js';
import { readBody } from '../read-body.js';
import { readMultipart } from '../read-multipart.js';
import { analysisSchema, BINARY, json, problems } from '../schemas.js';

export function addAnalyzeRoute(app: App, { limits, pictures, models, reception }: AppContext): void {
  addRoute(
    app,
    {
      method: 'post',
      path: '/v1/analyze',
      summary: 'Finds the faces of pictures and reads their expressions',
      description:
        'One picture (JPEG, PNG, WebP, GIF, TIFF, AVIF) as the body gives an object. Several as multipart/form-data give an array in their order. What a file is, its content decides.',
      request: {
        query: z.object({
          model: z.string().optional().openapi({ description: 'one of /v1/models; default the first' }),
        }),
        body: {
          required: true,
          content: {
            'application/octet-stream': { schema: BINARY },
            'multipart/form-data': {
              schema: { type: 'object', properties: { file: { type: 'array', items: BINARY } } },
            },
          },
        },
      },
      responses: {
        200: json(analysisSchema.or(analysisSchema.array()), 'the result, or one for each picture'),
        ...problems(400, 401, 403, 404, 408, 413, 422, 429, 503),
      },
    },
    async (context) => {
      requireScope(context.get('caller'), 'analyze');
      const { incoming } = context.env;
      const name = context.req.query('model');
      const model = name === undefined ? undefined : await models.resolve(name);
      const isMultipart = /^multipart\//i.test(incoming.headers['content-type'] ?? '');
      const body = await reception.receive<Uint8Array | readonly Uint8Array[]>(() =>
        isMultipart ? readFiles(incoming) : readOne(incoming),
      );
      if (body instanceof Uint8Array) return context.json(await pictures.analyze(body, model));
      reception.requireRoom(body.length);
      return context.json(await analyzeAll(body, model));
    },
  );

  function readOne(incoming: IncomingMessage): Promise<Uint8Array> {
    return readBody(incoming, { maxBytes: limits.pictureBytes, pace: limits });
  }

  async function readFiles(incoming: IncomingMessage): Promise<readonly Uint8Array[]> {
    const files: Uint8Array[] = [];
    const bounds = { maxBytes: limits.analyzeBytes, pace: limits, maxFiles: limits.pictures };
    await readMultipart(incoming, bounds, [], async (content) => {
      files.push(await buffer(content));
    });
    if (files.length === 0) {
      throw new Problem(400, 'NO_FILE', 'multipart: holds no file; add at least one picture');
    }
    return files;
  }

  async function analyzeAll(files: readonly Uint8Array[], model: string | undefined): Promise<Analysis[]> {
    const results = await Promise.allSettled(files.map((bytes) => pictures.analyze(bytes, model)));
    return results.map((result, index) => {
      if (result.status === 'fulfilled') return result.value;
      const error = result.reason as Error;
      if (files.length > 1) error.message = `file ${index + 1}: ${error.message}`;
      throw error;
    });
  }
}
