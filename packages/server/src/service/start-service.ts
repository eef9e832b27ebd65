/** The service: pictures over HTTP, jobs on a database, workers in threads. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { getRequestListener, RequestError } from '@hono/node-server';
import { MienError } from '@mien/core';
import { isLoopback, readStaticFiles } from '@mien/node/studio';
import { lockFolder, type FolderLock } from '../database/folder-lock.js';
import { createDownloader, type Downloader } from '../downloads/downloader.js';
import type { AppContext, RequestLog } from '../http/app-context.js';
import { createApp } from '../http/create-app.js';
import { DEFAULT_LIMITS, MAX_HEADER_BYTES, type Limits } from '../http/limits.js';
import { createMetrics } from '../http/metrics.js';
import { Problem, toResponse } from '../http/problem.js';
import { createReception } from '../http/reception.js';
import { malformed, refuseMalformed } from '../http/refuse.js';
import { serveStreams, type StreamServer } from '../http/stream/stream-server.js';
import type { QueueTimes } from '../jobs/job-queue.js';
import { openLocalJobs, type LocalJobs } from '../jobs/local-jobs.js';
import { openKeyFile, type KeyFile } from '../keys/key-file.js';
import { createPicturePool } from '../pictures/picture-pool.js';
import { closeAll } from './close-all.js';
import { listWorkers } from './worker-registry.js';
import { openEngine, type Engine, type Place } from './open-engine.js';

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 7342;

export interface ServiceOptions extends QueueTimes {
  readonly place: Place;
  /** Default {@link DEFAULT_HOST}. Any other than loopback needs keys. */
  readonly host?: string | undefined;
  /** 0 is any free one; default {@link DEFAULT_PORT}. */
  readonly port?: number | undefined;
  /** File of keys; default `keys.json` in the folder of a `folder` place, none for a `server` place. */
  readonly keysFile?: string | undefined;
  /** Refuse callers without a key even if there are no keys. Default: no. */
  readonly isClosed?: boolean | undefined;
  /** Threads for pictures; default half of the processors. 0 answers no pictures. */
  readonly threads?: number | undefined;
  /** Segments of jobs at the same time; default 1. */
  readonly concurrency?: number | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Fetches the files of jobs that are submitted as addresses. Default: none is allowed. */
  readonly downloader?: Downloader | undefined;
  /** Folder of the built studio, to serve it at /studio. */
  readonly studioFolder?: string | undefined;
  readonly touchMs?: number | undefined;
  /** Length of the chunks of videos; default a minute. The same for all processes of a database. */
  readonly chunkMs?: number | undefined;
  readonly onRequest?: ((log: RequestLog) => void) | undefined;
  /** What goes wrong in the service itself. */
  readonly onProblem?: ((error: Error) => void) | undefined;
}

export interface Service {
  /** Such as `http://127.0.0.1:7342/`. */
  readonly url: string;
  /** Jobs of all owners, as this machine's own commands see them. */
  readonly jobs: LocalJobs;
  /**
   * Stops in good order: refuses new requests, answers those that are there, and gives jobs `graceMs` (default 30 s) to end;
   * what is left goes back to the queue.
   */
  close(graceMs?: number): Promise<void>;
}

const GRACE_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than that of proxies (60 s), which would otherwise send into a connection that is being closed. */
const KEEP_ALIVE_MS = 65_000;

