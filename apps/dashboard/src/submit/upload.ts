/** Sends files as a job. By XMLHttpRequest: fetch does not tell how much has left. */
import { signal } from '@preact/signals';
import type { Job } from '@mien/server';
import { toRefusal, withKey } from '../api/ask.js';
import { refreshJobs } from '../state/jobs.js';
import { isReachable, needsKey, problem, report } from '../state/service.js';
import type { NamedFile } from './dropped-files.js';

/** Percent that has left; `undefined` if nothing is being sent. */
export const sent = signal<number | undefined>(undefined);
let sending: XMLHttpRequest | undefined;

export async function submit(
  files: readonly NamedFile[],
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  // Files that systems leave in folders are nobody's pictures.
  const wanted = files.filter(({ name }) => !/(^|\/)(\.|Thumbs\.db$|desktop\.ini$)/i.test(name));
  if (wanted.length === 0 || sent.value !== undefined) return;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== '') form.set(name, value);
  for (const { name, file } of wanted) form.append('file', file, name);
  problem.value = '';
  sent.value = 0;
  try {
    const job = await send(form);
    if (job !== undefined) location.hash = `#job=${job.id}`;
    refreshJobs();
  } catch (error) {
    report(error);
  } finally {
    sent.value = undefined;
  }
}

export function stopSending(): void {
  sending?.abort();
}

/** @returns `undefined` if it was stopped */
function send(form: FormData): Promise<Job | undefined> {
  const request = (sending = new XMLHttpRequest());
  request.open('POST', 'v1/jobs');
  for (const [name, value] of Object.entries(withKey())) request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded, total }) => (sent.value = Math.floor((100 * loaded) / total));
  return new Promise((resolve, reject) => {
    request.onabort = () => resolve(undefined);
    request.onerror = () => {
      isReachable.value = false;
      reject(new Error('the service cannot be reached'));
    };
    request.onload = () => {
      const { status, statusText, responseText } = request;
      if (status === 201) resolve(JSON.parse(responseText) as Job);
      else {
        if (status === 401) needsKey.value = true;
        reject(toRefusal(status, statusText, responseText));
      }
    };
    request.send(form);
  });
}
