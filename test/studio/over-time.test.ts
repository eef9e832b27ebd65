/** Videos and cameras in the studio. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ffmpeg, HAS_FFMPEG } from '../../packages/node/src/testing/make-video.js';
import { CHROMIUM } from '../browser/chromium.js';
import { cameraFlags } from '../synthetic-video/camera-file.js';
import { PORTRAIT, save, useStudio, waitForResult } from './studio.js';

const canRun = CHROMIUM !== undefined && HAS_FFMPEG;
const VIDEO_MS = 3000;

interface Saved {
  readonly timestampMs: number;
  readonly faces: readonly { readonly id?: number; readonly name?: string }[];
  readonly marks?: readonly { readonly atMs: number; readonly note: string }[];
}

describe.skipIf(!canRun)('videos and cameras in the studio (needs Chromium and ffmpeg)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-studio-'));
  const video = join(folder, 'talk.webm');
  const camera = join(folder, 'camera.mjpeg');
  const studio = useStudio(async () => {
    const encode = (...args: string[]) => ffmpeg('-loop', '1', '-i', PORTRAIT, ...args);
    await encode('-t', `${VIDEO_MS / 1000}`, '-r', '10', '-vf', 'scale=320:320', '-c:v', 'libvpx', '-b:v', '1M', video); // prettier-ignore
    // A face for four seconds, then none for four.
    const scale = 'scale=320:320,pad=426:320:53:0';
    const cover = "drawbox=c=gray:t=fill:enable='gte(t,4)'";
    await encode('-t', '8', '-r', '5', '-vf', `${scale},${cover}`, '-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-q:v', '3', '-f', 'mjpeg', camera); // prettier-ignore
    return ['--use-fake-ui-for-media-stream', ...cameraFlags(camera)];
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads a video at its true times, jumps where the timeline is clicked, and saves marks, names and shares', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', video);
    await waitForResult(page, 'happy');
    await page.waitForSelector('.timeline[aria-busy=false]');

    // Five results a second; a frame lasts 100 ms, so both a time and its frame are known.
    const before = JSON.parse(await save(page, 'JSON')) as Saved[];
    expect(before.map(({ timestampMs }) => Math.round(timestampMs))).toEqual(
      Array.from({ length: VIDEO_MS / 200 }, (_, index) => index * 200),
    );

    const track = page.locator('.lane-track.seekable').first();
    const { x, y, width, height } = (await track.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.click(x + width / 2, y + height / 2);
    await page.waitForFunction(() => {
      const time = document.querySelector<HTMLVideoElement>('.frame video')?.currentTime ?? 0;
      return Math.abs(time - 1.5) < 0.1;
    });

    await page.keyboard.press('b');
    await page.getByRole('textbox', { name: 'Note' }).fill('a smile');
    await page.getByLabel('Name (stays on this device)').fill('Eileen');
    await page.mouse.move(x + width * 0.2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 4 });
    await page.mouse.up();
    expect(await page.locator('[data-testid=shares]').innerText()).toMatch(/Eileen[\s\S]*happy 100 %/);

    const after = JSON.parse(await save(page, 'JSON')) as Saved[];
    expect(after.flatMap(({ marks = [] }) => marks.map(({ note }) => note))).toEqual(['a smile']);
    expect(after.at(-1)?.faces[0]?.name).toBe('Eileen');
    expect(await save(page, 'Report (one HTML page)')).toContain('Expressions in talk.webm');

    // The same by keys, faster than the video follows.
    await page.locator('.timeline-head .muted').click();
    await track.click({ position: { x: width * 0.1, y: height / 2 } });
    for (const key of ['ArrowRight', '[', 'ArrowRight', ']']) await page.keyboard.press(key);
    expect(await page.locator('[data-testid=shares] b').innerText()).toBe('0:01.3 – 0:02.3');

    const session = await save(page, 'Session, to open again');
    await page.setInputFiles('#files', {
      name: 'session.mien.json',
      mimeType: 'application/json',
      buffer: Buffer.from(session),
    });
    await page.getByText('Saved without pictures').waitFor();
    await waitForResult(page, 'happy');
    expect(JSON.parse(await save(page, 'JSON'))).toEqual(after);
  });

  it('asks before the camera starts, follows a face, says when there is none, and stops when all is wiped', async () => {
    const page = await studio.open();
    await page.keyboard.press('c');
    await page.locator('dialog').getByRole('button', { name: 'Start the camera' }).click();
    await waitForResult(page, 'happy');
    await page.getByText('Camera on').waitFor();
    await page.evaluate(() => {
      const stream = document.querySelector<HTMLVideoElement>('.frame video')?.srcObject as MediaStream;
      Object.assign(globalThis, { track: stream.getVideoTracks()[0] });
    });
    await page.locator('.no-face').getByText('No face').waitFor();
    await waitForResult(page, 'happy');

    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.waitForSelector('.doors');
    const state = () => (globalThis as unknown as { track: MediaStreamTrack }).track.readyState;
    expect(await page.evaluate(state)).toBe('ended');
  });
});
