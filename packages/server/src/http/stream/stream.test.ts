/** The WebSocket of the built service, by a real client, and by what strangers send. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createAnalyzer, type Analysis } from '@mien/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { PORTRAIT } from '../../../../node/src/testing/make-video.js';
import { openKeyFile, type StoredKey } from '../../keys/key-file.js';
import { openService, START_MS, type TestService } from '../../testing/open-service.js';

let portrait: Buffer;
let tested: TestService;

interface Answer extends Analysis {
  readonly frame: number;
}

interface TestStream {
  readonly socket: WebSocket;
  /** All answers so far. */
  readonly answers: Answer[];
  /** Resolves when a frame of this number, or a later one, is answered. */
  answered(frame: number): Promise<Answer>;
  /** Code and reason. */
  readonly closed: Promise<string>;
}

async function openStream(options: ClientOptions = {}, service = tested): Promise<TestStream> {
  const address = service.service.url.replace('http', 'ws');
  const socket = new WebSocket(new URL('v1/stream', address), options);
  const answers: Answer[] = [];
  socket.on('message', (data: Buffer) => {
    answers.push(JSON.parse(data.toString()) as Answer);
    socket.emit('answer');
  });
  const closed = once(socket, 'close').then(([code, reason]) => `${String(code)} ${String(reason)}`);
  await Promise.race([once(socket, 'open'), once(socket, 'unexpected-response').then(refuse)]);
  return {
    ...{ socket, answers, closed },
    async answered(frame) {
      for (;;) {
        const answer = answers.find((one) => one.frame >= frame);
        if (answer !== undefined) return answer;
        await Promise.race([once(socket, 'answer'), closed.then((why) => Promise.reject(new Error(why)))]);
      }
    },
  };
}

function refuse([, response]: { statusCode?: number }[]): never {
  throw new Error(`refused with ${response?.statusCode}`);
}

beforeAll(async () => {
  portrait = await sharp(PORTRAIT).resize(256).jpeg().toBuffer();
  tested = await openService({ limits: { frameBytes: 400_000, pixels: 1_000_000 } });
}, START_MS);
afterAll(async () => {
  await tested.close();
  expect(tested.errors).toEqual([]);
}, START_MS);

describe('frames', () => {
  it('are answered as the library follows them, for JPEG, PNG and WebP, and each stream on its own', async () => {
    const frames = [
      portrait,
      await sharp(portrait).png().toBuffer(),
      await sharp(portrait).webp().toBuffer(),
    ];
    const analyzer = await createAnalyzer();
    const follower = await analyzer.follow();
    const expected: Analysis[] = [];
    for (const [index, frame] of frames.entries()) expected.push(await follower.analyze(frame, index * 100));
    await analyzer.dispose();
    expect(expected[2]?.faces[0]).toMatchObject({ id: 1, smoothed: { expression: 'happy' } });
    const streams = await Promise.all([openStream(), openStream()]);
    for (const { socket, answered, answers } of streams) {
      for (const [index, frame] of frames.entries()) {
        socket.send(JSON.stringify({ timestampMs: index * 100 }));
        socket.send(frame);
        await answered(index + 1);
      }
      expect(answers).toEqual(
        expected.map((analysis, index) => ({
          frame: index + 1,
          ...(JSON.parse(JSON.stringify(analysis)) as object),
        })),
      );
      socket.close();
    }
  });

  it('wait one at a time, the newest: many at once give few answers, and the last one is always answered', async () => {
    const { socket, answered, answers } = await openStream();
    for (let frame = 0; frame < 50; frame++) socket.send(portrait);
    expect(await answered(50)).toMatchObject({ frame: 50, faces: [{ expression: 'happy' }] });
    const numbers = answers.map(({ frame }) => frame);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.length).toBeLessThan(50);
    const times = answers.map(({ timestampMs = NaN }) => timestampMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    socket.close();
    const metrics = await (await tested.ask('metrics')).text();
    expect(metrics).toMatch(/mien_stream_frames_total\{outcome="skipped"\} \d/);
  });
});

