/** The service as an HTTP application: walls first, then routes; every error becomes a problem. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { readVersion } from '@mien/node/runtime';
import { allowedMethods } from './allowed-methods.js';
import type { App, AppContext, Environment } from './app-context.js';
import { identify, requireOwnSite } from './guard.js';
import { Problem, toProblem, toResponse } from './problem.js';
import { drainAfter } from './read-body.js';
import { addAnalyzeRoute } from './routes/analyze.js';
import { addBackupRoute } from './routes/backup.js';
import { addJobRoutes } from './routes/jobs.js';
import { addKserveRoutes } from './routes/kserve.js';
import { addModelRoutes } from './routes/models.js';
import { addPages } from './routes/page.js';
import { addSubmitRoute } from './routes/submit-job.js';
import { addStateRoutes } from './routes/state.js';

/** What needs no key: whether it lives, its description, and pages without anyone's data. */
const OPEN =
  /^\/(healthz|readyz|v2|v2\/health\/(live|ready)|openapi\.json|icon\.svg|THIRD_PARTY_NOTICES\.md|assets\/.*|studio(\/.*)?)?$/;

export async function createApp(shared: AppContext): Promise<App> {
  const { access, metrics, onRequest, onProblem } = shared;
  const app: App = new OpenAPIHono<Environment>();

  app.use(async (context, next) => {
    const start = performance.now();
    const { incoming, outgoing } = context.env;
    context.set('route', 'unknown');
    await next();
    // Hono drops the content of an answer to HEAD without ending it: what makes it would wait for a reader for ever.
    if (context.req.method === 'HEAD') await context.res.body?.cancel();
    drainAfter(incoming, outgoing);
    const { status, headers } = context.res;
    headers.set('x-content-type-options', 'nosniff');
    if (!headers.has('content-security-policy')) headers.set('content-security-policy', "default-src 'none'");
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    const { method } = context.req;
    const ms = performance.now() - start;
    const route = context.get('route');
    metrics.onRequest(method, route, status, ms / 1000);
    onRequest({
      ...{ method, route, status, ms: Math.round(ms) },
      owner: (context.get('caller') as { owner: string } | undefined)?.owner,
      code: context.get('code'),
    });
  });
  app.use(async (context, next) => {
    requireOwnSite(context.req.raw.headers, access);
    if (!OPEN.test(context.req.path)) context.set('caller', await identify(context.req.raw.headers, access));
    await next();
  });
  app.onError((error, context) => {
    const problem = toProblem(error);
    if (problem === undefined) onProblem(error);
    const told = problem ?? new Problem(500, 'INTERNAL', 'the service failed; its log says more');
    context.set('code', told.code);
    return toResponse(told);
  });
  app.notFound((context) => {
    const methods = allowedMethods(app.routes, context.req.path);
    if (methods.length > 0) {
      context.set('code', 'METHOD_NOT_ALLOWED');
      const detail = `this address takes ${methods.join(', ')}, not ${context.req.method}; see /openapi.json`;
      return toResponse(new Problem(405, 'METHOD_NOT_ALLOWED', detail, { allow: methods.join(', ') }));
    }
    context.set('code', 'NOT_FOUND');
    return toResponse(new Problem(404, 'NOT_FOUND', 'there is nothing at this address; see /openapi.json'));
  });

  addAnalyzeRoute(app, shared);
  addSubmitRoute(app, shared);
  addJobRoutes(app, shared);
  addModelRoutes(app, shared);
  addKserveRoutes(app, shared);
  addBackupRoute(app, shared);
  addStateRoutes(app, shared);
  await addPages(app, shared);
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Mien',
      version: readVersion(),
      description:
        'Reads facial expressions in pictures and videos. An expression is what a face shows, not what a person feels.',
    },
    security: [{ key: [] }, {}],
  });
  return app;
}