/**
 * @throws MienError `USAGE` for a port or host that cannot be used, a folder that another process holds, or a host beyond
 *   loopback without keys; `INPUT_UNREADABLE` for a database that cannot be reached
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { place, host = DEFAULT_HOST, port = DEFAULT_PORT, onProblem = () => undefined } = options;
  const keysFile =
    options.keysFile ?? (place.kind === 'folder' ? join(place.folder, 'keys.json') : undefined);
  const keys = keysFile === undefined ? undefined : openKeyFile(keysFile);
  await requireKeys(host, keys);
  const lock = place.kind === 'folder' ? await lockFolder(place.folder) : undefined;
  const engine = await openEngine({ ...options, concurrency: options.concurrency ?? 1, onProblem }).catch(
    async (error: unknown) => {
      await lock?.release().catch(onProblem);
      throw error;
    },
  );
  return listen(options, { host, port, keys, lock, engine });
}

interface Opened {
  readonly host: string;
  readonly port: number;
  readonly keys: KeyFile | undefined;
  readonly lock: FolderLock | undefined;
  readonly engine: Engine;
}

/** Closes the engine and the lock too, when it fails and when the service ends. */
async function listen(options: ServiceOptions, { host, port, keys, lock, engine }: Opened): Promise<Service> {
  const {
    onProblem = () => undefined,
    onRequest = () => undefined,
    isClosed = false,
    studioFolder,
  } = options;
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { database, store, models, worker } = engine;
  const pictures = createPicturePool({
    threads: options.threads ?? Math.max(1, Math.floor(availableParallelism() / 2)),
    maxQueued: limits.queued,
    timeLimitMs: limits.pictureMs,
    maxPixels: limits.pixels,
    onProblem,
  });
  const localKey = randomBytes(32).toString('base64url');
  const context = {
    ...engine,
    onQueued: () => worker?.wake(),
    onCancelled: (ids: readonly string[]) => worker?.cancel(ids),
  };
  const metrics = createMetrics({
    pictureLoad: () => pictures.load,
    openStreams: () => streams?.open ?? 0,
    runningSegments: () => worker?.running ?? 0,
    segments: async () => {
      const rows = await database.query<{ state: string; count: number }>(
        'SELECT state, count(*)::int AS count FROM mien.segment GROUP BY state',
      );
      return new Map(rows.map(({ state, count }) => [state, count]));
    },
  });
  let streams: StreamServer | undefined;
  let isDraining = false;
  let isLoaded = false;
  let server: Server | undefined;
  const close = async (graceMs: number) => {
    isDraining = true;
    const closed = server && new Promise((resolve) => server?.close(resolve));
    server?.closeIdleConnections();
    await closeAll([
      () => streams?.close(),
      () => engine.watcher.close(), // ends event streams
      () => pictures.close(),
      async () => {
        const timer = setTimeout(() => server?.closeAllConnections(), Math.min(graceMs, GRACE_MS)).unref();
        await engine.close(graceMs).finally(() => clearTimeout(timer));
      },
      () => {
        server?.closeAllConnections();
        return closed;
      },
      () => lock?.release(),
    ]);
  };
  try {
    const shared: AppContext = {
      access: { keys, localKey, isClosed, isLoopback: isLoopback(host) },
      ...{
        limits,
        pictures,
        reception: createReception(pictures),
        store,
        models,
        metrics,
        onRequest,
        onProblem,
      },
      studio: studioFolder === undefined ? undefined : await readStaticFiles(studioFolder),
      jobsOf: ({ owner, scopes }) => openLocalJobs(context, owner, scopes.includes('admin')),
      downloader: options.downloader ?? createDownloader({ allow: [] }),
      listWorkers: () => listWorkers(database),
      notReady: async () => {
        if (isDraining) return 'the service is shutting down';
        if (!isLoaded) return 'the model is being loaded';
        const isThere = await database.query('SELECT 1').then(Boolean, () => false);
        return isThere ? undefined : 'the database cannot be reached';
      },
    };
    const app = await createApp(shared);
    await pictures.ready;
    isLoaded = true;
    const listener = getRequestListener(app.fetch, {
      overrideGlobalObjects: false,
      autoCleanupIncoming: false, // read-body.ts drains, and knows for how long
      // Only addresses that are none come here: the application answers its own errors.
      errorHandler: (error) => {
        const isTheirs = error instanceof RequestError;
        if (!isTheirs) onProblem(error as Error);
        const problem = isTheirs
          ? malformed()
          : new Problem(500, 'INTERNAL', 'the service failed; its log says more');
        onRequest({ method: 'unknown', route: 'unknown', status: problem.status, ms: 0, code: problem.code });
        return toResponse(problem);
      },
    });
    const serverOptions = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0, // an upload may take long; read-body.ts ends those that stand still
      requireHostHeader: false, // the listener says so, in words
    };
    server = createServer(serverOptions, (request, response) => void listener(request, response));
    refuseMalformed(server, shared);
    streams = serveStreams(server, shared);
    await bind(server, { host, port, onProblem });
    const { port: actual } = server.address() as AddressInfo;
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${actual}/`;
    // Other commands on this machine come over loopback, also if the service listens everywhere.
    const loopback = isLoopback(host) ? url : `http://127.0.0.1:${actual}/`;
    await lock?.announce(loopback, localKey);
    return {
      url,
      jobs: openLocalJobs(context, 'local', true),
      close: (graceMs = GRACE_MS) => close(graceMs),
    };
  } catch (error) {
    await close(0).catch(onProblem); // The first error says what is wrong.
    throw error;
  }
}

async function requireKeys(host: string, keys: KeyFile | undefined): Promise<void> {
  if (isLoopback(host) || (keys !== undefined && !(await keys.isEmpty()))) return;
  throw new MienError(
    'USAGE',
    `--host ${host}: others could reach the service, and there are no keys; create one with mien keys create, or keep to 127.0.0.1`,
  );
}

function bind(
  server: Server,
  { host, port, onProblem }: { host: string; port: number; onProblem: (error: Error) => void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: `--port ${port}: is in use; choose another one, or 0 for any that is free`,
        EACCES: `--port ${port}: may not be used by this user; choose one above 1023`,
        EADDRNOTAVAIL: `--host ${host}: is no address of this machine`,
        ENOTFOUND: `--host ${host}: is no address of this machine`,
      };
      const message = reasons[cause.code ?? ''];
      reject(message === undefined ? cause : new MienError('USAGE', message, { cause }));
    };
    server.once('error', onError).listen({ host, port }, () => {
      // An error while it listens, such as no file descriptors for another connection, does not end the service.
      server.off('error', onError).on('error', onProblem);
      resolve();
    });
  });
}
