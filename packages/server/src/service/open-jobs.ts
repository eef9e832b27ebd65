/**
 * Jobs for a command, wherever they are:
 *
 *   a service at an address           asked over HTTP
 *   a folder that a process holds     that process is asked: its lock names address and key
 *   a folder that nobody holds        this process opens it, works on its jobs, and can be asked by others meanwhile
 *   a database server                 opened; workers elsewhere do the work
 */
import { readLockHolder } from '../database/folder-lock.js';
import { openLocalJobs } from '../jobs/local-jobs.js';
import type { Jobs } from '../jobs/jobs.js';
import { openRemoteJobs, type RemoteService } from '../jobs/remote-jobs.js';
import { openEngine, type Place } from './open-engine.js';
import { startService } from './start-service.js';
import { setTimeout as sleep } from 'node:timers/promises';

export interface OpenedJobs {
  readonly jobs: Jobs;
  /** Whether this process works on the jobs: nobody does when it ends. */
  readonly isOwn: boolean;
  /** @param graceMs for what this process works on */
  close(graceMs: number): Promise<void>;
}

export interface OpenJobsOptions {
  readonly at: Place | ({ readonly kind: 'service' } & RemoteService);
  /** Segments that this process works on if it has to open the folder itself. */
  readonly concurrency: number;
  readonly onProblem: (error: Error) => void;
}

/** A process that has just taken the folder opens its database before it can be asked. */
const STARTING_MS = 30_000;
const POLL_MS = 100;

/** @throws MienError as `startService` */
export async function openJobs({ at, concurrency, onProblem }: OpenJobsOptions): Promise<OpenedJobs> {
  if (at.kind === 'service') return remote(at);
  if (at.kind === 'server') {
    const engine = await openEngine({ place: at, concurrency: 0, onProblem });
    const context = { ...engine, onQueued: () => undefined, onCancelled: () => undefined };
    return { jobs: openLocalJobs(context, 'local', true), isOwn: false, close: () => engine.close(0) };
  }
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const holder = await readLockHolder(at.folder);
    if (holder?.address !== undefined) return remote({ address: holder.address, key: holder.key });
    if (holder === undefined || waitedMs >= STARTING_MS) break;
    await sleep(POLL_MS);
  }
  const service = await startService({
    place: at,
    port: 0,
    isClosed: true,
    threads: 0,
    concurrency,
    onProblem,
  });
  return { jobs: service.jobs, isOwn: true, close: (graceMs) => service.close(graceMs) };
}

function remote(service: RemoteService): OpenedJobs {
  return { jobs: openRemoteJobs(service), isOwn: false, close: () => Promise.resolve() };
}
