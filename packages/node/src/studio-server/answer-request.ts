/** What the studio's server answers: the window, and the models of the user's own training. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { STUDIO_HEADERS } from './headers.js';
import type { StaticFiles } from './static-files.js';
import { FILES_PATH, LIST_PATH, type TrainingRuns } from './training-runs.js';

const PLAIN_TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const LOOPBACK_NAMES = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

export interface Answering {
  readonly files: StaticFiles;
  readonly runs: TrainingRuns | undefined;
  /** Refuses requests for other names, so that no page of another site can reach this one by a name of its own. */
  readonly isLoopback: boolean;
}

export async function answerRequest(
  { files, runs, isLoopback }: Answering,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', headers } = request;
  for (const [name, value] of Object.entries(STUDIO_HEADERS)) response.setHeader(name, value);
  const refuse = (status: number, text: string, more: Readonly<Record<string, string>> = {}) =>
    void response.writeHead(status, { ...PLAIN_TEXT, ...more }).end(`${text}\n`);

  if (method !== 'GET' && method !== 'HEAD') {
    refuse(405, `${method}: only GET and HEAD are answered`, { allow: 'GET, HEAD' });
    return;
  }
  if (isLoopback && !LOOPBACK_NAMES.test(headers.host ?? '')) {
    refuse(421, 'this server answers only as localhost and 127.0.0.1');
    return;
  }
  const path = toPath(request.url);
  if (path === undefined) {
    refuse(400, 'the address is malformed');
    return;
  }

  if (runs !== undefined && path === LIST_PATH) {
    const body = JSON.stringify({ models: await runs.list() });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
    });
    response.end(method === 'HEAD' ? undefined : body);
    return;
  }
  if (path.startsWith(FILES_PATH)) {
    const file = await runs?.open(path);
    if (file === undefined) {
      refuse(404, `${path}: no such model`);
      return;
    }
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': file.sizeBytes,
      'cache-control': 'no-store',
    });
    if (method === 'HEAD') response.end();
    else await pipeline(file.stream(), response).catch(() => undefined); // The browser left, or the file was replaced.
    return;
  }

  const file = await files.find(path, headers['accept-encoding']?.toString());
  if (file === undefined) {
    refuse(404, `${path}: no such file`);
    return;
  }
  const { body, headers: ownHeaders } = file;
  const known = headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.includes(ownHeaders['etag'] ?? '') === true) {
    response.writeHead(304, ownHeaders).end();
    return;
  }
  response.writeHead(200, ownHeaders);
  response.end(method === 'HEAD' ? undefined : body);
}

/** The path of an address, decoded; `undefined` for one that cannot be. */
function toPath(url = '/'): string | undefined {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
}
