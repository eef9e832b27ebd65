/** The jobs of the caller and the workers, asked for again and again while the page is seen. */
import { signal } from '@preact/signals';
import type { JobSummary, WorkerInfo } from '@mien/server';
import { askJson } from '../api/ask.js';
import { needsKey, report } from './service.js';
import { TimeLeft } from './time-left.js';

/** `undefined` until the first answer. */
export const jobs = signal<readonly JobSummary[] | undefined>(undefined);
export const workers = signal<readonly WorkerInfo[]>([]);
/** Milliseconds by the id of a job. */
export const timesLeft = signal<ReadonlyMap<string, number>>(new Map());

const BUSY_MS = 1000;
const CALM_MS = 4000;

const paces = new Map<string, TimeLeft>();
let wake: () => void = () => undefined;

/** Asks now instead of at the next interval. */
export function refreshJobs(): void {
  wake();
}

export async function followJobs(): Promise<never> {
  for (;;) {
    if (!document.hidden && !needsKey.value) await refresh().catch(report);
    const isBusy = jobs.value?.some(isOpen) === true;
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, isBusy ? BUSY_MS : CALM_MS);
    });
  }
}

export function isOpen({ state }: JobSummary): boolean {
  return state === 'queued' || state === 'running';
}

async function refresh(): Promise<void> {
  const [listed, alive] = await Promise.all([
    askJson<{ jobs: JobSummary[] }>('v1/jobs'),
    askJson<{ workers: WorkerInfo[] }>('v1/workers'),
  ]);
  const left = new Map<string, number>();
  for (const job of listed.jobs.filter(isOpen)) {
    const pace = paces.get(job.id) ?? new TimeLeft();
    paces.set(job.id, pace);
    const ms = job.state === 'running' ? pace.add(job.progress, performance.now()) : undefined;
    if (ms !== undefined) left.set(job.id, ms);
  }
  jobs.value = listed.jobs;
  workers.value = alive.workers;
  timesLeft.value = left;
}

document.addEventListener('visibilitychange', () => wake());
