/** How the service is, and which models it has. */
import { join } from 'node:path';
import { parseManifest } from '@mien/core';
import { findInstalledModel, listInstalledModels, MANIFEST, readManifest } from '@mien/node/models';
import { addRoute, type App, type AppContext } from '../app-context.js';
import { requireScope } from '../guard.js';
import { Problem } from '../problem.js';
import { healthSchema, json, modelsSchema, problems } from '../schemas.js';

export function addStateRoutes(app: App, { notReady, metrics }: AppContext): void {
  addRoute(
    app,
    {
      method: 'get',
      path: '/healthz',
      summary: 'Whether the process answers',
      responses: { 200: json(healthSchema, 'it does') },
    },
    (context) => context.json({ status: 'ok' }),
  );
  addRoute(
    app,
    {
      method: 'get',
      path: '/readyz',
      summary: 'Whether it can take work: models loaded, database there, not shutting down',
      responses: { 200: json(healthSchema, 'it can'), ...problems(503) },
    },
    async (context) => {
      const reason = await notReady();
      if (reason !== undefined) throw new Problem(503, 'NOT_READY', reason);
      return context.json({ status: 'ok' });
    },
  );
  addRoute(
    app,
    {
      method: 'get',
      path: '/v1/models',
      summary: 'The installed models that read expressions',
      responses: { 200: json(modelsSchema, 'the models'), ...problems(401) },
    },
    async (context) => context.json({ models: await listModels() }),
  );
  addRoute(
    app,
    {
      method: 'get',
      path: '/metrics',
      summary: 'Counts and times in the text format of Prometheus',
      responses: {
        200: { description: 'the metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
        ...problems(401, 403),
      },
    },
    async (context) => {
      requireScope(context.get('caller'), 'admin');
      return context.body(await metrics.text(), 200, { 'content-type': metrics.contentType });
    },
  );
}

async function listModels(): Promise<{ id: string; labels: readonly string[]; licence: string }[]> {
  const ids = await listInstalledModels();
  const models = await Promise.all(
    ids.map(async (id) => {
      const path = join(findInstalledModel(id) ?? '', MANIFEST);
      return { ...parseManifest(await readManifest(path), path), id };
    }),
  );
  return models.flatMap((model) =>
    model.kind === 'classifier' ? [{ id: model.id, labels: model.labels, licence: model.licence }] : [],
  );
}
