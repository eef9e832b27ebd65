/** Opens what jobs rest on: the database with its tables and queue, the store, and what keeps them in order. */
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { enableRelaxedSimd } from '@mien/node/runtime';
import type { PgBoss } from 'pg-boss';
import type { Database } from '../database/database.js';
import { openPglite } from '../database/open-pglite.js';
import { openPostgres } from '../database/open-postgres.js';
import { createTables } from '../database/schema.js';
import { removeOrphans, startJobKeeper } from '../jobs/job-keeper.js';
import { openJobQueue, type QueueTimes } from '../jobs/job-queue.js';
import {
  createSegmentWorker,
  type SegmentWorker,
  type SegmentWorkerOptions,
} from '../jobs/segment-worker.js';
import { createJobWatcher, type JobWatcher } from '../jobs/watch-job.js';
import { openModelStore, type ModelStore } from '../models/model-store.js';
import type { FileStore } from '../store/file-store.js';
import { openStore } from '../store/open-store.js';
import { closeAll } from './close-all.js';
import { DEFAULT_ANALYSIS } from './default-analysis.js';
import { registerWorker } from './worker-registry.js';

/** Where jobs are kept. */
export type Place =
  /** The embedded database in a folder, which the caller has locked. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** A PostgreSQL server, and for files a folder that all machines share, or `s3://bucket/prefix`. */
  | { readonly kind: 'server'; readonly url: string; readonly storeFolder: string };

export interface EngineOptions extends QueueTimes {
  readonly place: Place;
  /** Segments that this process analyses at the same time; 0 for none. */
  readonly concurrency: number;
  readonly onProblem: (error: Error) => void;
  readonly touchMs?: number | undefined;
  /** Length of the chunks of videos; default a minute. The same for all processes of a database. */
  readonly chunkMs?: number | undefined;
}

/** For simulations as well. */
export type EngineParts = EngineOptions & Pick<SegmentWorkerOptions, 'createAnalyst'>;

export interface Engine {
  readonly database: Database;
  readonly boss: PgBoss;
  readonly store: FileStore;
  readonly models: ModelStore;
  /** Of the embedded database; `undefined` for a server. */
  readonly folder: string | undefined;
  readonly watcher: JobWatcher;
  /** Absent without concurrency. */
  readonly worker: SegmentWorker | undefined;
  /** Stops in good order: work that is not done after `graceMs` goes back to the queue. */
  close(graceMs: number): Promise<void>;
}

const SECOND_MS = 1000;

/** @throws MienError as the openers of database and store, `USAGE` for the folder of another database's files */
export async function openEngine(options: EngineParts): Promise<Engine> {
  const { place, concurrency, onProblem, superviseSeconds = 10, touchMs, chunkMs, createAnalyst } = options;
  enableRelaxedSimd(); // Before threads compile kernels: results are those of the command, bit for bit.
  const database =
    place.kind === 'folder'
      ? await openPglite(join(place.folder, 'database'))
      : await openPostgres(place.url, onProblem);
  let boss: PgBoss | undefined;
  let store: FileStore | undefined;
  try {
    store = await openStore(place.kind === 'folder' ? join(place.folder, 'files') : place.storeFolder);
    const models = openModelStore(store);
    await createTables(database);
    await requireOwnStore(database, store);
    if (place.kind === 'folder') await removeOrphans(database, store);
    boss = await openJobQueue(database, options, onProblem);
    const [queue, files] = [boss, store];
    const keeper = startJobKeeper({ database, boss, store }, superviseSeconds * SECOND_MS, onProblem);
    const watcher = createJobWatcher(database, onProblem);
    const worker =
      concurrency === 0
        ? undefined
        : createSegmentWorker({
            ...{ database, boss, store, models, concurrency, onProblem, touchMs, createAnalyst },
            settings: { ...DEFAULT_ANALYSIS, ...(chunkMs !== undefined && { chunkMs }) },
          });
    const folder = place.kind === 'folder' ? place.folder : undefined;
    const entry =
      worker === undefined
        ? undefined
        : await registerWorker(database, concurrency, () => worker.running, onProblem);
    return {
      ...{ database, boss, store, models, folder, watcher, worker },
      close: (graceMs) =>
        closeAll([
          () => watcher.close(),
          () => worker?.close(graceMs),
          () => entry?.remove(),
          () => keeper.close(),
          () => queue.stop({ graceful: false }),
          () => database.close(),
          () => models.close(),
          () => files.close(),
        ]),
    };
  } catch (error) {
    const closers = [() => boss?.stop({ graceful: false }), () => database.close(), () => store?.close()];
    await closeAll(closers).catch(onProblem); // The first error says what is wrong.
    throw error;
  }
}

/** A worker that looks for the files in another folder than the service would fail every job. */
async function requireOwnStore({ query }: Database, { id, place }: FileStore): Promise<void> {
  await query(`INSERT INTO mien.meta (name, value) VALUES ('store', $1) ON CONFLICT (name) DO NOTHING`, [id]);
  const [row] = await query<{ value: string }>(`SELECT value FROM mien.meta WHERE name = 'store'`);
  if (row?.value !== id) {
    throw new MienError(
      'USAGE',
      `--store: ${place} is not the folder of this database's files; name the one that the service uses`,
    );
  }
}
