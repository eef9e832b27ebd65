/** The job that is open, by the address (`#job=ID`), and its changes as the service sends them. */
import { signal } from '@preact/signals';
import type { Job } from '@mien/server';
import { askJson } from '../api/ask.js';
import { readEvents } from '../api/events.js';
import { isOpen, refreshJobs } from './jobs.js';
import { key } from '../../../shared/service/key.js';
import { report } from './service.js';

export const selectedId = signal(idOf(location.hash));
export const job = signal<Job | undefined>(undefined);

const AGAIN_MS = 2000;
let following = new AbortController();

function idOf(hash: string): string | undefined {
  return /^#job=([0-9a-f-]{36})$/.exec(hash)?.[1];
}

export function followSelected(): void {
  addEventListener('hashchange', () => (selectedId.value = idOf(location.hash)));
  selectedId.subscribe(followAnew);
  // With another key, the job is asked for again.
  key.subscribe(followAnew);
}

function followAnew(): void {
  following.abort();
  following = new AbortController();
  const id = selectedId.peek();
  if (id !== job.peek()?.id) job.value = undefined;
  if (id !== undefined) void follow(id, following.signal);
}

/** Cancels the job (`DELETE`) or retries what failed of it. */
export async function changeJob(method: 'POST' | 'DELETE', path: string): Promise<void> {
  const { id } = job.value ?? {};
  if (id === undefined) return;
  try {
    job.value = await askJson<Job>(`v1/jobs/${id}${path}`, { method });
    followAnew();
    refreshJobs();
  } catch (error) {
    report(error);
  }
}

async function follow(id: string, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  while (!signal.aborted) {
    try {
      for await (const event of readEvents(`v1/jobs/${id}`, lastId, signal)) {
        if (isStopped(signal)) return;
        lastId = event.id;
        job.value = JSON.parse(event.data) as Job;
      }
      if (job.value?.id === id && !isOpen(job.value)) {
        refreshJobs();
        return;
      }
    } catch (error) {
      if (isStopped(signal)) return;
      report(error);
      if (job.value === undefined) return; // There is none, or a key is missing.
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Changes while others are awaited. */
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted;
}
