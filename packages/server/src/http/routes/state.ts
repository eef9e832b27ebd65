/** How the service is. */
import { z } from '@hono/zod-openapi';
import { workerSchema } from '../../service/worker-registry.js';
import { addRoute, type App, type AppContext } from '../app-context.js';
import { requireScope } from '../guard.js';
import { Problem } from '../problem.js';
import { healthSchema, json, problems } from '../schemas.js';

export function addStateRoutes(app: App, { notReady, metrics, listWorkers }: AppContext): void {
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
      path: '/v1/workers',
      summary: 'The processes that work on jobs and are alive',
      responses: {
        200: json(z.object({ workers: workerSchema.array() }), 'the workers'),
        ...problems(400, 401, 403),
      },
    },
    async (context) => {
      requireScope(context.get('caller'), 'jobs');
      return context.json({ workers: await listWorkers() });
    },
  );
  addRoute(
    app,
    {
      method: 'get',
      path: '/metrics',
      summary: 'Counts and times in the text format of Prometheus',
      responses: {
        200: { description: 'the metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
        ...problems(400, 401, 403),
      },
    },
    async (context) => {
      requireScope(context.get('caller'), 'admin');
      return context.body(await metrics.text(), 200, { 'content-type': metrics.contentType });
    },
  );
}
