/** Clients that send a byte now and then, over real sockets: they lose their places, and others get them. */
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PORTRAIT } from '../../../node/src/testing/make-video.js';
import { openService, START_MS, type TestService } from '../testing/open-service.js';

const LIMITS = { queued: 2, idleMs: 1000, uploadBytesPerSecond: 2000 };
/** Those that wait, and the one that is analysed. */
const PLACES = LIMITS.queued + 1;
const PAUSE_MS = 50;
const SLOW =
  '{"type":"about:blank","title":"Request Timeout","status":408,"detail":"the body came at less than 2000 bytes a second over 1 s; send it faster","code":"BODY_TOO_SLOW"}';

let tested: TestService;
let picture: Buffer;
beforeAll(async () => {
  picture = await sharp(PORTRAIT).resize(128).jpeg().toBuffer();
  tested = await openService({ limits: LIMITS, concurrency: 0 });
}, START_MS);
afterAll(async () => {
  await tested.close();
  expect(tested.errors).toEqual([]);
}, START_MS);

const open = (): Socket => connect(Number(new URL(tested.service.url).port), '127.0.0.1');
const headOf = (path: string, type: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;

/** Sends a byte now and then until it is answered; @returns the answer */
async function trickle(path: string, type = 'image/jpeg', start = ''): Promise<string> {
  const socket = open();
  const answer = text(socket);
  socket.write(headOf(path, type, 100_000) + start);
  const timer = setInterval(() => socket.write('a'), PAUSE_MS);
  socket.once('data', () => clearInterval(timer));
  socket.once('data', () => socket.end());
  return answer;
}

it('answers 408 to pictures that trickle, and serves others in their place', async () => {
  const slow = Array.from({ length: PLACES }, () => trickle('/v1/analyze'));
  for (const answer of await Promise.all(slow)) {
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain(SLOW);
  }
  const other = await tested.ask('v1/analyze', { method: 'POST', body: new Uint8Array(picture) });
  expect(other.status).toBe(200);
});

it.each([
  ['v1/analyze', ''],
  ['v1/jobs', '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nabc'],
])('answers 408 to files for %s that trickle, and keeps nothing of them', async (path, start) => {
  expect(await trickle(`/${path}`, 'multipart/form-data; boundary=x', start)).toContain(SLOW);
  const uploads = await readdir(join(tested.folder, 'files/uploads')).catch((): string[] => []);
  expect(uploads).toEqual([]);
});

it('waits for a slow body that comes fast enough', async () => {
  const parts = 60;
  const piece = Buffer.alloc(4000); // What follows the end of a JPEG file is not read.
  const socket = open();
  const answer = text(socket);
  socket.write(headOf('/v1/analyze', 'image/jpeg', picture.length + parts * piece.length));
  socket.write(picture);
  for (let index = 0; index < parts; index++) {
    socket.write(piece);
    await sleep(PAUSE_MS); // Together longer than the time over which the rate is measured, twice.
  }
  expect(await answer).toMatch(/^HTTP\/1.1 200 /);
});
