/** Downloads from real servers on this machine, under names that only these tests resolve. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { MienError } from '@mien/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAllowed, parseAllowedUrl } from './allow-list.js';
import {
  createDownloader,
  toDownloadError,
  UrlNotAllowedError,
  type DownloaderOptions,
} from './downloader.js';
import { isPublicAddress } from './public-address.js';

const BOUNDS = { maxBytes: 1000, timeLimitMs: 60_000, idleMs: 60_000 };

let server: Server;
let port: number;
/** By path. */
const answers: Record<string, RequestListener> = {
  '/media/a.jpg': (_, response) => void response.end('picture'),
  '/media/large': (_, response) => void response.end('x'.repeat(1001)),
  '/media/announced': (_, response) => void response.writeHead(200, { 'content-length': 5000 }).end('x'),
  '/media/cut': (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('x');
    setImmediate(() => response.destroy());
  },
  '/media/silent': () => undefined,
  '/media/gzip': (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  '/secret': (_, response) => void response.end('secret'),
};
const redirects: Record<string, string> = {
  '/media/near': 'a.jpg',
  '/media/loop': '/media/loop',
  '/media/up': '/secret',
  '/media/other-host': 'http://elsewhere.test/media/a.jpg',
  '/media/metadata': 'http://metadata.test/media/latest',
  '/media/file': 'file:///etc/passwd',
  '/media/nonsense': 'http://[',
};
let requested: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const { url = '' } = request;
    requested.push(url);
    const target = redirects[url];
    if (target !== undefined) response.writeHead(302, { location: target }).end();
    else (answers[url] ?? ((_, missing) => void missing.writeHead(404).end()))(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const NAMES: Record<string, string[]> = {
  'media.test': ['127.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'both.test': ['127.0.0.1', '10.0.0.1'],
  'none.test': [],
};
const asked: string[] = [];

/** Takes this machine for public, so that there is something to download; everything else is as it is. */
function open(path: string, options: Partial<DownloaderOptions> = {}, bounds: Partial<typeof BOUNDS> = {}) {
  const hosts = ['media.test', 'metadata.test', 'both.test', 'none.test', '127.0.0.1'];
  const downloader = createDownloader({
    allow: hosts.flatMap((host) => [`http://${host}:${port}/media/`, `http://${host}/media/`]),
    isPublic: (address) => address === '127.0.0.1' || isPublicAddress(address),
    lookup: async (name) => {
      asked.push(name);
      return (NAMES[name] ?? []).map((address) => ({ address, family: 4 }));
    },
    ...options,
  });
  const address = /^[a-z]+:/.test(path) ? path : `http://media.test:${port}${path}`;
  requested = [];
  return downloader
    .open(address, { ...BOUNDS, ...bounds }, new AbortController().signal)
    .then(async ({ name, content }) => ({ name, text: (await buffer(content)).toString() }))
    .catch((error: unknown) => {
      throw toDownloadError(address, error);
    });
}

const refusalOf = (download: Promise<unknown>) =>
  download.then(
    () => expect.fail('nothing was refused'),
    (error: unknown) => {
      if (error instanceof UrlNotAllowedError) return `not allowed: ${error.message}`;
      return error instanceof MienError ? `${error.code}: ${error.message}` : error;
    },
  );

describe('downloads', () => {
  it('what is allowed, also behind a redirect that stays there', async () => {
    expect(await open('/media/a.jpg')).toEqual({ name: 'a.jpg', text: 'picture' });
    expect(await open('/media/near')).toEqual({ name: 'near', text: 'picture' });
  });

  it('asks for the address of a name once, and connects to what it checked', async () => {
    let calls = 0;
    const answer = await open('/media/a.jpg', {
      // Another address at the second time: DNS rebinding.
      lookup: async () => [{ address: calls++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }],
    });
    expect([answer.text, calls]).toEqual(['picture', 1]);
  });

  it.each([
    ['/secret', /^not allowed: .*it is not below one of its --allow-url/],
    ['/media/../secret', /^not allowed/],
    ['/media/%2e%2e/secret', /^not allowed/],
    ['/media/..%2fsecret', /^not allowed/],
    ['/mediator/a.jpg', /^not allowed/],
    ['/media/up', /^not allowed/],
    ['/media/other-host', /^not allowed/],
    ['/media/metadata', /^not allowed: .*leads into a private network/],
    ['/media/file', /^not allowed/],
    ['/media/nonsense', /^USAGE/],
    ['http://metadata.test/media/a.jpg', /^not allowed: .*private network/],
    ['http://both.test/media/a.jpg', /^not allowed: .*private network/],
    ['http://none.test/media/a.jpg', /^INPUT_UNREADABLE: .*has no address/],
    ['http://user:password@media.test/media/a.jpg', /^not allowed/],
    ['ftp://media.test/media/a.jpg', /^not allowed/],
    ['file:///etc/passwd', /^USAGE|^not allowed/],
    ['http://2130706433/media/a.jpg', /^not allowed|^INPUT_UNREADABLE/],
  ])('not %s', async (path, refusal) => {
    const failed = await refusalOf(open(path));
    expect(failed).toMatch(refusal);
    expect(failed).toMatch(/^[^\n]+$/);
    expect(requested).not.toContain('/secret');
  });

  it('nothing from this machine, by name or by number, unless a test says so', async () => {
    const strict = { isPublic: undefined };
    expect(await refusalOf(open('/media/a.jpg', strict))).toMatch(/private network/);
    expect(await refusalOf(open(`http://127.0.0.1:${port}/media/a.jpg`, strict))).toMatch(/private network/);
    expect(requested).toEqual([]);
  });

  it('nothing at all without --allow-url, and says how to allow it', async () => {
    const failed = await refusalOf(open('/media/a.jpg?token=secret', { allow: [] }));
    expect(failed).toMatch(
      /this service may not fetch it \(it fetches none; mien serve --allow-url https:\/\/host\/path/,
    );
    expect(failed).not.toContain('secret');
  });

  it.each<[string, Partial<typeof BOUNDS>, RegExp]>([
    ['/media/large', {}, /^INPUT_TOO_LARGE: .*more than 1000 bytes/],
    ['/media/announced', {}, /^INPUT_TOO_LARGE/],
    ['/media/cut', {}, /^INPUT_UNREADABLE: .*cannot be fetched/],
    ['/media/silent', { idleMs: 100 }, /^INPUT_UNREADABLE: .*nothing came for a while/],
    ['/media/silent', { timeLimitMs: 100 }, /^INPUT_UNREADABLE: .*cannot be fetched/],
    ['/media/gzip', {}, /^INPUT_UNREADABLE: .*compressed/],
    ['/media/loop', {}, /^INPUT_UNREADABLE: .*too many redirects/],
    ['/media/none', {}, /^INPUT_UNREADABLE: .*answered 404/],
  ])('%s within %j', async (path, bounds, refusal) => {
    expect(await refusalOf(open(path, {}, bounds))).toMatch(refusal);
  });
});

it.each([
  ['https://a.test/x/', 'https://a.test/x/y/z.jpg', true],
  ['https://a.test/x', 'https://a.test/x/y.jpg', true],
  ['https://a.test/x', 'https://a.test/xy.jpg', false],
  ['https://a.test/x.jpg', 'https://a.test/x.jpg', true],
  ['https://a.test/', 'https://a.test/anything', true],
  ['https://a.test/', 'http://a.test/anything', false],
  ['https://a.test/', 'https://a.test:8443/anything', false],
  ['https://a.test/', 'https://a.test.evil.test/', false],
  ['https://a.test/', 'https://b.a.test/', false],
  ['https://a.test/x/', 'https://a.test/x/../y', false],
  ['https://a.test/x/', 'https://a.test/x/%2E%2E/y', false],
])('%s allows %s: %s', (allowed, address, expected) => {
  expect(isAllowed(new URL(address), [parseAllowedUrl(allowed)])).toBe(expected);
});

it.each([
  'media',
  'ftp://a.test/',
  'https://*/',
  'https://user@a.test/',
  'https://a.test/?q',
  'https://a.test/#f',
])('%s is refused as an allowed address', (text) =>
  expect(() => parseAllowedUrl(text)).toThrow(/^--allow-url .*must be an address such as/),
);

it.each([
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
  ...[
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
  ],
  ...[
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '2002:7f00:1::',
  ],
  ...['2001:db8::1', '2001::1', '3fff::1', 'localhost', '', '127.1', '0x7f.1'],
])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));

it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '192.167.1.1', '2606:4700::1111', '2a00:1450:4001::1'])(
  '%s is public',
  (address) => expect(isPublicAddress(address)).toBe(true),
);
