// Clients that are slow, that leave, or that only listen; meanwhile others must be served.
// @ts-check
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const BOUNDARY = 'x-soak';

/** Uploads a picture byte by byte, and reads nothing. @param {string} url @param {number} count */
export function openSlowUploads(url, count) {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write('POST /v1/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n');
    return socket;
  });
  const timer = setInterval(() => sockets.forEach((socket) => socket.write('a')), 100);
  return () => {
    clearInterval(timer);
    sockets.forEach((socket) => socket.destroy());
  };
}

/** Asks for an address and does not read the answer. @param {string} address @param {number} count */
export function openSlowReaders(address, count) {
  const { hostname, port, pathname, search } = new URL(address);
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname).pause();
    socket.on('error', () => undefined);
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    return socket;
  });
  return () => sockets.forEach((socket) => socket.destroy());
}

/**
 * Begins uploads to a job and leaves in the middle.
 *
 * @param {string} url @param {{ uploads: number, bytes: number }} options  bytes: sent before leaving
 */
export async function abortUploads(url, { uploads, bytes }) {
  const { hostname, port } = new URL(url);
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n`;
  for (let index = 0; index < uploads; index++) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(
      `POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${bytes * 2}\r\n\r\n`,
    );
    socket.write(head);
    await new Promise((resolve) => socket.write(Buffer.alloc(bytes, index), resolve));
    socket.destroy();
    await once(socket, 'close');
  }
}

/**
 * Follows a job with many connections.
 *
 * @param {string} job its address
 * @param {number} count
 */
export async function openEventStreams(job, count) {
  let alive = 0;
  /** @type {string[]} the last state that each was told */
  const states = Array.from({ length: count }, () => '');
  const requests = await Promise.all(
    states.map(async (_, index) => {
      const sent = request(job, { headers: { accept: 'text/event-stream' }, agent: false }).end();
      const [response] = await once(sent, 'response');
      response.setEncoding('utf8');
      alive++;
      response.on('data', (/** @type {string} */ text) => {
        const state = /"state":"(\w+)"/.exec(text)?.[1];
        if (state !== undefined) states[index] = state;
      });
      // Closed by us, or ended by the service.
      response.on('error', () => undefined).on('close', () => alive--);
      return sent.on('error', () => undefined);
    }),
  );
  return {
    alive: () => alive,
    /** How many were told this state last. @param {string} state */
    told: (state) => states.filter((one) => one === state).length,
    /** Resolves when the service has ended all of them. */
    async ended() {
      while (alive > 0) await sleep(50);
    },
    close: () => requests.forEach((sent) => sent.destroy()),
  };
}

/**
 * Opens live streams that send no picture. The service closes them after a minute.
 *
 * @param {string} url of the service
 * @param {number} count
 */
export async function openIdleStreams(url, count) {
  let alive = 0;
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = new WebSocket(new URL('v1/stream', url.replace('http', 'ws')));
      socket.on('error', () => undefined).on('close', () => alive--);
      await once(socket, 'open');
      alive++;
      return socket;
    }),
  );
  return {
    alive: () => alive,
    async close() {
      for (const socket of sockets) socket.close();
      while (alive > 0) await sleep(50);
    },
  };
}
