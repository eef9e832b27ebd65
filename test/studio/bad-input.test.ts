/** Bad files in the studio: each is named in the page, and what runs goes on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ffmpeg, HAS_FFMPEG } from '../../packages/node/src/testing/make-video.js';
import { CHROMIUM } from '../browser/chromium.js';
import { kerasFile, modelFile } from './models-to-open.js';
import { PATIENCE_MS, PORTRAIT, portraitFile, save, waitForResult } from './studio.js';
import { useStudioWithTwoFaces } from './two-faces.js';

const WAIT = { timeout: PATIENCE_MS };

const flat = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'grey' }, limitInputPixels: false })
    .png({ compressionLevel: 1 })
    .toBuffer();
const file = (name: string, mimeType: string, content: string | Buffer) => ({
  name,
  mimeType,
  buffer: Buffer.from(content),
});
const notice = (page: Page, text: string) => page.locator('.notice p', { hasText: text });

describe.skipIf(CHROMIUM === undefined)('bad files in the studio (needs Chromium)', () => {
  const studio = useStudioWithTwoFaces();

  it('are named while a camera runs on, with its timeline', async () => {
    const page = await studio.open('', { permissions: ['camera'] });
    await page.locator('.door').first().click();
    await page.locator('dialog .main').click();
    for (const expression of studio.expressions) await waitForResult(page, expression);
    const atMs = () => page.locator('.timeline-head .muted').innerText();

    const before = await atMs();
    await page.setInputFiles('#files', file('notes.jpg', 'image/jpeg', 'only text'));
    await notice(page, 'notes.jpg: this browser cannot decode it as a picture').waitFor();
    await page.setInputFiles(
      '#files',
      file('cut.mien.json', 'application/json', '{"format":"mien-session","ver'),
    );
    await notice(page, 'cut.mien.json').waitFor();
    await page.setInputFiles('#model-file', modelFile('damaged.hdf5', readFileSync(PORTRAIT)));
    await page.locator('.notice p', { hasText: /^damaged\.hdf5: (?!damaged)/ }).waitFor();
    if (HAS_FFMPEG) {
      const sound = join(studio.folder, 'sound.webm');
      await ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'libopus', sound);
      await page.setInputFiles('#files', file('sound.webm', 'video/webm', readFileSync(sound)));
      await notice(page, 'sound.webm: there are no pictures in it').waitFor();
    }
    for (const expression of studio.expressions) await waitForResult(page, expression);
    expect((await atMs()) > before).toBe(true);
    expect(await page.locator('.notice').count()).toBe(HAS_FFMPEG ? 4 : 3);
  });

  it('are named, and nothing is promised of them, where they are no videos at all', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', file('notes.mp4', 'video/mp4', 'only text'));
    await notice(page, 'notes.mp4: nothing in it is known as a video here').waitFor();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
  });

  it('are named as empty, cut off or something else', async () => {
    const page = await studio.open();
    const jpeg = await sharp(PORTRAIT).jpeg().toBuffer();
    await page.setInputFiles('#files', file('empty.jpg', 'image/jpeg', ''));
    await notice(page, 'empty.jpg: it is empty (0 bytes)').waitFor();
    await page.setInputFiles('#files', file('cut.jpg', 'image/jpeg', jpeg.subarray(0, 200)));
    await notice(page, 'cut.jpg: it is damaged or cut off').waitFor();
    await page.setInputFiles('#files', file('readme.txt', 'text/plain', 'only text'));
    await notice(page, 'readme.txt: it is not a picture or video').waitFor();
    await page.setInputFiles('#files', file('empty.mp4', 'video/mp4', ''));
    await notice(page, 'empty.mp4: it is empty (0 bytes)').waitFor();
    if (!HAS_FFMPEG) return;
    const whole = join(studio.folder, 'whole.mp4');
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=duration=2:size=320x240', '-pix_fmt', 'yuv420p', whole);
    const bytes = readFileSync(whole);
    // Its index comes last.
    await page.setInputFiles('#files', file('cut.mp4', 'video/mp4', bytes.subarray(0, bytes.length / 2)));
    await notice(page, 'cut.mp4: it is damaged or cut off').waitFor();
  });

  it('may be a picture of more than 100 megapixels, beside others', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', [
      file('huge.png', 'image/png', await flat(10_100, 10_000)),
      portraitFile(),
    ]);
    await notice(page, 'huge.png: it is too large (the limit is 100 megapixels).').waitFor();
    await waitForResult(page, 'happy');
  });

  it('may be a session that was changed by hand', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', portraitFile());
    await waitForResult(page, 'happy');
    const session = await save(page, 'Session, to open again');
    const changed = session.replace('"labels":[', '"labels":[7,');
    expect(changed).not.toBe(session);
    await page.setInputFiles('#files', file('changed.mien.json', 'application/json', changed));
    await notice(page, 'changed.mien.json: session: model.labels must be a text').waitFor();
    await waitForResult(page, 'happy');
  });

  it('do not include models with labels of their own, which name their readings', async () => {
    const page = await studio.open();
    await page.setInputFiles('#files', PORTRAIT);
    await waitForResult(page, 'happy');
    const labels = ['calm', 'happy', 'tired', 'a label that is far too long for its place', 'e', 'f', 'g'];
    await page.setInputFiles('#model-file', await kerasFile(labels));
    await expect.poll(() => page.locator('.bar-name').allTextContents(), WAIT).toEqual(labels);
    await page.waitForSelector('[data-testid=result]');
    expect(await page.locator('.notice').count()).toBe(0);
  });
});
