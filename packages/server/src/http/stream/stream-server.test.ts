/** Upgrades at the moment when the service ends, on a real server. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { AppContext } from '../app-context.js';
import { serveStreams } from './stream-server.js';

let server: Server;
beforeEach(async () => {
  server = createServer((_request, response) => response.end('answer')).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

const portOf = () => (server.address() as AddressInfo).port;

function serve(isEmpty: () => Promise<boolean>) {
  return serveStreams(server, {
    access: { keys: { isEmpty }, localKey: '', isClosed: false, isLoopback: true },
    limits: { streams: 1, frameBytes: 1000, streamIdleMs: 60_000 },
    metrics: { onRequest: () => undefined },
    onRequest: () => undefined,
    onProblem: (error: Error) => expect.fail(error.message),
  } as unknown as AppContext);
}

it('refuses a stream whose key is looked up while the service ends, and does not wait for it', async () => {
  let closing: Promise<void> | undefined;
  const streams = serve(() => {
    closing = streams.close();
    return Promise.resolve(true);
  });
  const socket = new WebSocket(`ws://127.0.0.1:${portOf()}/v1/stream`);
  socket.on('error', () => undefined);
  const opened = once(socket, 'open').then(() => 'opened');
  const refused = once(socket, 'unexpected-response').then(
    ([, response]) => (response as { statusCode: number }).statusCode,
  );
  expect(await Promise.race([opened, refused])).toBe(503);
  socket.terminate();
  await closing;
  server.close();
  await once(server, 'close');
});

it('ends the connection of a client that offered another protocol, though the client keeps it open', async () => {
  serve(() => Promise.resolve(true));
  const socket = connect({ port: portOf(), host: '127.0.0.1', allowHalfOpen: true }).setEncoding('utf8');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
  let answer = '';
  socket.on('data', (text: string) => (answer += text));
  await once(socket, 'end');
  expect(answer).toMatch(/answer$/);
  server.close();
  await once(server, 'close');
  socket.destroy();
});
