/** What strangers send to a service that others reach, and what becomes of those whose key ends. */
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PORTRAIT } from '../../../node/src/testing/make-video.js';
import { openKeyFile, type KeyFile } from '../keys/key-file.js';
import { openService, problemOf, START_MS, toForm, type TestService } from '../testing/open-service.js';

let folder: string;
let keys: KeyFile;
let headers: Record<string, string>;
let portrait: Buffer;
let tested: TestService;

const newKey = async () => {
  const { key, stored } = await keys.create({ name: 'lab', scopes: ['analyze', 'jobs', 'admin'] });
  return { id: stored.id, headers: { authorization: `Bearer ${key}` } };
};
const ask: TestService['ask'] = (path, init) => tested.ask(path, { headers, ...init });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-keys-'));
  keys = openKeyFile(join(folder, 'keys.json'));
  ({ headers } = await newKey());
  portrait = await sharp(PORTRAIT).resize(200).jpeg().toBuffer();
  // Nothing works on jobs: they stay queued.
  const options = { host: '0.0.0.0', keysFile: join(folder, 'keys.json'), concurrency: 0 };
  tested = await openService({ ...options, limits: { queued: 1 } });
}, START_MS);
afterAll(async () => {
  await tested.close();
  await rm(folder, { recursive: true, force: true });
}, START_MS);

/** Sends text as it is. @returns all that comes back until the connection ends */
async function sendRaw(text: string): Promise<string> {
  const { port } = new URL(tested.service.url);
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (part: string) => (answer += part)).on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

describe('what is no HTTP, or asks for nothing that is there, is answered with a problem and logged', () => {
  const end = 'Connection: close\r\n';
  const upgrade = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
  it.each([
    ['nonsense', 'NONSENSE\r\n\r\n', '400 REQUEST_INVALID'],
    ['no Host', `GET /healthz HTTP/1.1\r\n${end}\r\n`, '400 REQUEST_INVALID'],
    ['a Host that is none', `GET /healthz HTTP/1.1\r\nHost: a b\r\n${end}\r\n`, '400 REQUEST_INVALID'],
    ['an address that is none', `GET http://[::/ HTTP/1.1\r\nHost: a\r\n${end}\r\n`, '400 REQUEST_INVALID'],
    ['two lengths', 'POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', '400 REQUEST_INVALID'],
    ['a length and chunks', 'POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', '400 REQUEST_INVALID'],
    ['large headers', `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(10_000)}\r\n\r\n`, '431 HEADERS_TOO_LARGE'],
    ['percent signs', `GET /assets/%ff HTTP/1.1\r\nHost: a\r\n${end}\r\n`, '404 NOT_FOUND'],
    ['a WebSocket without an address', `GET // HTTP/1.1\r\n${upgrade}\r\n`, '404 NOT_FOUND'],
    ['a WebSocket without a key', `GET /v1/stream HTTP/1.1\r\n${upgrade}\r\n`, '400 HANDSHAKE_INVALID'],
    ['a WebSocket by POST', `POST /v1/stream HTTP/1.1\r\n${upgrade}\r\n`, '400 HANDSHAKE_INVALID'],
  ])('%s', async (_, request, expected) => {
    const before = tested.logs.length;
    const answer = await sendRaw(request);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toContain('application/problem+json');
    const { status, code } = JSON.parse(body) as { status: number; code: string };
    expect(`${status} ${code}`).toBe(expected);
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(tested.logs.slice(before)).toEqual([expect.objectContaining({ status, code })]);
  }); // prettier-ignore

  it.each(['-'.repeat(36), 'a'.repeat(36), '%ff'])('the job %s', async (id) => {
    for (const [method, path] of [['GET', ''], ['DELETE', ''], ['GET', '/result'], ['POST', '/retry']] as const) {
      expect(await problemOf(ask(`v1/jobs/${id}${path}`, { method }))).toBe('404 NOT_FOUND');
    } // prettier-ignore
    expect(tested.errors).toEqual([]);
  });
});

it('HEAD of a backup leaves no copy behind', async () => {
  const response = await ask('v1/backup', { method: 'HEAD' });
  expect(response.status).toBe(200);
  const copies = async () => (await readdir(tested.folder)).filter((name) => name.startsWith('backup-'));
  while ((await copies()).length > 0) await sleep(50);
});

it('crops that are infinite in 32 bits are refused', async () => {
  const input = { name: 'crops', datatype: 'FP32', shape: [1, 48, 48, 1], data: Array(48 * 48).fill(1e39) };
  const body = JSON.stringify({ inputs: [input] });
  expect(await problemOf(ask('v2/models/nano/infer', { method: 'POST', body }))).toBe('400 INFER_INVALID');
});

it('bodies of infer that are still coming have places of the queue', async () => {
  const { port } = new URL(tested.service.url);
  const head = `POST /v2/models/nano/infer HTTP/1.1\r\nHost: a\r\nAuthorization: ${headers['authorization']}\r\nContent-Length: 1000\r\n\r\n{`;
  const sockets = [1, 2].map(() => connect(Number(port), '127.0.0.1'));
  for (const socket of sockets) socket.write(head);
  const infer = () => problemOf(ask('v2/models/nano/infer', { method: 'POST', body: '{}' }));
  let answer = await infer();
  while (answer === '400 INFER_INVALID') {
    await sleep(20);
    answer = await infer();
  }
  expect(answer).toBe('429 QUEUE_FULL');
  for (const socket of sockets) socket.destroy();
  while ((await infer()) === '429 QUEUE_FULL') await sleep(20);
});

describe('a key that is revoked', () => {
  it('ends the stream of events that was opened with it, without more news', async () => {
    const { id } = await tested.submit(toForm({ 'a.jpg': portrait }), headers);
    const guest = await newKey();
    const response = await tested.ask(`v1/jobs/${id}`, {
      headers: { ...guest.headers, accept: 'text/event-stream' },
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain('"queued"');
    await keys.revoke(guest.id);
    await tested.service.jobs.cancel(id);
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });

  it('ends the WebSocket that was opened with it, at its next picture', async () => {
    const guest = await newKey();
    const socket = new WebSocket(new URL('v1/stream', tested.service.url.replace('http', 'ws')), guest);
    await once(socket, 'open');
    socket.send(portrait);
    const [answer] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(answer.toString())).toMatchObject({ frame: 1 });
    await keys.revoke(guest.id);
    socket.send(portrait);
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect(`${code} ${reason.toString()}`).toMatch(/^4401 KEY_REQUIRED/);
  });

  it('does not open the service when it was the last one, or when the file of keys is gone or cannot be read', async () => {
    const path = join(folder, 'keys.json');
    await rename(path, `${path}.kept`);
    expect(await problemOf(tested.ask('v1/jobs'))).toBe('401 KEY_REQUIRED');
    await rename(`${path}.kept`, path);
    for (const { id } of await keys.list()) await keys.revoke(id);
    expect(await problemOf(tested.ask('v1/jobs'))).toBe('401 KEY_REQUIRED');
    // A folder in its place: it is there, and cannot be read.
    await rm(path);
    await rename(await mkdtemp(join(folder, 'x-')), path);
    const response = await tested.ask('v1/jobs', { headers: { authorization: 'Bearer x' } });
    const text = await response.text();
    expect([response.status, text]).toEqual([500, expect.not.stringContaining(folder)]);
    expect(tested.errors.map(({ message }) => message)).toEqual([expect.stringContaining('keys.json')]);
  });
});
