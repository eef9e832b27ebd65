/** What the routes of the service share. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z, type OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { StaticFiles } from '@mien/node/studio';
import type { Caller } from '../keys/key-file.js';
import type { LocalJobs } from '../jobs/local-jobs.js';
import type { Downloader } from '../downloads/downloader.js';
import type { ModelStore } from '../models/model-store.js';
import type { PicturePool } from '../pictures/picture-pool.js';
import type { WorkerInfo } from '../service/worker-registry.js';
import type { FileStore } from '../store/file-store.js';
import { checkQuery } from './check-query.js';
import type { Access } from './guard.js';
import type { Limits } from './limits.js';
import type { Metrics } from './metrics.js';
import type { Reception } from './reception.js';

/** One line of the log: what was asked, by whom, and how it went. Never a name, a path of a file or content. */
export interface RequestLog {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly owner?: string | undefined;
  /** Why it was refused. */
  readonly code?: string | undefined;
}

export interface AppContext {
  readonly access: Access;
  readonly limits: Limits;
  readonly pictures: PicturePool;
  readonly reception: Reception;
  readonly store: FileStore;
  readonly models: ModelStore;
  readonly downloader: Downloader;
  readonly metrics: Metrics;
  readonly studio: StaticFiles | undefined;
  /** The jobs that a caller may see. */
  readonly jobsOf: (caller: Caller) => LocalJobs;
  readonly listWorkers: () => Promise<WorkerInfo[]>;
  /** Why the service cannot take work now; `undefined` if it can. */
  readonly notReady: () => Promise<string | undefined>;
  readonly onRequest: (log: RequestLog) => void;
  readonly onProblem: (error: Error) => void;
}

export interface Environment {
  Bindings: { incoming: IncomingMessage; outgoing: ServerResponse };
  Variables: { caller: Caller; route: string; code: string | undefined };
}

export type App = OpenAPIHono<Environment>;

/**
 * Adds a route and its description.
 *
 * Not `app.openapi`, which would parse bodies before the handler sees them. Addresses below `/v1/` take the parameters that are
 * described, and no others.
 */
export function addRoute(
  app: App,
  route: RouteConfig,
  handler: (context: Context<Environment>) => Promise<Response> | Response,
): void {
  app.openAPIRegistry.registerPath(route);
  const path = route.path.replaceAll(/{(\w+)}/g, ':$1');
  const query = route.request?.query;
  const known = path.startsWith('/v1/') ? namesOf(query) : undefined;
  app.on(route.method, path, async (context) => {
    context.set('route', path);
    checkQuery(new URL(context.req.url).searchParams, known);
    return handler(context);
  });
}

function namesOf(query: unknown): string[] {
  return query instanceof z.ZodObject ? Object.keys(query.shape) : [];
}
