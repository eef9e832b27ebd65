/** The whole service on the embedded database, over HTTP: pictures, keys, its description, and what strangers try. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createAnalyzer, type Analysis } from '@mien/node';
import { startService } from '@mien/server';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PORTRAIT } from '../../../node/src/testing/make-video.js';
import { openKeyFile } from '../keys/key-file.js';
import { openService, problemOf, START_MS, toForm, type TestService } from '../testing/open-service.js';

const LIMITS = {
  pictureBytes: 400_000,
  analyzeBytes: 1_000_000,
  pictures: 3,
  pixels: 4_000_000,
  idleMs: 1000,
  queued: 2,
};

let portrait: Uint8Array<ArrayBuffer>;
let expected: Analysis;
let tested: TestService;
const ask: TestService['ask'] = (path, init) => tested.ask(path, init);
const analyze = (body: BodyInit, init: RequestInit = {}) =>
  ask('v1/analyze', { method: 'POST', body, ...init });

beforeAll(async () => {
  portrait = new Uint8Array(await sharp(PORTRAIT).resize(256).jpeg().toBuffer());
  const analyzer = await createAnalyzer();
  expected = await analyzer.analyze(portrait);
  await analyzer.dispose();
  tested = await openService({ limits: LIMITS, touchMs: 200 });
}, START_MS);
afterAll(async () => {
  await tested.close();
  expect(tested.errors).toEqual([]);
}, START_MS);

describe('pictures', () => {
  it('answers with what the library says, for one picture and for several', async () => {
    const one = await analyze(portrait, { headers: { 'content-type': 'image/jpeg' } });
    expect(await one.json()).toEqual(JSON.parse(JSON.stringify(expected)));
    const several = await analyze(toForm({ 'a.jpg': portrait, '../../etc/passwd': portrait }));
    expect(await several.json()).toEqual(JSON.parse(JSON.stringify([expected, expected])));
  });

  it('answers 429 beyond its queue, says when to come again, and recovers', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => analyze(portrait)));
    const statuses = answers.map(({ status }) => status);
    expect([...new Set(statuses)].sort()).toEqual([200, 429]);
    for (const answer of answers.filter(({ status }) => status === 429)) {
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await problemOf(Promise.resolve(answer))).toBe('429 QUEUE_FULL');
    }
    expect((await analyze(portrait)).status).toBe(200);
  });

  it('judges a file by its content', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>';
    const playlist = '#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/latest/meta-data/\n';
    for (const body of [svg, playlist, 'text', new Uint8Array(0), portrait.subarray(0, 2000)]) {
      expect(await problemOf(analyze(body, { headers: { 'content-type': 'image/jpeg' } }))).toBe(
        '422 INPUT_INVALID',
      );
    }
  });

  it('refuses what is too large: bytes, also without an announced length, pixels, files', async () => {
    const large = new Uint8Array(2_000_000).fill(1);
    expect(await problemOf(analyze(large))).toBe('413 BODY_TOO_LARGE');
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(large);
        controller.close();
      },
    });
    expect(await problemOf(analyze(stream, { duplex: 'half' } as RequestInit))).toBe('413 BODY_TOO_LARGE');
    expect(await problemOf(analyze(toForm({ 'a.jpg': large })))).toBe('413 BODY_TOO_LARGE');
    // 16 megapixels in 50 KB.
    const bomb = new Uint8Array(
      await sharp({ create: { width: 4000, height: 4000, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    expect(await problemOf(analyze(bomb))).toBe('413 INPUT_TOO_LARGE');
    const four = toForm({ a: portrait, b: portrait, c: portrait, d: portrait });
    expect(await problemOf(analyze(four))).toBe('413 TOO_MANY_FILES');
  });

  it.each([
    ['no boundary', 'multipart/form-data', 'x'],
    [
      'no end',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nabc',
    ],
    ['no part', 'multipart/form-data; boundary=x', '--x--\r\n'],
    ['a field', 'multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="url"\r\n\r\nhttp://127.0.0.1/\r\n--x--\r\n'], // prettier-ignore
  ])('refuses malformed multipart: %s', async (_, type, body) => {
    expect(await problemOf(analyze(body, { headers: { 'content-type': type } }))).toMatch(/^400 /);
  });

  it('gives up a body that stands still, and survives clients that leave', async () => {
    const { port } = new URL(tested.service.url);
    const head = 'POST /v1/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n';
    const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
    socket.write(`${head}abc`);
    const [answer] = (await once(socket, 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    socket.destroy();
    const leaving = connect(Number(port), '127.0.0.1');
    leaving.write(`${head}abc`, () => leaving.destroy());
    await once(leaving, 'close');
    expect((await analyze(portrait)).status).toBe(200);
  });

  it('says which methods an address takes', async () => {
    const answer = await ask('v1/analyze');
    expect(answer.headers.get('allow')).toBe('POST');
    expect(await answer.json()).toMatchObject({
      status: 405,
      detail: 'this address takes POST, not GET; see /openapi.json',
    });
    expect((await ask('v1/jobs/1', { method: 'PUT' })).headers.get('allow')).toBe('DELETE, GET');
    expect(await problemOf(ask('v1/nothing'))).toBe('404 NOT_FOUND');
  });

  it('refuses oversize headers', async () => {
    const response = await ask('healthz', { headers: { 'x-long': 'a'.repeat(10_000) } });
    expect(response.status).toBe(431);
  });
});

describe('walls', () => {
  it('answers only as this machine, and to no page of another site', async () => {
    expect(await problemOf(analyze(portrait, { headers: { origin: 'https://evil.example' } }))).toBe(
      '403 WRONG_ORIGIN',
    );
    const { port } = new URL(tested.service.url);
    const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
    socket.write('GET /v1/jobs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1.1 421 /);
    const preflight = await ask('v1/jobs', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example' },
    });
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each([
    'studio/../../package.json',
    'studio/%2e%2e/%2e%2e/package.json',
    'assets/../../index.js',
    'v1/jobs/../../etc',
  ])('leads nowhere else: %s', async (path) => {
    const { port } = new URL(tested.service.url);
    const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
    socket.write(`GET /${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1.1 40[04] /);
  });

  it('refuses to listen elsewhere without keys', async () => {
    const place = { kind: 'folder', folder: join(tested.folder, 'other') } as const;
    await expect(startService({ place, host: '0.0.0.0', port: 0 })).rejects.toThrow('there are no keys');
  });

  it('asks for keys once there are some, holds them to their scopes, and hides the jobs of others', async () => {
    const file = openKeyFile(join(tested.folder, 'keys.json'));
    const keys = await Promise.all([]).then(async () => [
      await file.create({ name: 'a', scopes: ['jobs'] }),
      await file.create({ name: 'b', scopes: ['jobs'] }),
      await file.create({ name: 'c', scopes: ['analyze'] }),
    ]);
    try {
      const [a, b, c] = keys.map(({ key }) => ({ authorization: `Bearer ${key}` }));
      expect(await problemOf(ask('v1/jobs'))).toBe('401 KEY_REQUIRED');
      expect(await problemOf(ask('v1/jobs', { headers: { authorization: 'Bearer x' } }))).toBe(
        '401 KEY_REQUIRED',
      );
      expect(await problemOf(ask('v1/jobs', { headers: c! }))).toBe('403 SCOPE_MISSING');
      expect(await problemOf(analyze(portrait, { headers: a! }))).toBe('403 SCOPE_MISSING');
      expect(await problemOf(ask('metrics', { headers: a! }))).toBe('403 SCOPE_MISSING');
      expect((await ask('healthz')).status).toBe(200);
      const { id } = await tested.submit(toForm({ 'a.jpg': portrait }), a);
      expect((await ask(`v1/jobs/${id}`, { headers: a! })).status).toBe(200);
      for (const [method, path] of [['GET', ''], ['DELETE', ''], ['GET', '/result'], ['POST', '/retry']] as const) {
        expect(await problemOf(ask(`v1/jobs/${id}${path}`, { method, headers: b! }))).toBe('404 NOT_FOUND');
      } // prettier-ignore
      expect(await (await ask('v1/jobs', { headers: b! })).json()).toEqual({ jobs: [] });
    } finally {
      for (const { stored } of keys) await file.revoke(stored.id);
    }
  });

  it('says why it refused in its log, by a code, and tells strangers nothing of this machine', async () => {
    const guess = `mien_${'0'.repeat(12)}_${'A'.repeat(43)}`;
    const attacks: [path: string, init: RequestInit, code: string][] = [
      ['v1/jobs', { headers: { authorization: `Bearer ${guess}` } }, 'KEY_REQUIRED'],
      ['v1/jobs', { headers: { authorization: 'Basic cm9vdDpyb290' } }, 'KEY_REQUIRED'],
      ['v1/jobs/..%2f..%2fetc%2fpasswd', {}, 'NOT_FOUND'],
      ["v1/jobs/'%20OR%201=1--", {}, 'NOT_FOUND'],
      ["v1/jobs/1/result?item=1'--", {}, 'USAGE'],
      ['v1/analyze', { method: 'POST', body: '\0'.repeat(100) }, 'INPUT_INVALID'],
      ['v1/analyze?model=../../etc/passwd', { method: 'POST', body: portrait }, 'NOT_FOUND'],
      ['v1/jobs', { method: 'POST', body: '{"urls":["http://127.0.0.1:7342/metrics"]}', headers: { 'content-type': 'application/json' } }, 'URL_NOT_ALLOWED'],
      ['v1/models/x', { method: 'PUT', body: 'cos\nsystem\n(S"id"\ntR.' }, 'MODEL_INVALID'],
      ['.git/config', {}, 'NOT_FOUND'],
    ]; // prettier-ignore
    for (const [path, init, code] of attacks) {
      const before = tested.logs.length;
      const text = await (await ask(path, init)).text();
      expect(JSON.parse(text), path).toMatchObject({ code });
      expect(text).not.toMatch(/node_modules|\/src\/|at Object|\/tmp\//);
      expect(tested.logs.slice(before), path).toEqual([expect.objectContaining({ code })]);
    }
    const logged = JSON.stringify(tested.logs);
    expect(logged).not.toMatch(/passwd|127\.0\.0\.1|cm9vd|AAAA/);
  });

  it('logs neither names nor content', async () => {
    await analyze(toForm({ 'secret-name.jpg': portrait }));
    const text = JSON.stringify(tested.logs);
    expect(text).toContain('/v1/analyze');
    expect(text).not.toContain('secret-name');
  });
});

describe('its pages', () => {
  it('counts requests by route for Prometheus, and has pages without a script of others', async () => {
    await tested.untilOver(await tested.submit(toForm({ 'a.jpg': portrait })));
    const metrics = await (await ask('metrics')).text();
    expect(metrics).toMatch(
      /mien_http_requests_total\{method="POST",route="\/v1\/analyze",status="200"\} \d+/,
    );
    expect(metrics).toMatch(/mien_segments\{state="done"\} \d+/);
    const page = await ask('');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await page.text()).toContain('Mien service');
    expect((await ask('icon.svg')).headers.get('content-type')).toContain('svg');
    expect((await ask('readyz')).status).toBe(200);
  });
});
