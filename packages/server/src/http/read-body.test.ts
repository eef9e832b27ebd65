import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { readBody } from './read-body.js';

it('refuses at once what a client sent that has left, however long one may pause', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegin');
  const [incoming] = (await once(server, 'request')) as [IncomingMessage];
  incoming.on('error', () => undefined);
  const closed = new Promise((resolve) => incoming.on('close', resolve));
  client.destroy();
  await closed;
  // Longer than a test may take.
  const pace = { idleMs: 600_000, uploadBytesPerSecond: 1 };
  await expect(readBody(incoming, { maxBytes: 2000, pace })).rejects.toMatchObject({
    code: 'BODY_CUT_SHORT',
  });
  server.close();
});
