/** Jobs by address: what the built service fetches, and what it never does. */
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDownloader } from '@mien/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PORTRAIT } from '../../../../node/src/testing/make-video.js';
import { jobOf, openService, problemOf, START_MS, type TestService } from '../../testing/open-service.js';

let media: Server;
let origin: string;
let tested: TestService;
let strict: TestService;
const submit = (body: object | string, service = tested) =>
  service.ask('v1/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

beforeAll(async () => {
  const portrait = await readFile(PORTRAIT);
  media = createServer(({ url }, response) => {
    if (url?.startsWith('/footage/portrait.png') === true) response.end(portrait);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(media, 'listening');
  origin = `http://media.test:${(media.address() as AddressInfo).port}`;
  const downloader = createDownloader({
    allow: [`${origin}/footage/`],
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    isPublic: () => true,
  });
  [tested, strict] = await Promise.all([
    openService({ downloader, touchMs: 200 }),
    openService({ concurrency: 0 }),
  ]);
}, START_MS);
afterAll(async () => {
  await Promise.all([tested.close(), strict.close()]);
  media.closeAllConnections();
  media.close();
  expect([...tested.errors, ...strict.errors]).toEqual([]);
}, START_MS);

it('fetches what is allowed, and analyses it under the name of its file', async () => {
  const urls = [`${origin}/footage/portrait.png?token=secret`];
  const job = await tested.untilOver(await jobOf(submit({ urls, every: '200ms' })));
  expect(job).toMatchObject({ name: 'portrait.png', state: 'done', failed: 0, settings: { everyMs: 200 } });
  const csv = await (await tested.ask(`v1/jobs/${job.id}/result?format=csv`)).text();
  expect(csv).toContain('happy');
  expect(JSON.stringify(tested.logs)).not.toMatch(/media\.test|secret|portrait/);
});

it.each<[string, () => object | string, string]>([
  [
    'an address elsewhere',
    () => ({ urls: ['http://169.254.169.254/latest/meta-data/'] }),
    '403 URL_NOT_ALLOWED',
  ],
  ['a file of this machine', () => ({ urls: ['file:///etc/passwd'] }), '403 URL_NOT_ALLOWED'],
  ['what is not there', () => ({ urls: [`${origin}/footage/none`] }), '422 INPUT_UNREADABLE'],
  [
    'one of several',
    () => ({ urls: [`${origin}/footage/portrait.png`, `${origin}/x`] }),
    '403 URL_NOT_ALLOWED',
  ],
  ['no address', () => ({ urls: ['portrait'] }), '400 USAGE'],
  ['none', () => ({ urls: [] }), '400 USAGE'],
  ['another field', () => ({ urls: [`${origin}/footage/portrait.png`], path: '/etc' }), '400 USAGE'],
  [
    'an interval that is none',
    () => ({ urls: [`${origin}/footage/portrait.png`], every: 'often' }),
    '400 USAGE',
  ],
  ['no JSON', () => 'urls', '400 USAGE'],
])('refuses %s, and keeps nothing', async (_, body, refusal) => {
  const before = await (await tested.ask('v1/jobs')).json();
  expect(await problemOf(submit(body()))).toBe(refusal);
  expect(await (await tested.ask('v1/jobs')).json()).toEqual(before);
});

it('fetches nothing by default, and says in one line how to allow it', async () => {
  const answer = await submit({ urls: ['https://example.org/a.jpg'] }, strict);
  expect(answer.status).toBe(403);
  expect(((await answer.json()) as { detail: string }).detail).toBe(
    'https://example.org/a.jpg: this service may not fetch it (it fetches none; mien serve --allow-url https://host/path allows all below a path)',
  );
});