describe('closes with a code and a reason', () => {
  it.each<[string, (portrait: Buffer) => (Buffer | string)[], RegExp]>([
    [
      'no picture',
      () => [Buffer.from('no picture')],
      /^4422 INPUT_INVALID: picture: holds no readable picture/,
    ],
    ['a cut picture', (jpeg) => [jpeg.subarray(0, 3000)], /^4422 INPUT_INVALID/],
    ['an empty frame', () => [Buffer.alloc(0)], /^4422 INPUT_INVALID/],
    ['too many bytes', () => [Buffer.alloc(400_001)], /^1009 /],
    ['text that is no JSON', () => ['hello'], /^4400 MESSAGE_INVALID/],
    ['text with another field', () => ['{"url":"http://127.0.0.1/"}'], /^4400 MESSAGE_INVALID/],
    [
      'a time that goes back',
      (jpeg) => ['{"timestampMs":5}', jpeg, '{"timestampMs":4}'],
      /^4400 USAGE: timestampMs/,
    ],
  ])('%s', async (_, messagesOf, closing) => {
    const { socket, closed } = await openStream();
    for (const message of messagesOf(portrait)) socket.send(message);
    expect(await closed).toMatch(closing);
  });

  it('a picture of very many pixels in few bytes', async () => {
    const bomb = await sharp({ create: { width: 4000, height: 4000, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const { socket, closed, answers } = await openStream();
    socket.send(bomb);
    expect(await closed).toMatch(/^4413 INPUT_TOO_LARGE: picture: 4000×4000 pixels/);
    // The whole reason, which a close may have to cut.
    expect(answers).toEqual([expect.objectContaining({ status: 413, code: 'INPUT_TOO_LARGE' })]);
  });

  it.each<[string, number[], RegExp]>([
    ['without a mask', [0x82, 0x01, 0x00], /03ea/],
    ['with reserved bits', [0xf2, 0x80, 0, 0, 0, 0], /03ea/],
    ['of an unknown kind', [0x83, 0x80, 0, 0, 0, 0], /03ea/],
    ['that announces 2^62 bytes', [0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], /03f1/],
    ['of text that is no UTF-8', [0x81, 0x81, 0, 0, 0, 0, 0xff], /03ef/],
  ])('a frame of the protocol %s', async (_, bytes, code) => {
    const { port } = new URL(tested.service.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1.1 101 /);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.write(Buffer.from(bytes));
    await once(socket, 'end');
    socket.destroy();
    expect(Buffer.concat(chunks).toString('hex')).toMatch(new RegExp(`^88..${code.source}`));
  });
});

it('answers clients that offer another protocol over the one that they use', async () => {
  const { port } = new URL(tested.service.url);
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
  const offer =
    'Host: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
  socket.write(`GET /healthz HTTP/1.1\r\n${offer}\r\n`);
  let answer = '';
  socket.on('data', (text: string) => (answer += text));
  await once(socket, 'end');
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect(answer).toContain('{"status":"ok"}');
});

describe('strangers', () => {
  it.each<[string, string, ClientOptions, string]>([
    ['pages of other sites', 'v1/stream', { origin: 'https://evil.example' }, '403'],
    ['other names of this machine', 'v1/stream', { headers: { host: 'evil.example' } }, '421'],
    ['other addresses', 'v1/jobs', {}, '404'],
  ])('%s are refused before a connection is there', async (_, path, options, status) => {
    const socket = new WebSocket(new URL(path, tested.service.url.replace('http', 'ws')), options);
    await expect(once(socket, 'unexpected-response').then(refuse)).rejects.toThrow(status);
    socket.on('error', () => undefined).terminate();
  });

  it('need a key once there are some: by header or as the first message, with its scope', async () => {
    const file = openKeyFile(join(tested.folder, 'keys.json'));
    const right = await file.create({ name: 'a', scopes: ['analyze'] });
    const wrong = await file.create({ name: 'b', scopes: ['jobs'] });
    const stored: StoredKey[] = [right.stored, wrong.stored];
    try {
      const byHeader = await openStream({ headers: { authorization: `Bearer ${right.key}` } });
      byHeader.socket.send(portrait);
      expect((await byHeader.answered(1)).faces).toHaveLength(1);
      byHeader.socket.close();
      const byMessage = await openStream();
      byMessage.socket.send(JSON.stringify({ key: right.key }));
      byMessage.socket.send(portrait);
      expect((await byMessage.answered(1)).faces).toHaveLength(1);
      byMessage.socket.close();
      const refusals: [string | Buffer, RegExp][] = [
        [portrait, /^4401 KEY_REQUIRED/],
        ['{"timestampMs":1}', /^4401 KEY_REQUIRED/],
        [JSON.stringify({ key: `${right.key.slice(0, -1)}_` }), /^4401 KEY_REQUIRED/],
        [JSON.stringify({ key: wrong.key }), /^4403 SCOPE_MISSING/],
      ];
      for (const [message, closing] of refusals) {
        const stream = await openStream();
        stream.socket.send(message);
        expect(await stream.closed).toMatch(closing);
        expect(stream.answers).not.toContainEqual(expect.objectContaining({ frame: 1 }));
      }
      const header = { headers: { authorization: 'Bearer guess' } };
      await expect(openStream(header)).rejects.toThrow('refused with 401');
      expect(JSON.stringify(tested.logs)).not.toContain(right.key);
    } finally {
      for (const { id } of stored) await file.revoke(id);
    }
  });
});

describe('limits', () => {
  it('closes a stream without frames', async () => {
    const hasty = await openService({ limits: { streamIdleMs: 300 } });
    try {
      const { closed } = await openStream({}, hasty);
      expect(await closed).toBe('4408 STREAM_IDLE: no frame came for 0.3 s; connect again');
    } finally {
      await hasty.close();
    }
  });

  it('bounds the number of streams, and tells them when the service ends', async () => {
    const small = await openService({ limits: { streams: 1 } });
    const first = await openStream({}, small);
    await expect(openStream({}, small)).rejects.toThrow('refused with 429');
    await small.close();
    expect(await first.closed).toMatch(/^4503 NOT_READY/);
  });
});
