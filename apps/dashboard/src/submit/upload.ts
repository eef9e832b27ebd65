/** Sends files as a job, and opens it. */
import { signal } from '@preact/signals';
import { Refusal } from '../../../shared/service/refusal.js';
import { sendJob, type NamedFile } from '../../../shared/service/send-job.js';
import { refreshJobs } from '../state/jobs.js';
import { isReachable, needsKey, problem, report } from '../state/service.js';

/** Percent that has left; `undefined` if nothing is being sent. */
export const sent = signal<number | undefined>(undefined);
let sending = new AbortController();

export async function submit(
  files: readonly NamedFile[],
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  // Files that systems leave in folders are nobody's pictures.
  const wanted = files.filter(({ name }) => !/(^|\/)(\.|Thumbs\.db$|desktop\.ini$)/i.test(name));
  if (wanted.length === 0 || sent.value !== undefined) return;
  sending = new AbortController();
  problem.value = '';
  sent.value = 0;
  try {
    const id = await sendJob({
      ...{ service: document.baseURI, files: wanted, fields },
      onSent: (percent) => (sent.value = percent),
      signal: sending.signal,
    });
    if (id !== undefined) location.hash = `#job=${id}`;
    refreshJobs();
  } catch (error) {
    if (!(error instanceof Refusal)) isReachable.value = false;
    else if (error.status === 401) needsKey.value = true;
    report(error);
  } finally {
    sent.value = undefined;
  }
}

export function stopSending(): void {
  sending.abort();
}
