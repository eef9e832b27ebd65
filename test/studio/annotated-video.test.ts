/** Videos that the studio writes: annotated, with hidden faces covered in every frame, and recorded from the camera. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { ffmpeg, HAS_FFMPEG } from '../../packages/node/src/testing/make-video.js';
import { CHROMIUM } from '../browser/chromium.js';
import { cameraFlags } from '../synthetic-video/camera-file.js';
import { makeMovingFace } from './make-video.js';
import { PORTRAIT, saveFile, useStudio, waitForResult } from './studio.js';

const SIDE = 360;
const SECONDS = 2;
const RATE = 25;

describe.skipIf(CHROMIUM === undefined || !HAS_FFMPEG)(
  'videos that the studio writes (needs Chromium and ffmpeg)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'mien-annotated-'));
    const video = join(folder, 'talk.webm');
    const camera = join(folder, 'camera.mjpeg');
    let page: Page;
    const studio = useStudio(async () => {
      const codec = ['-c:v', 'libvpx', '-b:v', '2M', '-c:a', 'libopus'];
      await makeMovingFace(video, { seconds: SECONDS, rate: RATE, hasSound: true, codec });
      await ffmpeg('-loop', '1', '-i', PORTRAIT, '-t', '4', '-r', '5', '-vf', 'scale=320:320', '-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-q:v', '3', '-f', 'mjpeg', camera); // prettier-ignore
      return ['--use-fake-ui-for-media-stream', ...cameraFlags(camera)];
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    async function openVideo(): Promise<void> {
      page = await studio.open();
      await page.setInputFiles('#files', video);
      await waitForResult(page, 'happy');
      await page.waitForSelector('.timeline[aria-busy=false]');
    }

    it('have every frame and the sound, and the faces drawn in', async () => {
      await openVideo();
      const { path, name } = await saveFile(page, 'Annotated video');
      expect(name).toMatch(/^talk-annotated[.](mp4|webm)$/);
      const streams = probe(path);
      expect(streams.map(({ codec_type: type }) => type).sort()).toEqual(['audio', 'video']);
      const [before, after] = [framesOf(video), framesOf(path)];
      expect(after.length).toBe(SECONDS * RATE);
      expect(before.length).toBe(after.length);
      // Boxes and labels change some of the picture, and leave the rest as it was.
      after.forEach((frame, index) => {
        const changed = frame.filter((value, at) => Math.abs(value - (before[index]![at] ?? 0)) > 40).length;
        expect(changed / frame.length).toBeGreaterThan(0.003);
        expect(changed / frame.length).toBeLessThan(0.15);
      });
    });

    it('cover a hidden face in every frame, also between those that were read', async () => {
      await openVideo();
      await page.getByRole('button', { name: 'Hide this face' }).click();
      await page.waitForSelector('[data-testid=veil]');
      for (const entry of ['Annotated video', 'Video with hidden faces covered']) {
        const { path } = await saveFile(page, entry);
        const [before, after] = [framesOf(video), framesOf(path)];
        expect(after.length).toBe(before.length);
        after.forEach((frame, index) => {
          const face = faceAt(index / RATE);
          expect(
            detailOf(frame, face) / detailOf(before[index]!, face),
            `${entry}, frame ${index}`,
          ).toBeLessThan(0.15);
        });
      }
    });

    it('are given up when that is asked for', async () => {
      await openVideo();
      await page.locator('.menu summary').click();
      await page.locator('.menu-list').getByRole('button', { name: 'Annotated video' }).click();
      await page.locator('.job').getByRole('button', { name: 'Cancel' }).click();
      await page.waitForSelector('.job', { state: 'detached' });
      await page.locator('.menu summary').click();
      await page
        .locator('.menu-list')
        .getByRole('button', { name: 'Annotated video', disabled: false })
        .waitFor();
    });

    it('are said to be impossible where the browser cannot encode', async () => {
      page = await studio.open('', { before: () => void Reflect.deleteProperty(globalThis, 'VideoEncoder') });
      await page.setInputFiles('#files', video);
      await waitForResult(page, 'happy');
      await page.locator('.menu summary').click();
      const entry = page.locator('.menu-list button', { hasText: 'Annotated video' });
      await entry.getByText('This browser cannot encode video').waitFor();
      expect(await entry.isDisabled()).toBe(true);
    });

    it('are recorded from the camera only if asked, shown when it stops, and gone when all is wiped', async () => {
      page = await studio.open();
      await page.keyboard.press('c');
      await page.locator('dialog').getByRole('button', { name: 'Start the camera' }).click();
      await waitForResult(page, 'happy');
      expect(await page.locator('[data-testid=recording]').count()).toBe(0);
      await page.getByLabel('Record the video too').check();
      await page.locator('[data-testid=recording]', { hasText: /0:0[2-9]/ }).waitFor();
      const sign = await page.locator('[data-testid=recording]').innerText();
      expect(sign.replaceAll(/\s+/g, ' ')).toMatch(/^Recording 0:\d\d · \d+[.]\d MB$/);
      await page.getByLabel('Name (stays on this device)').fill('Eileen');
      await page.locator('.rail').getByRole('button', { name: 'Stop', exact: true }).click();

      await page.waitForSelector('.frame video[src^=blob]');
      await page.getByRole('heading', { name: 'Face Eileen' }).waitFor();
      const recorded = await saveFile(page, 'Recorded video');
      expect(recorded.name).toMatch(/^camera-[-\d]+[.](webm|mp4)$/);
      expect(framesOf(recorded.path, 320).length).toBeGreaterThan(4);
      const annotated = await saveFile(page, 'Annotated video');
      expect(probe(annotated.path).map(({ codec_type: type }) => type)).toEqual(['video']);
      const rows = JSON.parse(await saveFile(page, 'JSON').then(({ text }) => text)) as { timestampMs: number; faces: unknown[] }[]; // prettier-ignore
      expect(rows.length).toBeGreaterThan(2);
      expect(rows[0]!.timestampMs).toBeGreaterThanOrEqual(0);
      expect(rows.every(({ faces }) => faces.length === 1)).toBe(true);

      await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
      await page.waitForSelector('.doors');
      expect(await page.locator('video').count()).toBe(0);
    });

    it('are not shown after all was wiped while they were recorded', async () => {
      page = await studio.open();
      await page.keyboard.press('c');
      await page.locator('dialog').getByRole('button', { name: 'Start the camera' }).click();
      await waitForResult(page, 'happy');
      await page.getByLabel('Record the video too').check();
      await page.locator('[data-testid=recording]', { hasText: /0:0[1-9]/ }).waitFor();
      await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
      await page.waitForSelector('.doors');
      await page.waitForTimeout(1000);
      expect(await page.locator('.doors').count()).toBe(1);
      expect(await page.locator('[data-testid=recording]').count()).toBe(0);
    });
  },
);

function probe(path: string): { codec_type: string }[] {
  const output = execFileSync('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_type',
    '-of',
    'json',
    path,
  ]);
  return (JSON.parse(output.toString()) as { streams: { codec_type: string }[] }).streams;
}

/** All frames, grey. */
function framesOf(path: string, side = SIDE): Uint8Array[] {
  const args = ['-v', 'error', '-i', path, '-vf', `scale=${side}:${side}`, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray', '-']; // prettier-ignore
  const bytes = execFileSync('ffmpeg', args, { maxBuffer: 1 << 28 });
  const length = side * side;
  return Array.from({ length: bytes.length / length }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );
}

/** Eyes to mouth of the portrait, where `makeMovingFace` has them at a time. */
function faceAt(timeS: number) {
  const x = 190 - (76 + 60 * Math.sin(2 * timeS));
  const y = 95 - (20 + 20 * Math.cos(3 * timeS));
  return { x: Math.round(x), y: Math.round(y), width: 72, height: 72 };
}

/** The mean difference between neighbours: what a blur takes away. */
function detailOf(frame: Uint8Array, { x, y, width, height }: ReturnType<typeof faceAt>): number {
  let sum = 0;
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      const at = row * SIDE + column;
      sum += Math.abs(frame[at]! - frame[at + 1]!) + Math.abs(frame[at]! - frame[at + SIDE]!);
    }
  }
  return sum / (width * height);
}
