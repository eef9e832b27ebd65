/** Models: those that are installed, and one's own. */
import { join } from 'node:path';
import { z } from '@hono/zod-openapi';
import { parseManifest } from '@mien/core';
import {
  DEFAULT_MODEL,
  findInstalledModel,
  listInstalledModels,
  MANIFEST,
  readManifest,
} from '@mien/node/models';
import { MODEL_NAME, type StatedContract, type StoredModel } from '../../models/model-store.js';
import { addRoute, type App, type AppContext } from '../app-context.js';
import { requireScope } from '../guard.js';
import { orConflict, Problem } from '../problem.js';
import { readBody } from '../read-body.js';
import { BINARY, json, modelSchema, problems } from '../schemas.js';

type ModelInfo = z.infer<typeof modelSchema>;

const NAME = z.object({
  name: z.string().regex(MODEL_NAME).openapi({ description: 'small letters, digits and hyphens' }),
});
const MAX_LABELS = 1000;
const MAX_LABEL_LENGTH = 100;

export function addModelRoutes(app: App, { models, limits }: AppContext): void {
  /** One at a time: each may take as much memory as the limits allow. */
  let isChecking = false;

  addRoute(
    app,
    {
      method: 'get',
      path: '/v1/models',
      summary: 'The models that read expressions: installed ones and uploads',
      responses: {
        200: json(z.object({ models: modelSchema.array() }), 'the models, the default one first'),
        ...problems(400, 401, 503),
      },
    },
    async (context) => {
      const uploads = (await models.list()).map(toInfo);
      return context.json({ models: [...(await listInstalled()), ...uploads] });
    },
  );

  addRoute(
    app,
    {
      method: 'put',
      path: '/v1/models/{name}',
      summary: "Uploads a model of one's own",
      description:
        'Keras, ONNX, TFLite or safetensors, as one file in the body. Then name it as model=NAME for pictures, jobs and streams. A name stays with its content. Needs the scope admin.',
      request: {
        params: NAME,
        query: z.object({
          labels: z.string().optional().openapi({ description: 'its outputs in their order, with commas, if the file does not say' }), // prettier-ignore
          range: z.string().optional().openapi({ description: 'what black and white become at its input, such as -1,1' }), // prettier-ignore
        }),
        body: { required: true, content: { 'application/octet-stream': { schema: BINARY } } },
      },
      responses: {
        200: json(modelSchema, 'it was there already'),
        201: json(modelSchema, 'the model'),
        ...problems(400, 401, 403, 408, 409, 413, 422, 429, 503),
      },
    },
    async (context) => {
      requireScope(context.get('caller'), 'admin');
      const name = context.req.param('name') ?? '';
      if (!MODEL_NAME.test(name)) {
        throw new Problem(400, 'USAGE', 'name: must be 1 to 63 small letters, digits and hyphens');
      }
      const stated = toContract(context.req.query('labels'), context.req.query('range'));
      if (isChecking) {
        throw new Problem(429, 'BUSY', 'another model is being checked; try again later', {
          'retry-after': '5',
        });
      }
      isChecking = true;
      try {
        const body = { maxBytes: limits.modelBytes, pace: limits };
        const bytes = await readBody(context.env.incoming, body);
        const check = { timeLimitMs: limits.modelMs, memoryBytes: limits.modelMemoryBytes };
        const { model, isNew } = await orConflict(models.add(name, bytes, stated, check));
        return context.json(toInfo(model), isNew ? 201 : 200);
      } finally {
        isChecking = false;
      }
    },
  );

  addRoute(
    app,
    {
      method: 'delete',
      path: '/v1/models/{name}',
      summary: 'Deletes an uploaded model',
      description: 'Files of jobs that wait for it fail. Needs the scope admin.',
      request: { params: NAME },
      responses: { 204: { description: 'it is deleted' }, ...problems(400, 401, 403, 404, 409, 503) },
    },
    async (context) => {
      requireScope(context.get('caller'), 'admin');
      await orConflict(models.remove(context.req.param('name') ?? ''));
      return context.body(null, 204);
    },
  );
}

/** The default one first. */
async function listInstalled(): Promise<ModelInfo[]> {
  const ids = (await listInstalledModels()).sort(
    (a, b) => Number(b === DEFAULT_MODEL) - Number(a === DEFAULT_MODEL),
  );
  const found = await Promise.all(
    ids.map(async (id) => {
      const path = join(findInstalledModel(id) ?? '', MANIFEST);
      return { ...parseManifest(await readManifest(path), path), id };
    }),
  );
  return found.flatMap((model) => {
    if (model.kind !== 'classifier') return [];
    const { id, labels, licence, input } = model;
    return [{ id, labels: [...labels], licence, inputShape: [input.height, input.width, input.channels] }];
  });
}

function toInfo({ name, labels, inputShape, sha256, sizeBytes, notices, addedAt }: StoredModel): ModelInfo {
  return { id: name, labels, inputShape, sha256, sizeBytes, notices, addedAt };
}

/** @throws Problem 400 */
function toContract(labels: string | undefined, range: string | undefined): StatedContract {
  const names = labels?.split(',').map((label) => label.trim());
  const isPlain = (label: string) =>
    label !== '' && label.length <= MAX_LABEL_LENGTH && !/\p{Cc}/u.test(label);
  if (names !== undefined && (names.length > MAX_LABELS || !names.every(isPlain))) {
    throw new Problem(400, 'USAGE', 'labels: must be names with commas between them, such as happy,sad');
  }
  // An empty text would count as 0.
  const ends = range?.split(',').map((end) => (end.trim() === '' ? NaN : Number(end))) ?? [0, 1];
  const [low = NaN, high = NaN, ...more] = ends;
  if (more.length > 0 || !Number.isFinite(low) || !Number.isFinite(high) || low === high) {
    throw new Problem(400, 'USAGE', 'range: must be two different numbers, such as -1,1');
  }
  return {
    ...(names !== undefined && { labels: names }),
    ...(range !== undefined && { input: { range: [low, high] as const } }),
  };
}
