/**
 * Who may ask. Three walls, from the outside in:
 *
 *   Host     a loopback service answers only as localhost, so that no page reaches it under a name of its own
 *   Origin   pages of other sites are refused; there are no CORS headers either
 *   key      `Authorization: Bearer …`, once there are keys; each has scopes
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { SCOPES, type Caller, type KeyFile, type Scope } from '../keys/key-file.js';
import { Problem } from './problem.js';

export interface Access {
  readonly keys: KeyFile | undefined;
  /** For other commands on this machine. */
  readonly localKey: string;
  /** Whether callers without a key are refused even if there are no keys. */
  readonly isClosed: boolean;
  /** Whether only this machine can reach the service. */
  readonly isLoopback: boolean;
}

const LOOPBACK_NAMES = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;
const LOCAL: Caller = { owner: 'local', scopes: SCOPES };

/** @throws Problem 421 or 403 */
export function requireOwnSite(headers: Headers, { isLoopback }: Access): void {
  const host = headers.get('host') ?? '';
  if (isLoopback && !LOOPBACK_NAMES.test(host)) {
    throw new Problem(421, 'WRONG_HOST', 'this service answers only as localhost and 127.0.0.1');
  }
  const origin = headers.get('origin');
  if (origin !== null && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new Problem(403, 'WRONG_ORIGIN', 'pages of other sites may not use this service');
  }
}

/** @throws Problem 401 */
export async function identify(headers: Headers, access: Access): Promise<Caller> {
  const { keys, isClosed, isLoopback } = access;
  const given = headers.get('authorization');
  if (given === null) {
    // A service that others reach stays closed when its last key is revoked or its file is gone.
    const needsKey = isClosed || !isLoopback || (keys !== undefined && !(await readKeys(keys.isEmpty())));
    if (!needsKey) return LOCAL;
    throw unauthorized('add the header Authorization: Bearer KEY; mien keys create makes a key');
  }
  return identifyKey(/^Bearer ([\w-]{1,200})$/i.exec(given)?.[1] ?? '', access);
}

/** @throws Problem 401 */
export async function identifyKey(key: string, { keys, localKey }: Access): Promise<Caller> {
  if (isEqual(key, localKey)) return LOCAL;
  const caller = keys === undefined ? undefined : await readKeys(keys.find(key));
  if (caller === undefined) throw unauthorized('the key is unknown or has expired');
  return caller;
}

/**
 * Event streams and WebSockets outlive their request. One may go on only while its key would still be accepted for a new one.
 *
 * @throws Problem 401 for a key that expired, was revoked or has other scopes now
 */
export function requireSame(before: Caller, now: Caller): void {
  if (now.owner !== before.owner || now.scopes.join() !== before.scopes.join()) {
    throw unauthorized('the key may do something else now; connect again');
  }
}

/** @throws Problem 403 */
export function requireScope({ scopes }: Caller, scope: Scope): void {
  if (!scopes.includes(scope)) {
    throw new Problem(403, 'SCOPE_MISSING', `the key may not do this: it needs the scope ${scope}`);
  }
}

/** What is wrong with the file of keys is for the log: the message names a path of this machine. */
async function readKeys<T>(reading: Promise<T>): Promise<T> {
  return reading.catch((cause: unknown) => {
    throw new Error(cause instanceof Error ? cause.message : String(cause), { cause });
  });
}

/** In constant time, whatever their lengths. */
function isEqual(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}

function unauthorized(detail: string): Problem {
  return new Problem(401, 'KEY_REQUIRED', detail, { 'www-authenticate': 'Bearer' });
}
