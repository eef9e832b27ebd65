/** The built service on the embedded database in a temporary folder, and what tests send to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService, type RequestLog, type Service, type ServiceOptions } from '@mien/server';

export interface TestService {
  readonly service: Service;
  readonly folder: string;
  readonly logs: readonly RequestLog[];
  readonly errors: readonly Error[];
  ask(path: string, init?: RequestInit): Promise<Response>;
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
  return {
    ...{ service, folder, logs, errors },
    ask: (path, init) => fetch(new URL(path, service.url), init),
    async close() {
      await service.close(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A multipart body of files and fields. */
export function toForm(
  files: Readonly<Record<string, Uint8Array>>,
  fields: Readonly<Record<string, string>> = {},
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  for (const [name, bytes] of Object.entries(files)) form.append('file', new Blob([new Uint8Array(bytes)]), name);
  return form;
}
