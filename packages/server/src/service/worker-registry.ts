/**
 * Which processes work on jobs: a row for each, renewed while it lives. Only for people to see; that a worker died is
 * noticed by the signs of life of its segments.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';

export const workerSchema = z.object({
  /** Machine and process. */
  name: z.string(),
  /** Segments that it analyses at the same time, and those that it does now. */
  concurrency: z.number().int(),
  running: z.number().int(),
  startedAt: z.iso.datetime(),
  /** Its last sign of life. */
  seenAt: z.iso.datetime(),
});
export type WorkerInfo = z.infer<typeof workerSchema>;

const RENEW_MS = 5000;
/** A worker that was silent for longer is not alive. */
const ALIVE_S = 30;

export interface WorkerEntry {
  remove(): Promise<void>;
}

/** @param running read at each renewal */
export async function registerWorker(
  { query }: Database,
  concurrency: number,
  running: () => number,
  onProblem: (error: Error) => void,
): Promise<WorkerEntry> {
  const id = randomUUID();
  const name = `${hostname()} ${process.pid}`;
  const renew = () =>
    query(
      `INSERT INTO mien.worker (id, name, concurrency, running) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET running = $4, seen_at = now()`,
      [id, name, concurrency, running()],
    );
  // Also without its entry a worker works.
  await query(`DELETE FROM mien.worker WHERE seen_at < now() - interval '1 day'`)
    .then(renew)
    .catch(onProblem);
  let current: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    current = current.then(renew).catch(onProblem);
  }, RENEW_MS);
  return {
    async remove() {
      clearInterval(timer);
      await current;
      await query('DELETE FROM mien.worker WHERE id = $1', [id]).catch(onProblem);
    },
  };
}

/** Those that gave a sign of life lately. */
export async function listWorkers({ query }: Queries): Promise<WorkerInfo[]> {
  const rows = await query<{
    name: string;
    concurrency: number;
    running: number;
    started_at: Date;
    seen_at: Date;
  }>(
    `SELECT name, concurrency, running, started_at, seen_at FROM mien.worker
     WHERE seen_at > now() - make_interval(secs => $1) ORDER BY started_at, name`,
    [ALIVE_S],
  );
  return rows.map(({ name, concurrency, running, started_at: started, seen_at: seen }) => ({
    ...{ name, concurrency, running },
    startedAt: started.toISOString(),
    seenAt: seen.toISOString(),
  }));
}
