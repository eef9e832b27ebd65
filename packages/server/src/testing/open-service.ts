/** The built service on the embedded database in a temporary folder, and what tests send to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startService, type RequestLog, type Service, type ServiceOptions } from '@mien/server';
import { problemSchema } from '../http/problem.js';
import { jobSchema, type Job } from '../jobs/job.js';

/** The embedded database creates its files: seconds, on a busy machine many. */
export const START_MS = 90_000;

export interface TestService {
  readonly service: Service;
  readonly folder: string;
  readonly logs: readonly RequestLog[];
  readonly errors: readonly Error[];
  ask(path: string, init?: RequestInit): Promise<Response>;
  submit(body: FormData, headers?: Record<string, string>): Promise<Job>;
  untilOver(job: Job): Promise<Job>;
  close(): Promise<void>;
}

export async function openService(options: Partial<ServiceOptions> = {}): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'mien-service-'));
  const logs: RequestLog[] = [];
  const errors: Error[] = [];
  const service = await startService({
    place: { kind: 'folder', folder },
    port: 0,
    threads: 1,
    onRequest: (log) => void logs.push(log),
    onProblem: (error) => void errors.push(error),
    ...options,
  });
  const ask: TestService['ask'] = (path, init) => fetch(new URL(path, service.url), init);
  return {
    ...{ service, folder, logs, errors, ask },
    submit: (body, headers = {}) => jobOf(ask('v1/jobs', { method: 'POST', body, headers })),
    async untilOver({ id }) {
      for (;;) {
        const job = await jobOf(ask(`v1/jobs/${id}`));
        if (job.state === 'done' || job.state === 'cancelled') return job;
        await sleep(100);
      }
    },
    async close() {
      await service.close(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Status and code of a refusal, whose body is checked. */
export async function problemOf(answer: Promise<Response>): Promise<string> {
  const response = await answer;
  const text = await response.text();
  const type = response.headers.get('content-type');
  if (type !== 'application/problem+json')
    throw new Error(`no problem, but ${response.status} ${type}: ${text}`);
  const { status, code } = problemSchema.parse(JSON.parse(text));
  if (status !== response.status) throw new Error(`says ${status}, is ${response.status}`);
  return `${status} ${code}`;
}

export async function jobOf(answer: Promise<Response>): Promise<Job> {
  const response = await answer;
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(body));
  return jobSchema.parse(body);
}

/** A multipart body of files and fields. */
export function toForm(
  files: Readonly<Record<string, Uint8Array>>,
  fields: Readonly<Record<string, string>> = {},
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  for (const [name, bytes] of Object.entries(files))
    form.append('file', new Blob([new Uint8Array(bytes)]), name);
  return form;
}
