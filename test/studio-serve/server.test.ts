/** `mien studio` over HTTP: what it sends, what it refuses, how it starts and ends. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runMien } from '../../packages/cli/src/testing/run-mien.js';
import { makeCheckpoint } from '../../packages/node/src/testing/make-checkpoint.js';
import { ask, askRaw } from './ask.js';
import { runStudio, runStudioInTest, STUDIO, type RunningStudio } from './run-studio.js';

const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

let folder: string;
let studio: RunningStudio;
let assets: readonly string[];
const assetEndingIn = (pattern: RegExp) => `/assets/${assets.find((name) => pattern.test(name)) ?? ''}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-studio-'));
  const runs = join(folder, 'runs');
  await mkdir(join(runs, 'paper'), { recursive: true });
  await mkdir(join(runs, '.hidden'));
  await writeFile(join(runs, 'paper', '_mini_XCEPTION.15-0.60.safetensors'), makeCheckpoint());
  await writeFile(join(runs, 'paper', '_mini_XCEPTION.02-0.41.safetensors'), makeCheckpoint());
  await writeFile(join(runs, 'paper', 'training.log'), 'epoch\n');
  await writeFile(join(runs, 'own model.safetensors'), makeCheckpoint());
  await writeFile(join(runs, '.hidden', 'a.safetensors'), 'secret');
  await writeFile(join(folder, 'outside.safetensors'), 'secret');
  await symlink(join(folder, 'outside.safetensors'), join(runs, 'link.safetensors'));
  studio = await runStudio(['--port', '0', '--models', runs]);
  assets = await readdir(join(STUDIO, 'assets'));
});
afterAll(async () => {
  await studio.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('what it sends', () => {
  it('is the page, under a policy that allows nothing of other origins', async () => {
    const { status, headers, body } = await ask(studio.url);
    expect(status).toBe(200);
    expect(body.toString()).toContain('<title>Mien Studio</title>');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'permissions-policy': expect.stringContaining('camera=(self)') as string,
    });
    const policy = headers['content-security-policy'] as string;
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "img-src 'self' blob:",
      "media-src 'self' blob:",
      "connect-src 'self'",
      "worker-src 'self'",
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  it.each([
    ['a script', /^index-.*[.]js$/, 'text/javascript; charset=utf-8'],
    ['a style sheet', /[.]css$/, 'text/css; charset=utf-8'],
    ['a model', /[.]safetensors$/, 'application/octet-stream'],
    ['a picture', /[.]webp$/, 'image/webp'],
  ])('is %s with its type, kept for good under its hashed name', async (_, pattern, type) => {
    const { status, headers } = await ask(studio.url, assetEndingIn(pattern));
    expect({ status, type: headers['content-type'], cache: headers['cache-control'] }).toEqual({
      status: 200,
      type,
      cache: 'public, max-age=31536000, immutable',
    });
  });

  it('is the manifest of the installed app with its type', async () => {
    const { headers, body } = await ask(studio.url, '/manifest.webmanifest');
    expect(headers['content-type']).toBe('application/manifest+json');
    const { icons } = JSON.parse(body.toString()) as { icons: { src: string }[] };
    for (const { src } of icons) expect((await ask(studio.url, src.slice(1))).status).toBe(200);
  });

  it('is the licences of what it contains', async () => {
    const { headers, body } = await ask(studio.url, '/THIRD_PARTY_NOTICES.md');
    expect(headers['content-type']).toBe('text/markdown; charset=utf-8');
    for (const name of ['preact', 'h5wasm', 'OpenCV', 'MediaPipe']) expect(body.toString()).toContain(name);
  });

  it('is compressed as the browser can read it', async () => {
    const path = assetEndingIn(/^index-.*[.]js$/);
    const original = await readFile(join(STUDIO, path));
    const get = (encodings: string) => ask(studio.url, path, { headers: { 'accept-encoding': encodings } });
    const [brotli, gzip, plain, refused] = await Promise.all(
      ['gzip, deflate, br', 'gzip', 'identity', 'br;q=0, gzip;q=0.0'].map(get),
    );
    expect(brotli?.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' });
    expect(brotliDecompressSync(brotli?.body ?? '').equals(original)).toBe(true);
    expect(gzip?.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(gunzipSync(gzip?.body ?? '').equals(original)).toBe(true);
    for (const answer of [plain, refused]) {
      expect(answer?.headers).not.toHaveProperty('content-encoding');
      expect(answer?.body.equals(original)).toBe(true);
    }
    const tags = [brotli, gzip, plain].map((answer) => answer?.headers.etag);
    expect(new Set(tags).size).toBe(3);
  });

  it('is not sent again when the browser has it', async () => {
    const { headers } = await ask(studio.url);
    const again = await ask(studio.url, '/', {
      headers: { 'if-none-match': `"other", W/${headers.etag ?? ''}` },
    });
    expect({ status: again.status, size: again.body.length }).toEqual({ status: 304, size: 0 });
    expect(again.headers['content-security-policy']).toBe(headers['content-security-policy']);
    expect((await ask(studio.url, '/', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('is the headers alone for HEAD', async () => {
    const { status, headers, body } = await ask(studio.url, '/', { method: 'HEAD' });
    expect({ status, size: body.length }).toEqual({ status: 200, size: 0 });
    expect(Number(headers['content-length'])).toBeGreaterThan(0);
  });
});

describe('what it refuses', () => {
  it.each([
    ['/../package.json', 404],
    ['/..%2fpackage.json', 404],
    ['/%2e%2e/package.json', 404],
    ['/assets/..%5c..%5cpackage.json', 404],
    ['/assets/%00', 404],
    ['/.vite/manifest.json', 404],
    ['/_headers', 404],
    ['/service-worker.js.br', 404],
    ['/assets', 404],
    ['/nowhere', 404],
    ['/%', 400],
    ['/models/../../outside.safetensors', 404],
    ['/models/..%2f..%2foutside.safetensors', 404],
    ['/models/%2e%2e%2foutside.safetensors', 404],
    ['/models/link.safetensors', 404],
    ['/models/.hidden/a.safetensors', 404],
    ['/models/paper/training.log', 404],
    ['/models/paper', 404],
    ['/models/', 404],
    ['/models/nowhere.safetensors', 404],
  ])('answers %s with %i and no file', async (path, expected) => {
    const { status, headers, body } = await ask(studio.url, path);
    expect({ status, type: headers['content-type'] }).toEqual({
      status: expected,
      type: 'text/plain; charset=utf-8',
    });
    expect(body.toString()).not.toMatch(/secret|"name"/);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'answers %s with 405',
    async (method) => {
      const { status, headers } = await ask(studio.url, '/', { method });
      expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
    },
  );

  it('refuses huge headers and what is no HTTP, and keeps running', async () => {
    const { status } = await ask(studio.url, '/', { headers: { 'x-long': 'a'.repeat(9000) } });
    expect(status).toBe(431);
    expect(await askRaw(studio.url, 'not HTTP at all\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
    expect(await askRaw(studio.url, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1.1 431/);
    expect((await ask(studio.url)).status).toBe(200);
  });

  it('refuses names that another site could point to this machine', async () => {
    const askAs = async (host: string) =>
      (await ask(studio.url, '/models.json', { headers: { host } })).status;
    expect(await askAs('attacker.example')).toBe(421);
    expect(await askAs('127.0.0.1.attacker.example')).toBe(421);
    expect(await askAs('localhost:7341')).toBe(200);
    expect(await askAs('[::1]:7341')).toBe(200);
  });
});

describe('--models', () => {
  interface Offered {
    run: string;
    name: string;
    url: string;
    epoch: number | null;
    valAccuracy: number | null;
    isBest: boolean;
  }
  const list = async () =>
    (JSON.parse((await ask(studio.url, '/models.json')).body.toString()) as { models: Offered[] }).models;

  it('lists the checkpoints of each run with epoch and validation accuracy', async () => {
    const models = await list();
    expect(models.filter(({ run }) => run === 'paper')).toMatchObject([
      { name: '_mini_XCEPTION.02-0.41.safetensors', epoch: 2, valAccuracy: 0.41, isBest: false },
      { name: '_mini_XCEPTION.15-0.60.safetensors', epoch: 15, valAccuracy: 0.6, isBest: true },
    ]);
    expect(models.map(({ url }) => url)).toContain('./models/own%20model.safetensors');
    expect(models.map(({ run }) => run)).not.toContain('.hidden');
  });

  it('lists a checkpoint that was written since, and sends it', async () => {
    const name = '_mini_XCEPTION.16-0.61.safetensors';
    await writeFile(join(folder, 'runs', 'paper', name), makeCheckpoint());
    const url = (await list()).find((one) => one.name === name)?.url ?? '';
    const { status, headers, body } = await ask(studio.url, url.slice(1));
    expect({ status, cache: headers['cache-control'] }).toEqual({ status: 200, cache: 'no-store' });
    expect(body.equals(Buffer.from(makeCheckpoint()))).toBe(true);
  });

  it('takes the folder of one run', async () => {
    const one = await runStudioInTest(['--port', '0', '--models', join(folder, 'runs', 'paper')]);
    const { models } = JSON.parse((await ask(one.url, '/models.json')).body.toString()) as {
      models: Offered[];
    };
    await one.stop();
    expect(models[0]).toMatchObject({ run: 'paper', url: './models/_mini_XCEPTION.02-0.41.safetensors' });
  });

  it('names a damaged checkpoint in the terminal and lists the others', async () => {
    const runs = join(folder, 'damaged');
    await mkdir(runs);
    await writeFile(join(runs, 'last.safetensors'), 'nonsense');
    await writeFile(join(runs, '_mini_XCEPTION.01-0.30.safetensors'), makeCheckpoint());
    const one = await runStudioInTest(['--port', '0', '--models', runs]);
    const { status, body } = await ask(one.url, '/models.json');
    await one.stop();
    expect(status).toBe(200);
    expect((JSON.parse(body.toString()) as { models: Offered[] }).models).toHaveLength(1);
    expect(one.output.stderr).toMatch(/^mien: .*last\.safetensors: /m);
  });

  it('says in the terminal that a folder holds no checkpoints, and lists those that come', async () => {
    const runs = join(folder, 'empty');
    await mkdir(runs);
    const one = await runStudioInTest(['--port', '0', '--models', runs]);
    const count = async () => {
      const { body } = await ask(one.url, '/models.json');
      return (JSON.parse(body.toString()) as { models: Offered[] }).models.length;
    };
    expect(await count()).toBe(0);
    await writeFile(join(runs, '_mini_XCEPTION.01-0.30.safetensors'), makeCheckpoint());
    expect(await count()).toBe(1);
    await one.stop();
    expect(one.output.stderr).toMatch(/^mien: .*empty: holds no checkpoints; /m);
  });

  it('lists nothing without it', async () => {
    const plain = await runStudioInTest(['--port', '0']);
    const { body } = await ask(plain.url, '/models.json');
    const { status } = await ask(plain.url, '/models/paper/_mini_XCEPTION.15-0.60.safetensors');
    await plain.stop();
    expect(JSON.parse(body.toString())).toEqual({ models: [] });
    expect(status).toBe(404);
  });
});

describe('start and end', () => {
  it('prints one line with the address, and ends at Ctrl-C with the port free again', async () => {
    const one = await runStudioInTest(['--port', '0']);
    const port = Number(new URL(one.url).port);
    // A browser keeps its connection open.
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => undefined);
    expect(await one.stop('SIGINT')).toBe(130);
    expect(one.output).toEqual({
      stdout: `Mien Studio: http://127.0.0.1:${port}/ (Ctrl-C stops it)\n`,
      stderr: '',
    });
    await listenOnce(port);
  });

  it('ends at SIGTERM too', async () => {
    const one = await runStudioInTest(['--port', '0']);
    expect(await one.stop('SIGTERM')).toBe(130);
  });

  it('takes a free port where the default one is in use', async () => {
    const first = await runStudioInTest();
    const second = await runStudioInTest();
    expect(second.url).not.toBe(first.url);
    expect((await ask(second.url)).status).toBe(200);
    await Promise.all([first.stop(), second.stop()]);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['a port in use', ['--port', 'USED'], 2, /--port \d+: is in use/],
    ['a port that is no number', ['--port', 'x'], 2, /--port <number>.*whole number/],
    [
      'a foreign host',
      ['--host', '192.0.2.1', '--port', '0'],
      2,
      /--host 192\.0\.2\.1: is no address of this machine/,
    ],
    ['a certificate without key', ['--cert', 'cert.pem'], 2, /--cert needs --key/],
    ['no such certificate', ['--cert', 'no.pem', '--key', 'no.pem'], 1, /no\.pem: no such file/],
    ['no such folder', ['--models', 'nowhere'], 1, /nowhere: no such file/],
    ['a file instead of a folder', ['--models', 'package.json'], 2, /package\.json: is a file/],
    [
      'no certificate',
      ['--cert', 'package.json', '--key', 'package.json'],
      2,
      /no certificate with its key in PEM/,
    ],
  ])('fails in one line for %s', async (_, args, expected, message) => {
    const used = new URL(studio.url).port;
    const { exitCode, stdout, stderr } = await runMien([
      'studio',
      '--no-open',
      ...args.map((arg) => (arg === 'USED' ? used : arg)),
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('says that cameras of other devices need https', async () => {
    const one = await runStudioInTest(['--host', '0.0.0.0', '--port', '0']);
    expect((await ask(`http://127.0.0.1:${new URL(one.url).port}`)).status).toBe(200);
    await one.stop();
    expect(one.output.stderr).toMatch(/cameras need https: add --cert FILE --key FILE\n$/);
  });

  it.skipIf(!HAS_OPENSSL)('serves https with a certificate (skipped where there is no openssl)', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes'];
    spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', key, '-out', cert]);
    const one = await runStudioInTest(['--host', '0.0.0.0', '--port', '0', '--cert', cert, '--key', key]);
    const { status } = await ask(`https://127.0.0.1:${new URL(one.url).port}`);
    await one.stop();
    expect({ status, protocol: new URL(one.url).protocol, stderr: one.output.stderr }).toEqual({
      status: 200,
      protocol: 'https:',
      stderr: '',
    });
  });

  it.skipIf(process.platform !== 'linux')('opens the browser where there is a screen', async () => {
    const opened = join(folder, 'opened');
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'xdg-open'), `#!/bin/sh\necho "$@" >> "${opened}"\n`, { mode: 0o755 });
    const env = { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
    const noScreen = { ...env, DISPLAY: '', WAYLAND_DISPLAY: '' };
    const dark = await runStudioInTest(['--port', '0'], { open: true, env: noScreen });
    await dark.stop();
    const one = await runStudioInTest(['--port', '0'], { open: true, env: { ...noScreen, DISPLAY: ':0' } });
    await expect
      .poll(() => readFile(opened, 'utf8').catch(() => ''), { timeout: 20_000 })
      .toBe(`${one.url}\n`);
    await one.stop();
    expect([dark.output.stderr, one.output.stderr]).toEqual(['', '']);
  });

  it('has no use for a browser that is not there', async () => {
    const one = await runStudioInTest(['--port', '0'], {
      open: true,
      env: { DISPLAY: ':0', PATH: join(folder, 'none') },
    });
    expect((await ask(one.url)).status).toBe(200);
    await one.stop();
    expect(one.output.stderr).toBe('');
  });
});

/** Fails when the port is in use. */
function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      expect((server.address() as AddressInfo).port).toBe(port);
      server.close(() => resolve());
    });
  });
}
