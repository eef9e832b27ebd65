/** The server of the example pages: which files it serves, and how it resolves package names. */
import { spawnSync } from 'node:child_process';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPageServer } from '../scripts/serve.js';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createPageServer({ made: { '/made.js': "import '@mien/absent';" } });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

/** Unlike `fetch`, does not normalise the path. */
const get = (path: string) =>
  new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    })
      .on('error', reject)
      .end();
  });

describe('the server of pages', () => {
  test.each([
    '/',
    '//',
    '/package.json',
    '/packages/core/package.json',
    '/models/mini-xception/package.json/',
    '/models/mini-xception/MODEL_CARD.md',
    '/models/mini-xception/results/fer2013-publictest.json',
    '/examples',
    '/examples/absent/',
    '/examples/../package.json',
    '/examples/%2e%2e/package.json',
    '/examples/..%2fpackage.json',
    '/examples/../../../../../../etc/passwd',
  ])('does not serve %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test('reports an error in a page and keeps running', async () => {
    const { status, body } = await get('/made.js');
    expect(status).toBe(500);
    expect(body).toMatch(/^\/made[.]js: Error: .*absent/);
    expect((await get('/examples/train-in-the-browser/')).status).toBe(200);
  });

  test('resolves the names of our packages for pages', async () => {
    const { body } = await get('/packages/train/dist/threads/program-runner.js');
    expect(body).toContain("from '/packages/train/dist/threads/web-threads.js'");
    expect(body).toContain("from '/packages/core/dist/nn/index.js'");
    expect(body).not.toMatch(/from '[@#]/);
  });

  test.each<[string, () => string, number, RegExp]>([
    [
      'is taken',
      () => String(port),
      1,
      /^serve: port \d+ cannot be used \(.*\); name another one with --port\n$/,
    ],
    ['is none', () => 'web', 2, /^serve: .*port.* Usage: node scripts\/serve[.]js \[--port 8080\]\n$/],
  ])('fails in one line if the port %s', (_, value, exitCode, message) => {
    const script = fileURLToPath(new URL('../scripts/serve.js', import.meta.url));
    const args = [script, '--port', value()];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: exitCode, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
