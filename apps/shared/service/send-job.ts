/** Sends files to a service as a job. By XMLHttpRequest: fetch does not tell how much has left. */
import { withKey } from './key.js';
import { toRefusal } from './refusal.js';

/** A file and what results call it. */
export interface NamedFile {
  readonly name: string;
  readonly file: Blob;
}

export interface JobToSend {
  /** Of the service: `v1/jobs` is below it. */
  readonly service: URL | string;
  readonly files: readonly NamedFile[];
  /** Such as `every`; empty ones are left out. */
  readonly fields: Readonly<Record<string, string>>;
  /** @param percent that has left, a whole number */
  readonly onSent: (percent: number) => void;
  readonly signal: AbortSignal;
}

/**
 * @returns the id of the job; `undefined` if it was stopped
 * @throws Refusal; TypeError if the service cannot be reached
 */
export function sendJob({ service, files, fields, onSent, signal }: JobToSend): Promise<string | undefined> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== '') form.set(name, value);
  for (const { name, file } of files) form.append('file', file, name);
  const request = new XMLHttpRequest();
  request.open('POST', new URL('v1/jobs', service));
  for (const [name, value] of Object.entries(withKey())) request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded, total }) => onSent(Math.floor((100 * loaded) / total));
  signal.addEventListener('abort', () => request.abort());
  return new Promise((resolve, reject) => {
    request.onabort = () => resolve(undefined);
    request.onerror = () => reject(new TypeError('the service cannot be reached'));
    request.onload = () => {
      const { status, statusText, responseText } = request;
      if (status === 201) resolve((JSON.parse(responseText) as { id: string }).id);
      else reject(toRefusal(status, statusText, responseText));
    };
    request.send(form);
  });
}
