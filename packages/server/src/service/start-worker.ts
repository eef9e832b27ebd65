/** A process that only works on jobs: on any machine that reaches the database and the files. */
import { openEngine, type EngineOptions } from './open-engine.js';

export interface WorkerProcess {
  /** Takes no more work; what is not done after `graceMs` goes back to the queue. */
  close(graceMs: number): Promise<void>;
}

/** @throws MienError as `startService` */
export async function startWorker(options: EngineOptions): Promise<WorkerProcess> {
  const engine = await openEngine(options);
  return { close: (graceMs) => engine.close(graceMs) };
}
