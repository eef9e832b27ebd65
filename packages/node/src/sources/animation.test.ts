/** Animations against libvips, which decodes page n by decoding all pages before it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSource } from './open-source.js';
import type { Sampling } from './source.js';

const [WIDTH, HEIGHT, COUNT] = [40, 30, 6];

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-animation-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A disc that moves over what is half transparent, clear and opaque. */
async function makeAnimation(format: 'gif' | 'webp', options: object = {}): Promise<Buffer> {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * COUNT * 4);
  for (let page = 0; page < COUNT; page++) {
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const isInside = (x - 8 - page * 4) ** 2 + (y - 15) ** 2 < 36;
        const alpha = isInside ? 255 : x < 10 ? 0 : x < 20 && format === 'webp' ? 128 : 255;
        const at = ((page * HEIGHT + y) * WIDTH + x) * 4;
        pixels.set(isInside ? [250, 40, page * 30, alpha] : [20, 90, 200, alpha], at);
      }
    }
  }
  const raw = { width: WIDTH, height: HEIGHT * COUNT, channels: 4, pageHeight: HEIGHT } as const;
  return sharp(pixels, { raw })
    .toFormat(format, { delay: Array.from({ length: COUNT }, () => 40), ...options })
    .toBuffer();
}

async function read(bytes: Uint8Array, sampling?: Sampling) {
  const path = inFolder('moving');
  await writeFile(path, bytes);
  const { frames } = await openSource(path, sampling);
  const read: { timestampMs: number | undefined; data: Uint8Array }[] = [];
  let error: unknown;
  try {
    for await (const { frame, timestampMs } of frames) {
      read.push({ timestampMs, data: Uint8Array.from(frame.data) });
    }
  } catch (caught) {
    error = caught;
  }
  return { frames: read, error };
}

/** The greatest difference to the same page as libvips has it. */
async function compare(bytes: Uint8Array): Promise<number> {
  const { frames, error } = await read(bytes);
  expect({ error, count: frames.length }).toEqual({ error: undefined, count: COUNT });
  let greatest = 0;
  for (const [page, { data }] of frames.entries()) {
    const truth = await sharp(bytes, { page })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw()
      .toBuffer();
    expect(data.length).toBe(truth.length);
    data.forEach((value, at) => (greatest = Math.max(greatest, Math.abs(value - (truth[at] ?? NaN)))));
  }
  return greatest;
}

it('is laid patch upon patch as libvips does it: gif, webp with losses and without', async () => {
  expect(await compare(await makeAnimation('gif'))).toBe(0);
  // Half transparent parts are rounded in another order.
  expect(await compare(await makeAnimation('webp', { lossless: true }))).toBeLessThanOrEqual(1);
  expect(await compare(await makeAnimation('webp', { quality: 80 }))).toBeLessThanOrEqual(1);
});

it.each([
  ['stays', 1],
  ['is cleared', 2],
  ['is taken back', 3],
])('knows what becomes of a patch: it %s', async (_, disposal) => {
  const bytes = await makeAnimation('gif');
  let changed = 0;
  for (let at = bytes.indexOf('21f904', 0, 'hex'); at >= 0; at = bytes.indexOf('21f904', at + 1, 'hex')) {
    bytes[at + 3] = ((bytes[at + 3] ?? 0) & 0b11100011) | (disposal << 2);
    changed++;
  }
  expect(changed).toBe(COUNT);
  expect(await compare(bytes)).toBe(0);
});

it.each(['', 'hi'])('may end in a short comment: "%s"', async (text) => {
  const bytes = await makeAnimation('gif');
  const comment = Buffer.from([0x21, 0xfe, ...(text === '' ? [] : [text.length]), ...Buffer.from(text), 0]);
  expect(await compare(Buffer.concat([bytes.subarray(0, -1), comment, bytes.subarray(-1)]))).toBe(0);
});

it('is sampled by the times at which pictures are shown, and ends where it was told to', async () => {
  const bytes = await makeAnimation('gif');
  const { frames } = await read(bytes, { everyMs: 80, fromMs: 40, toMs: 200 });
  expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([40, 120]);
});

it('gives what comes before the damage', async () => {
  const gif = await makeAnimation('gif');
  const cut = await read(gif.subarray(0, Math.floor(gif.length * 0.7)));
  expect(String(cut.error)).toMatch(/moving: is damaged or cut short/);
  expect(cut.frames.length).toBeGreaterThan(1);
  const webp = await makeAnimation('webp', { lossless: true });
  const third = [1, 2, 3].reduce((at) => webp.indexOf('ANMF', at + 1, 'latin1'), 0);
  webp.fill(0xff, third + 38, third + 60);
  const damaged = await read(webp);
  expect(String(damaged.error)).toMatch(/moving: is damaged or cut short/);
  expect(damaged.frames).toHaveLength(2);
});

it.each(['gif', 'webp'] as const)('neither hangs nor crashes on damage: %s', async (format) => {
  const whole = await makeAnimation(format);
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 40; round++) {
    const bytes = Buffer.from(whole);
    for (let change = 0; change < 4; change++) bytes[12 + random(bytes.length - 12)] = random(256);
    const path = inFolder('damaged');
    await writeFile(path, bytes);
    const outcome = await openSource(path)
      .then(async ({ frames }) => {
        for await (const { frame } of frames) expect(frame.data.length).toBeGreaterThan(0);
        return undefined;
      })
      .catch((error: unknown) => error);
    if (outcome !== undefined) expect(outcome).toMatchObject({ code: /^INPUT_|^UNSUPPORTED$/ });
  }
});
