/**
 * Takes segments and chunks of them from the queue and analyses them: fetch → analyse, with a sign of life every few seconds → one short
 * transaction that counts only if this attempt is still the one that holds the segment.
 *
 * So a worker may die at any moment: its segments are taken over by others, and what it might still write is refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MienError } from '@mien/core';
import type { AnalyzerSettings } from '@mien/node/analysis';
import type { PgBoss } from 'pg-boss';
import type { Database } from '../database/database.js';
import type { ModelStore } from '../models/model-store.js';
import type { FileStore } from '../store/file-store.js';
import { bePatient, OutOfReachError } from './be-patient.js';
import { releaseTicket } from './change-job.js';
import { QUEUE, type SegmentTicket } from './job-queue.js';
import type { Attempt } from './job-transaction.js';
import { createSegmentAnalyst, isWorkerFault, type SegmentAnalyst } from './segment-analyst.js';
import { beginStep } from './take-step.js';

export interface SegmentWorkerOptions {
  readonly database: Database;
  readonly boss: PgBoss;
  readonly store: FileStore;
  readonly models: Pick<ModelStore, 'resolve'>;
  readonly settings: AnalyzerSettings;
  /** Segments at the same time, each in a thread of its own. */
  readonly concurrency: number;
  readonly onProblem: (error: Error) => void;
  /** Makes what analyses segments. Default: a worker thread with `settings`; simulations bring their own. */
  readonly createAnalyst?: (() => SegmentAnalyst) | undefined;
  /** Time between two signs of life. Default 5 s. */
  readonly touchMs?: number | undefined;
}

export interface SegmentWorker {
  /** Looks for work now instead of at the next interval. */
  wake(): void;
  /** Stops those of these tickets that run here. */
  cancel(queueIds: readonly string[]): void;
  readonly running: number;
  /** Takes no more work. Waits for what runs until `graceMs`, then gives it back to the queue. */
  close(graceMs: number): Promise<void>;
}

const IDLE_MS = 1000;
const TOUCH_MS = 5000;
/** A database that restarts is back by then; later the segment is another worker's. */
const RECORD_TRIES = 6;

/** Why an analysis ends early. */
const STOPPED = { lost: 'lost', released: 'released' } as const;

export function createSegmentWorker(options: SegmentWorkerOptions): SegmentWorker {
  const { database, boss, store, models, concurrency, onProblem, touchMs = TOUCH_MS } = options;
  const { createAnalyst = () => createSegmentAnalyst(options.settings) } = options;
  const free: SegmentAnalyst[] = Array.from({ length: concurrency }, createAnalyst);
  const analysts = [...free];
  const running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>();
  let isClosing = false;
  let wake: () => void = () => undefined;

  const report = (error: unknown) => onProblem(error instanceof Error ? error : new Error(String(error)));

  const run = async (attempt: Attempt, analyst: SegmentAnalyst, stop: AbortController) => {
    const { ticket, retryCount } = attempt;
    const id = { id: ticket.queueId, retryCount };
    const { signal } = stop;
    const patiently = <T>(work: () => Promise<T>) => bePatient(work, signal, report);
    const step = await beginStep({
      ...{ database, boss, store, models, analyst, attempt, signal, patiently },
      settings: options.settings,
    });
    if (step === undefined) {
      await boss.complete(QUEUE, id); // Cancelled before it began.
      return;
    }
    let isTouching = false;
    const touch = async () => {
      if (isTouching) return;
      isTouching = true;
      try {
        const { affected } = (await boss.touch(QUEUE, id)) as { affected: number };
        if (affected === 0) stop.abort(STOPPED.lost);
        else await step.report();
      } catch (error) {
        report(error); // The database may be back at the next one.
      } finally {
        isTouching = false;
      }
    };
    const heart = setInterval(() => void touch(), touchMs);
    try {
      const { record, tidy } = await step.work();
      await recordPatiently(record);
      wake(); // There may be chunks now, or what joins them.
      if (tidy !== undefined) await patiently(tidy);
    } catch (error) {
      if (signal.reason === STOPPED.lost) return;
      if (signal.reason === STOPPED.released) await releaseTicket(database, boss, attempt);
      else if (error instanceof OutOfReachError) {
        report(error); // Not the fault of the work: the attempt does not count.
        await releaseTicket(database, boss, attempt);
      } else if (isWorkerFault(error)) {
        report(error);
        await boss.fail(QUEUE, id, { reason: error instanceof Error ? error.message : String(error) });
      } else {
        const { code, message } = error as MienError;
        await recordPatiently(() => step.fail({ code, message }));
      }
    } finally {
      clearInterval(heart);
    }
  };

  /** Analysing again would cost more than waiting for the database: the transaction is tried again. */
  const recordPatiently = async (record: () => Promise<void>) => {
    for (let tries = 1; ; tries++) {
      try {
        await record();
        return;
      } catch (error) {
        if (tries === RECORD_TRIES) throw error;
        report(error);
        await sleep(500 * 2 ** tries);
      }
    }
  };

  const start = (attempt: Attempt, analyst: SegmentAnalyst) => {
    const { queueId } = attempt.ticket;
    const stop = new AbortController();
    const ended = run(attempt, analyst, stop)
      .catch(report)
      .finally(() => {
        running.delete(queueId);
        free.push(analyst);
        wake();
      });
    running.set(queueId, { stop, ended });
  };

  const loop = async () => {
    while (!isClosing) {
      let found = 0;
      const woken = new Promise<void>((resolve) => (wake = resolve));
      if (free.length > 0) {
        try {
          const jobs = await boss.fetch<SegmentTicket>(QUEUE, { batchSize: free.length });
          found = jobs.length;
          for (const { data, retryCount } of jobs) {
            const analyst = free.pop();
            if (analyst !== undefined) start({ ticket: data, retryCount }, analyst);
          }
        } catch (error) {
          report(error);
        }
      }
      const pause = new AbortController();
      if (found === 0) {
        await Promise.race([
          woken,
          sleep(IDLE_MS, undefined, { signal: pause.signal }).catch(() => undefined),
        ]);
        pause.abort();
      } else if (free.length === 0) await woken;
    }
  };
  const looping = loop();

  return {
    wake: () => wake(),
    cancel: (queueIds) => queueIds.forEach((id) => running.get(id)?.stop.abort(STOPPED.lost)),
    get running() {
      return running.size;
    },
    async close(graceMs) {
      isClosing = true;
      wake();
      await looping;
      const timer = setTimeout(() => {
        for (const { stop } of running.values()) stop.abort(STOPPED.released);
      }, graceMs);
      while (running.size > 0) await Promise.all([...running.values()].map(({ ended }) => ended));
      clearTimeout(timer);
      await Promise.all(analysts.map((analyst) => analyst.close()));
    },
  };
}
