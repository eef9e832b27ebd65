/** Requests to the service that this page came from. */
import { withKey } from '../../../shared/service/key.js';
import { toRefusal } from '../../../shared/service/refusal.js';
import { isReachable, needsKey } from '../state/service.js';

export interface AskInit extends Omit<RequestInit, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * @param path such as `v1/jobs`, relative to this page
 * @throws Refusal; TypeError if the service cannot be reached
 */
export async function ask(path: string, init: AskInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { ...withKey(), ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted !== true) isReachable.value = false;
    throw error;
  }
  isReachable.value = true;
  if (response.ok) return response;
  if (response.status === 401) needsKey.value = true;
  throw toRefusal(response.status, response.statusText, await response.text());
}

export async function askJson<T>(path: string, init?: AskInit): Promise<T> {
  return (await (await ask(path, init)).json()) as T;
}
