/**
 * Changes of jobs, for any number of listeners: two queries a second ask for the versions of all jobs that are watched.
 *
 * Changes come from any process of the database, so asking is what works everywhere; LISTEN would need a connection each.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/database.js';

export interface JobWatcher {
  /**
   * Resolves when the job's version is no longer `version`.
   *
   * @returns `false` if the signal aborted or the watcher was closed: there will be no more news
   */
  changed(id: string, version: number, signal?: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

const INTERVAL_MS = 500;

interface Listener {
  readonly id: string;
  readonly version: number;
  readonly resolve: () => void;
}

export function createJobWatcher(database: Database, onProblem: (error: Error) => void): JobWatcher {
  const listeners = new Set<Listener>();
  let isClosed = false;
  let running: Promise<void> | undefined;

  const ask = async () => {
    const asking = [...listeners]; // Of those that come meanwhile the answer says nothing.
    const ids = [...new Set(asking.map(({ id }) => id))];
    const rows = await database.query<{ id: string; version: number }>(
      'SELECT id, version FROM mien.job WHERE id = ANY($1::uuid[])',
      [ids],
    );
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    for (const { id, version, resolve } of asking) if (versions.get(id) !== version) resolve();
  };
  const run = async () => {
    while (listeners.size > 0 && !isClosed) {
      await ask().catch(onProblem);
      await sleep(INTERVAL_MS);
    }
    running = undefined;
  };
  return {
    async changed(id, version, signal) {
      const isOver = () => isClosed || signal?.aborted === true;
      if (isOver()) return false;
      await new Promise<void>((done) => {
        const resolve = () => {
          listeners.delete(listener);
          signal?.removeEventListener('abort', resolve);
          done();
        };
        const listener: Listener = { id, version, resolve };
        listeners.add(listener);
        signal?.addEventListener('abort', resolve);
        running ??= run();
      });
      return !isOver();
    },
    async close() {
      isClosed = true;
      for (const { resolve } of listeners) resolve();
      await running;
    },
  };
}
