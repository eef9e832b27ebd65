/** Clients that leave at odd moments, over a real WebSocket: nothing of them stays. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { PictureStream } from '../../pictures/picture-pool.js';
import { runStream, type StreamOptions } from './stream-connection.js';

/** Like no other timer. */
const IDLE_MS = 54_321;

/** What the connection asked for, in its order. */
let calls: string[];
let server: WebSocketServer;
beforeEach(async () => {
  calls = [];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  await once(server, 'close');
});

const stream: PictureStream = {
  analyze() {
    calls.push('analyze');
    return Promise.resolve({ faces: [] } as never);
  },
  close: () => void calls.push('close'),
};

/**
 * Connects a client. The server's `step` waits until `leaveAt` has closed the client; its other steps do not wait.
 *
 * @param nth waits only when the step is taken for the nth time
 */
async function connect(step: 'identify' | 'mayGoOn' | 'open', isKnown = true, nth = 1) {
  let goOn: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (goOn = resolve));
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let count = 0;
  const pass = async (name: typeof step) => {
    calls.push(name);
    if (name !== step || ++count < nth) return;
    reach();
    await released;
  };
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = await accepted;
  const options: StreamOptions = {
    isKnown,
    identify: () => pass('identify'),
    mayGoOn: () => pass('mayGoOn'),
    open: () => pass('open').then(() => stream),
    limits: { streamIdleMs: IDLE_MS },
    onFrame: () => undefined,
    onProblem: (error) => expect.fail(error.message),
  };
  runStream(socket, options);
  await once(client, 'open');
  return {
    client,
    /** Resolves when the client is gone, the step is done, and all that follows from it. */
    async leaveAt() {
      await reached;
      client.terminate();
      await once(socket, 'close');
      goOn();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

it('analyses nothing for a client that left while its stream was opened, and closes the stream', async () => {
  const { client, leaveAt } = await connect('open');
  client.send(Buffer.from('frame'));
  await leaveAt();
  expect(calls).toEqual(['mayGoOn', 'open', 'close']);
});

it('analyses nothing for a client that left while its key was checked again', async () => {
  const { client, leaveAt } = await connect('mayGoOn', true, 2);
  client.send(Buffer.from('frame'));
  await once(client, 'message');
  client.send(Buffer.from('frame'));
  await leaveAt();
  expect(calls).toEqual(['mayGoOn', 'open', 'analyze', 'mayGoOn', 'close']);
});

it('waits for no frame of a client that left while its first key was checked', async () => {
  const setTimer = vi.spyOn(globalThis, 'setTimeout');
  const { client, leaveAt } = await connect('identify', false);
  client.send('{"key":"mien"}');
  await leaveAt();
  expect(calls).toEqual(['identify']);
  expect(setTimer).not.toHaveBeenCalledWith(expect.anything(), IDLE_MS);
  setTimer.mockRestore();
});
